"""The app's life: its start, its signals, its stop, its restart, and what it leaves behind.

States and transitions are in states.py. What is wanted (`want`) is kept apart from what is
(`state`): the same stop plan and the same sweep lead to a restart or to the end.
"""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.backoff import delay
from initd.core.life.orphans import Orphans
from initd.core.life.restart import RestartPolicy
from initd.core.life.stops import Stops
from initd.core.signals.numbers import CONT, JOB_CONTROL, KILL, TTIN, TTOU, name_of
from initd.core.signals.route import DROPPED, INITS, KEPT_BY_INIT, STOPS, is_resize, route
from initd.core.start.exit_codes import EXIT_OWN
from initd.core.start.outcome import E2BIG, TRANSIENT, exit_facts
from initd.core.start.stage import Stage
from initd.core.states import END, RUNNING, STARTING, STOPPING, SWEEPING, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from initd.core.life.policy import Policy
    from initd.core.life.successor import Left

    Actions = list[do.Action]
    Handlers = dict[type[ev.Event], Callable[[Any, float], Actions]]

#: Nobody waits for these where nothing was configured: see Moments.
_OF_MOMENTS = (ev.HookEnded, ev.EntryTurned, ev.PeersChanged)
#: A stop that was asked for by name, where signal numbers are expected.
STOP_BY_NAME = -1


