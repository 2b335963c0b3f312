"""A stop plan under way: which step it is at, and what its time being over means."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.signals.numbers import CONT, JOB_CONTROL, KILL, STOP, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.signals.stop_plan import Plan

    Actions = list[do.Action]

#: For a stop that init itself wanted, no engine's clock runs: KILL comes so many seconds
#: after a last step that has no time of its own (Kubernetes' default grace period).
HUNG_PATIENCE = 30.0


class StopRun:
    """`deadline` is when the next step is due (monotonic seconds; None: never).

    `own` says that init wants this stop and has to bring it to an end; else an engine
    asked, and its clock decides how long the last step may take."""

    def __init__(self, plan: Plan, target: str, now: float, own: bool) -> None:
        self.since = now
        self.deadline: float | None = None
        self.own = own
        self._plan = plan
        self._target = target
        self._step = 0
        self._woken = False

    def take_step(self, now: float, app_is_stopped: bool) -> Actions:
        """Sends the step's signal, and sets the clock for the next one."""
        step = self._plan[self._step]
        self.deadline = self._until(now)
        self._woken = False
        todo: Actions = [do.Deliver(step.signal, self._target)]
        # What is stopped acts on nothing but KILL until it is continued. Of the
        # app itself init knows; of a group's members it can't.
        if app_is_stopped or self._target != "process":
            wake = do.Deliver(CONT, self._target)
            # CONT takes a pending TSTP, TTIN or TTOU away, even from who has a handler.
            todo = [wake, *todo] if step.signal in JOB_CONTROL else [*todo, wake]
        facts = {
            "step": self._step + 1,
            "of": len(self._plan),
            "signal": name_of(step.signal),
            "patience_seconds": step.patience,
        }
        return [*todo, do.Log("info", "stop.step", facts)]

    def _until(self, now: float) -> float | None:
        patience = self._plan[self._step].patience
        if patience is None:
            return now + HUNG_PATIENCE if self.own else None
        return now + patience

    def elapsed(self, now: float, app_is_stopped: bool) -> Actions:
        """The step's time is over."""
        if self.deadline is None or now < self.deadline:
            return []
        if self._step + 1 < len(self._plan):
            self._step += 1
            return self.take_step(now, app_is_stopped)
        self.deadline = None
        overdue = do.Log("warning", "stop.overdue", {"step": self._step + 1})
        return [overdue, do.Deliver(KILL, self._target)] if self.own else [overdue]

    def asked_again(self) -> Actions:
        """A plan runs once: a second request does not cut a graceful stop short. But from
        the first request of an engine on, its clock decides."""
        if self.own:
            self.own = False
            last = self._step + 1 == len(self._plan)
            if last and self._plan[self._step].patience is None:
                self.deadline = None
        return [do.Log("info", "stop.already", {"step": self._step + 1})]

    def extend(self, until: float) -> None:
        """The app asks for more time (EXTEND_TIMEOUT_USEC= of sd_notify)."""
        if self.deadline is not None:
            self.deadline = max(self.deadline, until)

    def wake(self) -> Actions:
        """The step's signal may have met an app whose stop was still to be reported.
        Once a step: who stops again and again would be continued for ever. And not
        where the step's own signal is what stopped it."""
        signal = self._plan[self._step].signal
        if self._woken or signal == STOP or signal in JOB_CONTROL:
            return []
        self._woken = True
        return [do.Deliver(CONT, self._target)]
