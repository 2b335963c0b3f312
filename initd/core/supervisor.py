"""The state of the container, and every decision about it.

    events in, actions out; no process, no socket, no file, no clock

`handle(event, now)` returns what is to be done. `deadline` is the moment (on
the same monotonic clock, in seconds) at which `Elapsed` is wanted, and
`exit_code` is set once init is to end.

    starting   the shim is being started, or its app is; what arrives is kept
    waiting    fork was refused for the moment: tried again with back-off
    running    the app runs
    stopping   the stop plan runs
    sweeping   the app has ended; what outlived it gets TERM, a wait, KILL
    ended      nothing is left, `exit_code` is set
"""

from __future__ import annotations

from initd.core import actions as do
from initd.core import events as ev
from initd.core.backoff import delay
from initd.core.outcome import (
    EXIT_OWN,
    TRANSIENT,
    exit_code_of,
    explain_failure,
    status_facts,
)
from initd.core.signals import (
    CONT,
    DROP,
    JOB_CONTROL,
    KILL,
    OWN,
    STOP,
    TERM,
    name_of,
    number_of,
)
from initd.core.value import Value
from initd.core.views import health, status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.signals import Rule
    from initd.core.stop_plan import Plan

    Actions = list[do.Action]

#: How long what outlived the app may take to end on TERM, in seconds.
SWEEP_PATIENCE = 3.0
#: KILL is repeated, because a fork may have been under way, so often and so many
#: seconds apart; then init ends regardless: a process in uninterruptible sleep
#: dies only when the kernel lets go of it.
SWEEP_KILLS = 3
SWEEP_KILL_INTERVAL = 1.0

#: A stop that was asked for by name, in a list of signal numbers.
_STOP = -1


class Policy(Value):
    """What was configured; it does not change while init lives."""

    command: tuple[str, ...]
    signal_map: dict[int, Rule]
    stop_signal: int
    stop_plan: Plan
    target: str = "process"
    clean_codes: tuple[int, ...] = ()
    profile: str | None = None
    #: Whether init leads a job of an interactive shell: not pid 1, on a terminal.
    job_control: bool = False