class AppLife(Stops, Orphans):
    """`handlers` has what follows from each type of event, given the event and the time at
    which it was seen (monotonic seconds)."""

    def __init__(self, policy: Policy, seed: int = 0) -> None:
        super().__init__(policy, seed)
        self.handlers: Handlers = {
            ev.Signal: self._on_signal,
            ev.Spawned: self._on_spawned,
            ev.SpawnRefused: self._on_spawn_refused,
            ev.Started: self._on_started,
            ev.StartFailed: self._on_start_failed,
            ev.Interrupted: self._on_interrupted,
            ev.AppStopped: self._on_app_stopped,
            ev.AppContinued: self._on_app_continued,
            ev.AppExited: lambda event, now: self._app_ended(event, now),
            ev.SuccessorSought: self._on_successor_sought,
            ev.ShimStopped: lambda event, now: [do.ContinueShim()],
            ev.Reaped: self._on_reaped,
            ev.OthersReaped: self._on_others_reaped,
            ev.ReapedAll: self._on_reaped_all,
            ev.Undelivered: self._on_undelivered,
            ev.WaitsSeen: self._on_waits_seen,
            ev.Looked: self._on_looked,
            ev.AimedEnded: self._on_aimed_ended,
            **dict.fromkeys(_OF_MOMENTS, lambda event, now: []),
            ev.Elapsed: self._on_elapsed,
            ev.Slept: self._on_slept,
            ev.OrphansCounted: self._on_orphans_counted,
            ev.Paused: self._on_paused,
        }

    # ---- start ----------------------------------------------------------------

    def _on_spawned(self, event: ev.Spawned, now: float) -> Actions:
        self.shim = event.shim
        return []

    def _on_spawn_refused(self, event: ev.SpawnRefused, now: float) -> Actions:
        if self.state != STARTING:
            return []
        if event.error in TRANSIENT:
            return self._try_again(event.error, event.reason, now)
        if event.error == E2BIG:  # the shim is given what the app will be
            why = event.reason.rpartition(": ")[2]
            return self.fail(*self.policy.explain(Stage.EXEC, E2BIG, why), E2BIG)
        return self.fail(EXIT_OWN, f"initd: cannot start the shim: {event.reason}")

    def _on_started(self, event: ev.Started, now: float) -> Actions:
        if self.state != STARTING:
            return []
        self.app, self.app_since = event.app, now
        self._enter(RUNNING)
        if self.last_exit is not None:
            self.restarts += 1
        self.attempt = 0
        self.end_request.reset()
        self.reasons.clear()
        self.followed = False
        self.aiming.reset()
        facts = {"app": event.app, "command": list(self.policy.command)}
        kept = [action for number in self.pending.take() for action in self._act_on(number, now)]
        return [do.Log("info", "app.started", facts), *kept]

    def _on_start_failed(self, event: ev.StartFailed, now: float) -> Actions:
        if self.state != STARTING:
            return []
        if event.stage == Stage.FORK and event.error in TRANSIENT:
            return self._try_again(event.error, event.reason, now)
        # At a restart, what has been readable is waited for; and a stop may have ended the reading.
        stops = any(map(self.is_stop, self.pending.numbers))
        if event.stage == Stage.SECRETS and (stops or self.last_exit is not None):
            return self._try_again(event.error, event.reason, now)
        code, sentence = self.policy.explain(event.stage, event.error, event.reason, event.which)
        exec_error = event.error if event.stage == Stage.EXEC else None
        return self.fail(code, sentence, exec_error)

    def _try_again(self, error: int, reason: str, now: float) -> Actions:
        """Pids or memory have run out for the moment. That is not the end, except where initd
        stands in for an init that ends then."""
        if self.policy.emulation.is_peer and self.last_exit is None:
            why = reason.rpartition(": ")[2]
            code, sentence = self.policy.explain(Stage.FORK, error, why)
            return self.fail(code, sentence)
        for number in filter(self.is_stop, self.pending.numbers):
            return self._end_without_app(number)
        pause = delay(self.attempt)
        self.attempt += 1
        self._enter(WAITING)
        self.next_start = now + pause
        return [do.Log("warning", "app.start-delayed", {"why": reason, "seconds": pause})]

    # ---- signals --------------------------------------------------------------

    def _on_signal(self, event: ev.Signal, now: float) -> Actions:
        facts = {"signal": name_of(event.number), "from_pid": event.pid, "from_uid": event.uid}
        found = route(event.number, self.policy.signals)
        if event.sent and not (found.does == STOPS or found.stops):
            self.counts.receive(event.number)
            self._delivered(event.sent, now)
            return [do.Log("info", "signal.received", facts)]
        if found.does == INITS:
            return [do.Log("debug", "signal.own", facts)]
        self.counts.receive(event.number)
        if is_resize(event.number, event.by_kernel, self.policy.signals):
            return [do.Log("debug", "terminal.resized", {})]
        received = do.Log("info", "signal.received", facts)
        actions = self.signal(event.number, now)
        if event.sent:  # by the sleeper: what it was for goes on from there
            actions = [each for each in actions if type(each) is not do.Deliver]
        return do.app_first([received, *actions])

    def signal(self, number: int, now: float) -> Actions:
        """What follows from a signal, or from STOP_BY_NAME. While the app is yet to run, it is
        kept."""
        if self.state in (STARTING, WAITING):
            return self._keep(number)
        if self.state == SWEEPING and self.is_stop(number):
            self.want = END  # what has ended is not started again
            return []
        return self._act_on(number, now)

    def is_stop(self, number: int) -> bool:
        """Whether it asks for a stop, by the plan or by itself."""
        return number == STOP_BY_NAME or route(number, self.policy.signals).asks

    def _keep(self, number: int) -> Actions:
        """For the app that is about to run. While it can't be started, a stop is the end: no app
        would get it."""
        if self.state == WAITING and self.is_stop(number):
            return self._end_without_app(number)
        self.pending.add(number)
        reads = self.policy.reload is not None and self.is_stop(number)
        return [do.AbandonSecrets()] if reads else []

    def _end_without_app(self, number: int) -> Actions:
        stop = self.policy.signals.stop_signal
        return self._end_with(128 + (stop if number == STOP_BY_NAME else number))

    def _act_on(self, number: int, now: float) -> Actions:
        if self.app is None:
            return []
        if number == STOP_BY_NAME:
            return self._stop_for(END, now)
        found = route(number, self.policy.signals)
        if found.does == STOPS:
            return self._stop_for(END, now)
        if found.stops and self.state == RUNNING:  # passed on like any other signal
            self.want = END
            self._enter(STOPPING)
        last = [do.Suspend()] if found.suspends else []
        if found.does == DROPPED:
            return [do.Log("debug", "signal.dropped", {"signal": name_of(number)}), *last]
        if found.does in KEPT_BY_INIT:  # somebody has asked for it by name: KILL, for example
            out, target = number, self.policy.signals.target
        else:
            out, target = found.out, found.target
        self._delivered(out, now)
        wants_terminal = out == CONT and self.stopped_by in (TTIN, TTOU)
        first = [do.HandTerminal()] if found.hands_terminal or wants_terminal else []
        return [*first, self.aiming.passed_on(out, target), *last]

    def _on_looked(self, event: ev.Looked, now: float) -> Actions:
        if self.app is None or (event.step and self.stop.since is None):
            return []
        stopped = self.stopped_by is not None
        try:
            from initd.core.life.taking_aim import looked  # most containers never need it
        except Exception as bug:
            step = (self.stop.signal, self.stop.target)
            whom = step if event.step else (event.number, event.target)
            return self._counted(self.aiming.missed(*whom, bug))
        return self._counted(looked(self.aiming, event, self.app, self.stop, stopped, now))

    def _delivered(self, number: int, now: float) -> None:
        self.counts.deliver(number)
        self.end_request.note(number, now)

    def _on_interrupted(self, event: ev.Interrupted, now: float) -> Actions:
        self.end_request.note(event.signal, now)
        return [do.Log("info", "terminal.interrupted", {"signal": name_of(event.signal)})]

    def _on_undelivered(self, event: ev.Undelivered, now: float) -> Actions:
        self.counts.undelivered += 1
        facts = {"signal": name_of(event.number), "why": event.reason}
        return [do.Log("warning", "signal.undelivered", facts)]

    # ---- the app's state ------------------------------------------------------

    def _on_app_stopped(self, event: ev.AppStopped, now: float) -> Actions:
        if self.app is None:
            return []
        self.stopped_by = event.signal
        stopped = do.Log("info", "app.stopped", {"signal": name_of(event.signal)})
        if self.stop.since is not None:
            return [*self.stop.wake(), stopped]
        if self.policy.signals.job_control and event.signal in JOB_CONTROL:
            return [stopped, do.Suspend()]
        if self.policy.signals.keeps_terminal and event.signal in (TTIN, TTOU):
            return [stopped, do.LendTerminal()]
        return [stopped]

    def _on_app_continued(self, event: ev.AppContinued, now: float) -> Actions:
        self.stopped_by = None
        return [do.Log("info", "app.continued", {})]

    def _app_ended(self, event: ev.AppExited | ev.Reaped, now: float) -> Actions:
        if self.app is None:
            return []  # known already, by the shim's report or by the corpse itself
        follows = self._succeeded(event.status, event.left, now)
        if follows is not None:
            return self._counted(follows)
        known = not isinstance(event, ev.AppExited) or event.known
        app, facts = self.app, (event.status, event.oom_kills, known)
        try:
            return self._over(app, facts, event.left, now)
        except MemoryError:  # pid 1 handles the event again, with what it has put by
            self.app, self.corpse = app, None
            raise

    def _on_successor_sought(self, event: ev.SuccessorSought, now: float) -> Actions:
        if self.awaited is None:
            return []
        from initd.core.life.succession import look_again  # has been, by what set `awaited`

        found = look_again(self, event.left, now)
        if found is None:
            (pid, status, _), self.awaited, self.next_look = self.awaited, None, None
            if any(self.is_stop(number) for number in self.pending.take()):
                self.want = END
            return self._over(pid, (status, 0, True), event.left, now)
        if self.app is None:
            return found
        self._enter(RUNNING)
        kept = [action for number in self.pending.take() for action in self._act_on(number, now)]
        return [*found, *kept]

    def _over(
        self, app: int, end: tuple[int, int, bool], left: Sequence[Left], now: float
    ) -> Actions:
        """The app has ended, and nothing goes on in its place. `end` has its wait status, the
        kernel's count of OOM kills, and whether the status is known."""
        status, oom_kills, known = end
        ran = now - self.app_since
        if self.end_request.explains(status, now):
            self.want, self.unhealthy = END, None
        asked = self.state == STOPPING or self.want == END
        self.end_request.reset()
        self.last_exit = facts = exit_facts(app, status, asked, ran, oom_kills)
        if not known:
            facts["why"] = "its exit code is not known: it was not init's child"
        self.corpse = app
        self.app = self.stopped_by = None
        code = self.aiming.app_ended(app, status)
        began = now if self.stop.since is None else self.stop.since
        self.sweep.reset(asked, self.stop.own, began)
        # The exit code says as much as a line would, where nothing follows from it.
        silent = not status & 0x7F and self.policy.restart == RestartPolicy()
        log = do.Log("info" if code == 0 or asked or silent else "warning", "app.exited", facts)
        told = [log, *([] if asked else self._left_alone(status, left, ran))]
        if self.stop.since is not None:
            self.counts.stopped(now - self.stop.since)
            self._watch_stop(now)
        if self.stop_watch.seen is not None and status & 0x7F == KILL:
            self.reasons.append(f"its stop waited for {self.stop_watch.seen}")
        return [*told, *self._go_on(self._next(code if known else None, ran, now), code, now)]

    # ---- after the app --------------------------------------------------------

    def _on_reaped(self, event: ev.Reaped, now: float) -> Actions:
        if event.pid == self.app:
            todo = self._app_ended(event, now)
            self.corpse = None
            return todo
        if event.pid == self.shim:
            return self._shim_ended()
        if event.pid == self.corpse:
            self.corpse = None  # the app's, whose end the shim has reported
            return []
        return self._orphans([(event.pid, event.status)])

    def _shim_ended(self) -> Actions:
        self.shim = None
        if self.app is not None:
            # A KILL to the app's group ends the shim too, where there is a terminal.
            level = "debug" if self.followed or self.stop.since is not None else "warning"
            return [do.Log(level, "shim.lost", {"app": self.app})]
        if self.state == STARTING and self.awaited is None:
            return self.fail(EXIT_OWN, "initd: the shim was killed before the app could start")
        return []

    # ---- time -----------------------------------------------------------------

    def _on_paused(self, event: ev.Paused, now: float) -> Actions:
        self.put_off(event.seconds)
        return [do.Log("info", "init.paused", {"seconds": round(event.seconds, 3)})]

    def _on_elapsed(self, event: ev.Elapsed, now: float) -> Actions:
        """A stale one does nothing: what it was for is over, or not due yet."""
        self.end_request.lapse(now)
        if self.state == WAITING:
            return self._start_if_due(now)
        if self.next_look is not None:
            return [do.LookForSuccessor()] if now >= self.next_look else []
        looks = self._look_if_due(now)
        if self.stop.since is not None:
            told = self.aiming.elapsed(now)
            following = [*told, *self.stop.elapsed(now, self.stopped_by is not None)]
            return [*looks, *self._stepped(following, now)]
        return [*looks, *self._sweep_on(now)] if self.state == SWEEPING else looks
