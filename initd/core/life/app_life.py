"""The app's life: its start, its signals, its stop, its restart, and what outlives it.

    starting   the shim is being started, or its app is; what arrives is kept
    waiting    the next start is due later: fork was refused, or the app has ended
    running    the app runs
    stopping   the stop plan runs
    sweeping   the app has ended; what outlived it gets TERM, a wait, KILL
    ended      nothing is left, `exit_code` is set

What is wanted is kept apart from what is: the same stop plan and the same sweep lead
to a restart or to the end.
"""

from __future__ import annotations

from initd.core.emulation import NO_EMULATION
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.backoff import delay
from initd.core.life.counts import Counts
from initd.core.life.restart import Restart, Restarts
from initd.core.life.stop_run import StopRun
from initd.core.life.sweep import Sweep
from initd.core.signals.numbers import CONT, DROP, JOB_CONTROL, RTMIN, TERM, name_of
from initd.core.start.exit_codes import EXIT_OWN
from initd.core.start.outcome import (
    TRANSIENT,
    exit_code_of,
    status_facts,
)
from initd.core.start.stage import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.life.policy import Policy

    Actions = list[do.Action]

#: What is wanted: the app runs, the app runs anew, the container ends.
RUN, AGAIN, END = "run", "again", "end"

#: A stop that was asked for by name, in a list of signal numbers.
STOP_BY_NAME = -1

#: Signals kept for an app that is yet to run: bounded, whoever sends them and how many.
KEPT_AT_MOST = 256