class Supervisor:
    """Invariant: `app` is set from the moment that the app is known to run until
    its end has been seen, once, from whichever source tells first."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.state = "starting"
        self.shim: int | None = None
        self.app: int | None = None
        self.app_since = 0.0
        self.stopped_by: int | None = None
        self.last_exit: dict[str, Any] | None = None
        self.restarts = 0
        self.orphans = 0
        self.exit_code: int | None = None
        self.deadline: float | None = None
        self._outcome = 0
        self._kept: list[int] = []
        self._attempt = 0
        self._stop_asked = False
        self._step = 0
        self._woken = False
        self._sweeps = 0
        self._corpse: int | None = None
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
            ev.ReapedAll: self._on_reaped_all,
            ev.Request: self._on_request,
            ev.Undelivered: self._on_undelivered,
            ev.Elapsed: self._on_elapsed,
        }

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
            return self._try_again(event.reason, now)
        sentence = f"initd: cannot start the shim: {event.reason}"
        return [do.Complain(sentence), *self._end_with(EXIT_OWN)]

    def _on_started(self, event: ev.Started, now: float) -> Actions:
        if self.state != "starting":
            return []
        self.app, self.app_since = event.app, now
        self.state = "running"
        self._attempt = 0
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
        return self._start_failed(event.stage, event.error, event.reason, now)

    def _start_failed(self, stage: int, error: int, reason: str, now: float) -> Actions:
        if stage == ev.Stage.FORK and error in TRANSIENT:
            return self._try_again(reason, now)
        code, sentence = explain_failure(stage, error, reason, self.policy.command[0])
        return [do.Complain(sentence), *self._end_with(code)]

    def _try_again(self, reason: str, now: float) -> Actions:
        """No pid or no memory to be had just now is not the end."""
        if any(self._is_stop(number) for number in self._kept):
            return self._end_with(128 + self.policy.stop_signal)
        pause = delay(self._attempt)
        self._attempt += 1
        self.state, self.deadline = "waiting", now + pause
        return [do.Log("warning", "app.start-delayed", {"why": reason, "seconds": pause})]

    # ---- signals --------------------------------------------------------------

    def _on_signal(self, event: ev.Signal, now: float) -> Actions:
        facts = {"signal": name_of(event.number), "from_pid": event.pid, "from_uid": event.uid}
        if event.number in OWN:
            return [do.Log("debug", "signal.own", facts)]
        received = do.Log("info", "signal.received", facts)
        if self.state in ("starting", "waiting"):
            return [received, *self._keep(event.number)]
        # The app first: the log can wait the microseconds that delivery takes.
        todo = self._act_on(event.number, now)
        logs = [action for action in todo if type(action) is do.Log]
        return [*(action for action in todo if type(action) is not do.Log), received, *logs]

    def _keep(self, number: int) -> Actions:
        """For the app that is about to run. While it can't be started, a stop is
        an end: there is nobody to pass it on to."""
        if self.state == "waiting" and self._is_stop(number):
            return self._end_with(128 + self.policy.stop_signal)
        if number not in self._kept:
            self._kept.append(number)
        return []

    def _is_stop(self, number: int) -> bool:
        if number == _STOP:
            return True
        return number == self.policy.stop_signal and not self._dropped(number)

    def _act_on(self, number: int, now: float) -> Actions:
        if self.app is None:
            return []
        if self._is_stop(number):
            return self._stop(now)
        if number == CONT and self.policy.job_control:
            # `fg` and `bg` continue init's job, of which all of the app is part.
            return [do.HandTerminal(), do.Deliver(CONT, "group")]
        rule = self.policy.signal_map.get(number)
        out = number if rule is None else rule.out
        if out == DROP:
            return [do.Log("debug", "signal.dropped", {"signal": name_of(number)})]
        return [do.Deliver(out, self.policy.target)]

    def _dropped(self, number: int) -> bool:
        rule = self.policy.signal_map.get(number)
        return rule is not None and rule.out == DROP

    def _on_undelivered(self, event: ev.Undelivered, now: float) -> Actions:
        facts = {"signal": name_of(event.number), "why": event.reason}
        return [do.Log("warning", "signal.undelivered", facts)]

    # ---- stop -----------------------------------------------------------------

    def _stop(self, now: float) -> Actions:
        """A plan runs once: a second request does not cut a graceful stop short."""
        if self._stop_asked:
            return [do.Log("info", "stop.already", {"step": self._step + 1})]
        self._stop_asked = True
        self.state = "stopping"
        self._step = 0
        return self._take_step(now)

    def _take_step(self, now: float) -> Actions:
        step = self.policy.stop_plan[self._step]
        self.deadline = None if step.patience is None else now + step.patience
        self._woken = False
        facts = {
            "step": self._step + 1,
            "of": len(self.policy.stop_plan),
            "signal": name_of(step.signal),
            "patience_seconds": step.patience,
        }
        todo: Actions = [do.Deliver(step.signal, self.policy.target)]
        # What is stopped acts on nothing but KILL until it is continued. Of the
        # app itself init knows; of a group's members it can't.
        if self.stopped_by is not None or self.policy.target != "process":
            todo.append(do.Deliver(CONT, self.policy.target))
        return [*todo, do.Log("info", "stop.step", facts)]

    def _next_step(self, now: float) -> Actions:
        if self._step + 1 < len(self.policy.stop_plan):
            self._step += 1
            return self._take_step(now)
        return [do.Log("warning", "stop.overdue", {"step": self._step + 1})]

    # ---- the app's state ------------------------------------------------------

    def _on_app_stopped(self, event: ev.AppStopped, now: float) -> Actions:
        if self.app is None:
            return []
        self.stopped_by = event.signal
        stopped = do.Log("info", "app.stopped", {"signal": name_of(event.signal)})
        if self.state == "stopping":
            return [*self._wake_for_step(), stopped]
        if self.policy.job_control and event.signal in JOB_CONTROL:
            return [stopped, do.Suspend()]
        return [stopped]

    def _wake_for_step(self) -> Actions:
        """The step's signal may have met an app whose stop was still to be reported.
        Once a step: who stops again and again would be continued for ever. And not
        where the step's own signal is what stopped it."""
        signal = self.policy.stop_plan[self._step].signal
        if self._woken or signal == STOP or signal in JOB_CONTROL:
            return []
        self._woken = True
        return [do.Deliver(CONT, self.policy.target)]

    def _on_app_continued(self, event: ev.AppContinued, now: float) -> Actions:
        self.stopped_by = None
        return [do.Log("info", "app.continued", {})]

    def _on_app_exited(self, event: ev.AppExited, now: float) -> Actions:
        return self._app_ended(event.status, event.oom_kills, now)

    def _app_ended(self, status: int, oom_kills: int, now: float) -> Actions:
        if self.app is None:
            return []  # told before, by the shim's report or by the corpse itself
        facts: dict[str, Any] = {"pid": self.app, **status_facts(status)}
        facts["asked"] = self._stop_asked
        facts["after_seconds"] = round(now - self.app_since, 3)
        if oom_kills:
            facts["why"] = f"out of memory? the kernel counts {oom_kills} OOM kills here"
        self.last_exit = facts
        self._corpse, self.app = self.app, None
        self.stopped_by = None
        code = exit_code_of(status, self.policy.clean_codes)
        expected = code == 0 or self._stop_asked
        log = do.Log("info" if expected else "warning", "app.exited", facts)
        return [log, *self._end_with(code)]

    # ---- after the app --------------------------------------------------------

    def _end_with(self, code: int) -> Actions:
        """The outcome is known; a round of reaping tells what is left."""
        self._outcome = code
        self.state = "sweeping"
        self.deadline = None
        self._sweeps = 0
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
        self.orphans += 1
        return [do.Log("debug", "orphan.reaped", {"pid": event.pid, **status_facts(event.status)})]

    def _shim_ended(self) -> Actions:
        self.shim = None
        if self.app is not None:
            return [do.Log("warning", "shim.lost", {"app": self.app})]
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
            return self._end()
        if self.shim is None and self._sweeps == 0:
            return self._sweep(TERM, now + SWEEP_PATIENCE)
        return []  # the shim ends by itself, or the sweep's deadline decides

    def _sweep(self, number: int, deadline: float) -> Actions:
        self._sweeps += 1
        self.deadline = deadline
        # A stopped process acts on TERM only once it is continued.
        also = [] if number == KILL else [do.Sweep(CONT)]
        return [do.Log("info", "sweep", {"signal": name_of(number)}), do.Sweep(number), *also]

    def _sweep_on(self, now: float) -> Actions:
        if self._sweeps <= SWEEP_KILLS:
            return self._sweep(KILL, now + SWEEP_KILL_INTERVAL)
        return [do.Log("warning", "sweep.gave-up", {}), *self._end()]

    def _end(self) -> Actions:
        self.state = "ended"
        self.exit_code = self._outcome
        return [do.Log("info", "init.exit", {"code": self._outcome})]

    # ---- time -----------------------------------------------------------------

    def _on_elapsed(self, event: ev.Elapsed, now: float) -> Actions:
        if self.deadline is None or now < self.deadline:
            return []  # stale: what it was for is over
        self.deadline = None
        if self.state == "waiting":
            self.state = "starting"
            return [do.Spawn()]
        if self.state == "stopping":
            return self._next_step(now)
        if self.state == "sweeping":
            return self._sweep_on(now)
        return []

    # ---- requests -------------------------------------------------------------

    def _on_request(self, event: ev.Request, now: float) -> Actions:
        if event.verb == "health":
            return [do.Reply(event.client, health(self, now))]
        if event.verb == "status":
            return [do.ReplyStatus(event.client, status(self, now))]
        if event.verb == "stop":
            return self._answer(event, _STOP, now)
        if event.verb == "signal":
            try:
                number = number_of(event.argument)
            except ValueError as mistake:
                return [do.Reply(event.client, {"error": str(mistake)})]
            return self._answer(event, number, now)
        return [do.Reply(event.client, {"error": f"no such verb: {event.verb!r}"})]

    def _answer(self, event: ev.Request, number: int, now: float) -> Actions:
        """As if the signal, or a stop, had come in the ordinary way."""
        if self.state in ("sweeping", "ended"):
            return [do.Reply(event.client, {"error": f"the app is not running: {self.state}"})]
        todo = self._act_on(number, now) if self.app is not None else self._keep(number)
        asked = do.Log("info", f"control.{event.verb}", {"argument": event.argument})
        return [*todo, asked, do.Reply(event.client, {"ok": True})]