class AppLife:
    """Invariant: `app` is set from the moment that the app is known to run until
    its end has been seen, once, from whichever source tells first."""

    def __init__(self, policy: Policy, seed: int = 0) -> None:
        self.policy = policy
        self.state = "starting"
        self.want = RUN
        self.shim: int | None = None
        self.app: int | None = None
        self.app_since = 0.0
        self.stopped_by: int | None = None
        self.last_exit: dict[str, Any] | None = None
        self.restarts = 0
        self.restart_reason: str | None = None
        self.counts = Counts()
        self.exit_code: int | None = None
        self._outcome = 0
        self._unhealthy: str | None = None
        self._kept: list[int] = []
        self._attempt = 0
        self._next_start: float | None = None
        self._restarts = Restarts(policy.restart, seed)
        self._stop: StopRun | None = None
        self._sweep = Sweep()
        self._corpse: int | None = None
        self._leaves_some = False
        self.followed = False
        self._handlers: dict[type[ev.Event], Callable[[Any, float], Actions]] = {
            ev.Signal: self._on_signal,
            ev.Spawned: self._on_spawned,
            ev.SpawnRefused: self._on_spawn_refused,
            ev.Started: self._on_started,
            ev.StartFailed: self._on_start_failed,
            ev.AppStopped: self._on_app_stopped,
            ev.AppContinued: self._on_app_continued,
            ev.AppExited: self._on_app_exited,
            ev.ShimStopped: self._on_shim_stopped,
            ev.Reaped: self._on_reaped,
            ev.OthersReaped: self._on_others_reaped,
            ev.ReapedAll: self._on_reaped_all,
            ev.Undelivered: self._on_undelivered,
            ev.Elapsed: self._on_elapsed,
        }

    @property
    def deadline(self) -> float | None:
        """When `Elapsed` is wanted; None while nothing is due."""
        stop = self._stop.deadline if self._stop is not None else None
        start = self._next_start if self.state == "waiting" else None
        due = (start, stop, self._sweep.deadline)
        return min((each for each in due if each is not None), default=None)

    def begin(self) -> Actions:
        """The first actions of all."""
        return [do.Spawn()]

    def handle(self, event: ev.Event, now: float) -> Actions:
        """What follows from `event`, which was seen at `now` (monotonic seconds)."""
        return self._handlers[type(event)](event, now)

    # ---- start ----------------------------------------------------------------

    def _on_spawned(self, event: ev.Spawned, now: float) -> Actions:
        self.shim = event.shim
        return []

    def _on_spawn_refused(self, event: ev.SpawnRefused, now: float) -> Actions:
        if self.state != "starting":
            return []
        if event.error in TRANSIENT:
            return self._try_again(event.error, event.reason, now)
        sentence = f"initd: cannot start the shim: {event.reason}"
        return [do.Complain(sentence), *self._end_with(EXIT_OWN)]

    def _on_started(self, event: ev.Started, now: float) -> Actions:
        if self.state != "starting":
            return []
        self.app, self.app_since = event.app, now
        self.state = "running"
        if self.last_exit is not None:
            self.restarts += 1
        self._attempt = 0
        self.followed = False
        todo: Actions = [
            do.Log("info", "app.started", {"app": event.app, "command": list(self.policy.command)})
        ]
        kept, self._kept = self._kept, []
        for number in kept:
            todo += self._act_on(number, now)
        return todo

    def _on_start_failed(self, event: ev.StartFailed, now: float) -> Actions:
        if self.state != "starting":
            return []
        if event.stage == Stage.FORK and event.error in TRANSIENT:
            return self._try_again(event.error, event.reason, now)
        asked = self.policy.asked.get(event.stage, ())
        what = asked[event.which] if event.which < len(asked) else ""
        code, sentence = self.policy.explain(event.stage, event.error, event.reason, what)
        return [do.Complain(sentence), *self._end_with(code)]

    def _try_again(self, error: int, reason: str, now: float) -> Actions:
        """No pid or no memory to be had just now is not the end, but where initd stands in
        for an init for which it is."""
        if self.policy.emulation is not NO_EMULATION and self.last_exit is None:
            why = reason.rpartition(": ")[2]
            code, sentence = self.policy.explain(Stage.FORK, error, why, "")
            return [do.Complain(sentence), *self._end_with(code)]
        if any(self._is_stop(number) for number in self._kept):
            return self._end_with(128 + self.policy.stop_signal)
        pause = delay(self._attempt)
        self._attempt += 1
        self.state, self._next_start = "waiting", now + pause
        return [do.Log("warning", "app.start-delayed", {"why": reason, "seconds": pause})]

    def _spawn(self) -> Actions:
        self.state, self._next_start = "starting", None
        return [do.Spawn()]

    # ---- signals --------------------------------------------------------------

    def _on_signal(self, event: ev.Signal, now: float) -> Actions:
        facts = {"signal": name_of(event.number), "from_pid": event.pid, "from_uid": event.uid}
        if event.number in self.policy.emulation.reserved_signals:
            return [do.Log("debug", "signal.own", facts)]
        self.counts.receive(event.number)
        received = do.Log("info", "signal.received", facts)
        if event.sent:
            self.counts.deliver(event.sent)
            return [received]
        # The app first: the log can wait the microseconds that delivery takes.
        todo = self.signal(event.number, now)
        logs = [action for action in todo if type(action) is do.Log]
        sent = [action for action in todo if type(action) not in (do.Log, do.Suspend)]
        last = [action for action in todo if type(action) is do.Suspend]
        return [*sent, received, *logs, *last]

    def at_once(self, number: int) -> int:
        """What the app's own process gets for this signal, where that is all that follows
        from it; else 0, and the event decides. So that a signal which is simply passed on is
        passed on before anything is made of it."""
        if (
            self.state != "running"
            or self.policy.target != "process"
            or self.policy.emulation is not NO_EMULATION
            or number == CONT
            or number in self.policy.emulation.reserved_signals
            or number in JOB_CONTROL
            or self._is_stop(number)
        ):
            return 0
        rule = self.policy.signal_map.get(number)
        return number if rule is None else rule.out

    def signal(self, number: int, now: float) -> Actions:
        """What a signal sets off, or STOP_BY_NAME; kept for an app that is yet to run."""
        if self.state in ("starting", "waiting"):
            return self._keep(number)
        if self.state == "sweeping" and self._is_stop(number):
            self.want = END  # what has ended is not started again
            return []
        return self._act_on(number, now)

    def _keep(self, number: int) -> Actions:
        """For the app that is about to run. While it can't be started, a stop is
        an end: there is nobody to pass it on to."""
        if self.state == "waiting" and self._is_stop(number):
            return self._end_with(128 + self.policy.stop_signal)
        # As the kernel keeps what is pending: a real-time signal each time that it is sent.
        queued = number >= RTMIN and len(self._kept) < KEPT_AT_MOST
        if queued or number not in self._kept:
            self._kept.append(number)
        return []

    def _is_stop(self, number: int) -> bool:
        if number == STOP_BY_NAME:
            return True
        return number == self.policy.stop_signal and not self._dropped(number)

    def _act_on(self, number: int, now: float) -> Actions:
        if self.app is None:
            return []
        if number == STOP_BY_NAME or (self._is_stop(number) and not self.policy.transparent):
            return self._stop_for(END, now)
        if self._is_stop(number) and self.state == "running":
            self.want, self.state = END, "stopping"
        if number == CONT and self.policy.job_control:
            # `fg` and `bg` continue init's job, of which all of the app is part.
            return [do.HandTerminal(), do.Deliver(CONT, "group")]
        suspend = [do.Suspend()] if number in JOB_CONTROL and self.policy.emulation.suspends else []
        out = self._rewritten(number)
        if out == DROP:
            return [do.Log("debug", "signal.dropped", {"signal": name_of(number)}), *suspend]
        self.counts.deliver(out)
        return [do.Deliver(out, self.policy.target), *suspend]

    def _dropped(self, number: int) -> bool:
        return self._rewritten(number) == DROP

    def _rewritten(self, number: int) -> int:
        rule = self.policy.signal_map.get(number)
        return number if rule is None else rule.out

    def _on_undelivered(self, event: ev.Undelivered, now: float) -> Actions:
        self.counts.undelivered += 1
        facts = {"signal": name_of(event.number), "why": event.reason}
        return [do.Log("warning", "signal.undelivered", facts)]

    # ---- stop, restart --------------------------------------------------------

    def _stop_for(self, want: str, now: float, own: bool = False) -> Actions:
        """The app is to end, by its plan, so that what is wanted can follow."""
        if self._stop is not None:
            self.want = END if END in (want, self.want) else want
            if own:
                return []
            self._unhealthy = None  # the end is somebody else's wish now
            return self._stop.asked_again()
        self.want = want
        self.state = "stopping"
        self._stop = StopRun(self.policy.stop_plan, self.policy.target, now, own)
        return self._counted(self._stop.take_step(now, self.stopped_by is not None))

    def _counted(self, actions: Actions) -> Actions:
        for action in actions:
            if isinstance(action, do.Deliver):
                self.counts.deliver(action.number)
        return actions

    def restart(self, why: str, now: float) -> Actions:
        """The app is to run anew, for the reason `why`; at once where it only waits."""
        if self.state == "waiting":
            self.restart_reason = why
            return self._spawn()
        if self.state != "running":
            return []
        self.restart_reason = why
        return self._stop_for(AGAIN, now, own=True)

    # ---- the app's state ------------------------------------------------------

    def _on_app_stopped(self, event: ev.AppStopped, now: float) -> Actions:
        if self.app is None:
            return []
        self.stopped_by = event.signal
        stopped = do.Log("info", "app.stopped", {"signal": name_of(event.signal)})
        if self._stop is not None:
            return [*self._stop.wake(), stopped]
        if self.policy.job_control and event.signal in JOB_CONTROL:
            return [stopped, do.Suspend()]
        return [stopped]

    def _on_app_continued(self, event: ev.AppContinued, now: float) -> Actions:
        self.stopped_by = None
        return [do.Log("info", "app.continued", {})]

    def _on_app_exited(self, event: ev.AppExited, now: float) -> Actions:
        return self._app_ended(event.status, event.oom_kills, now)

    def _app_ended(self, status: int, oom_kills: int, now: float) -> Actions:
        if self.app is None:
            return []  # told before, by the shim's report or by the corpse itself
        ran = now - self.app_since
        asked = self.state == "stopping"
        facts: dict[str, Any] = {"pid": self.app, **status_facts(status)}
        facts["asked"] = asked
        facts["after_seconds"] = round(ran, 3)
        if oom_kills:
            facts["why"] = f"out of memory? the kernel counts {oom_kills} OOM kills here"
        self.last_exit = facts
        self._corpse, self.app = self.app, None
        self.stopped_by = None
        code = exit_code_of(status, self.policy.clean_codes)
        expected = code == 0 or asked
        log = do.Log("info" if expected else "warning", "app.exited", facts)
        if self._stop is not None:
            self.counts.stopped(now - self._stop.since)
        return [log, *self._go_on(self._next(code, ran, now), code, now)]

    # ---- after the app --------------------------------------------------------

    def _next(self, code: int, ran: float, now: float) -> Restart:
        if self.want == END:
            return Restart(None, "")
        if self._unhealthy is not None:
            return self._restarts.after_failure(self._unhealthy, ran, now)
        if self.want == AGAIN:
            return Restart(0.0, self.restart_reason or "")
        return self._restarts.after_exit(code, ran, now)

    def _go_on(self, restart: Restart, code: int, now: float) -> Actions:
        if self._unhealthy is not None and code == 0:
            code = 1  # an end that nobody outside asked for is not to look like a success
        if restart.pause is None:
            gave_up = do.Log("warning", "restart.gave-up", {"why": restart.why})
            return [*([gave_up] if restart.why else []), *self._end_with(code)]
        self._outcome = code
        self.want = AGAIN
        self.restart_reason = restart.why
        self._next_start = now + restart.pause
        pause = round(restart.pause, 3)
        facts = {"why": restart.why, "in_seconds": pause, "restarts": self.restarts}
        return [do.Log("info", "app.restarting", facts), *self._sweep_up()]

    def _end_with(self, code: int) -> Actions:
        """The outcome is known; a round of reaping tells what is left."""
        self._outcome = code
        self.want = END
        self._next_start = None
        return [*self._say_farewell(), *self._sweep_up()]

    def _say_farewell(self) -> Actions:
        """To the group that the app led."""
        out = self._rewritten(TERM)
        if not self.policy.emulation.terminates_group or self._corpse is None or out == DROP:
            return []
        return [do.Farewell(out, self._corpse)]

    def _sweep_up(self) -> Actions:
        self.state = "sweeping"
        self._stop = None
        self._sweep = Sweep()
        return [do.Reap()]

    def _on_reaped(self, event: ev.Reaped, now: float) -> Actions:
        if event.pid == self.app:
            todo = self._app_ended(event.status, event.oom_kills, now)
            self._corpse = None
            return todo
        if event.pid == self.shim:
            return self._shim_ended()
        if event.pid == self._corpse:
            self._corpse = None  # the app's, whose end the shim has reported
            return []
        return self._orphans([(event.pid, event.status)])

    def _on_others_reaped(self, event: ev.OthersReaped, now: float) -> Actions:
        corpses = event.corpses
        if self._corpse is not None and any(pid == self._corpse for pid, _ in corpses):
            corpses = [corpse for corpse in corpses if corpse[0] != self._corpse]
            self._corpse = None
        return self._orphans(corpses)

    def _orphans(self, corpses: list[tuple[int, int]]) -> Actions:
        self.counts.orphans += len(corpses)
        return [do.LogOrphans("warning" if self.policy.warn_reaped else "debug", corpses)]

    def _shim_ended(self) -> Actions:
        self.shim = None
        if self.app is not None:
            level = "debug" if self.followed else "warning"
            return [do.Log(level, "shim.lost", {"app": self.app})]
        if self.state == "starting":
            sentence = "initd: the shim was killed before the app could start"
            return [do.Complain(sentence), *self._end_with(EXIT_OWN)]
        return []

    def _on_shim_stopped(self, event: ev.ShimStopped, now: float) -> Actions:
        return [do.ContinueShim()]

    def _on_reaped_all(self, event: ev.ReapedAll, now: float) -> Actions:
        if self.state != "sweeping":
            return []
        if not event.left:
            return self._swept(now)
        if self.shim is not None:
            return []  # it ends by itself
        if self.want == END and self.policy.transparent and self.policy.emulation.leaves_survivors:
            self._leaves_some = True
            return self._swept(now)
        return self._sweep.begin(now)

    def _swept(self, now: float) -> Actions:
        """Nothing of the app is left, or nothing that could be ended."""
        self._sweep = Sweep()
        if self.want == END:
            return self._end()
        self.want, self._unhealthy = RUN, None
        self.state = "waiting"
        return self._start_if_due(now)

    def _start_if_due(self, now: float) -> Actions:
        if self._next_start is None or now < self._next_start:
            return []
        return self._spawn()

    def _end(self) -> Actions:
        self.state = "ended"
        self.exit_code = self._outcome
        facts: dict[str, Any] = {"code": self._outcome}
        if self._leaves_some:
            facts["left"] = True
        return [do.Log("info", "init.exit", facts)]

    # ---- time -----------------------------------------------------------------

    def _on_elapsed(self, event: ev.Elapsed, now: float) -> Actions:
        """Stale ones do nothing: what they were for is over, or not due yet."""
        if self.state == "waiting":
            return self._start_if_due(now)
        if self._stop is not None:
            return self._counted(self._stop.elapsed(now, self.stopped_by is not None))
        return self._sweep_on(now) if self.state == "sweeping" else []

    def _sweep_on(self, now: float) -> Actions:
        rounds = self._sweep.elapsed(now)
        if rounds is not None:
            return rounds
        return [do.Log("warning", "sweep.gave-up", {}), *self._swept(now)]
