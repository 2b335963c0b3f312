"""A stop plan under way: which step it is at, and what follows when a step's time is over."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.signals.numbers import CONT, JOB_CONTROL, KILL, STOP, name_of
from initd.core.signals.stop_plan import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from initd.core.signals.stop_plan import Plan

    Actions = list[do.Action]

#: In a stop that init itself wants, no engine's clock runs. So KILL follows this many seconds
#: after a last step without a time of its own (Kubernetes' default grace period).
HUNG_PATIENCE = 30.0


class StopRun:
    """Invariant: `since` is when the stop began (monotonic seconds), and None while none is
    under way. `deadline` is when the next step is due; None: never.

    `own` says that init wants this stop and has to bring it to an end. Otherwise an engine has
    asked for it, and the engine's clock decides how long the last step may take. `looks` says that
    a step first looks which processes are to have its signal. `plan` has a pair for each step: the
    signal and its patience. `allowed` is the engine's patience from the first step on, where it is
    known. The app has had no signal yet while the stop is `held`, which has no deadline of its own,
    and then while it is `draining`: it goes on to serve those who have not heard that it is not
    ready any more. `serves` says whether there is anything to drain."""

    STATE = (
        *("since", "deadline", "own", "step", "woken", "plan", "target", "allowed"),
        *("held", "serves", "draining"),
    )

    def __init__(
        self,
        plan: Plan,
        target: str,
        grace: float | None = None,
        looks: bool = False,
        adapts: bool = False,
        drain: float = 0.0,
        lead: float = 0.0,
    ) -> None:
        """`grace`: the engine's patience, where it is known. The plan's times are within it, and
        nobody extends them. `drain`: seconds before the first step, and `lead` those of all that
        comes before it."""
        self._plan = [[step.signal, step.patience] for step in plan]
        self._target = target
        self._grace = grace
        self._looks = looks
        self._adapts = adapts
        self._drain = drain
        self._lead_time = lead
        self.reset()

    def reset(self) -> None:
        """No stop is under way."""
        self.since: float | None = None
        self.deadline: float | None = None
        self.own = False
        self.step = 0
        self.woken = False
        self.held = self.serves = self.draining = False
        self.plan: list[list[Any]] = self._plan
        self.target = self._target
        self.allowed = (
            self._grace if self._grace is None else max(0.0, self._grace - self._lead_time)
        )

    def begin(
        self,
        now: float,
        own: bool,
        app_is_stopped: bool,
        serves: bool = False,
        held: bool = False,
    ) -> Actions:
        """A new stop: its first step, or what comes before it."""
        self.reset()
        self.since, self.own, self.serves, self.held = now, own, serves, held
        return [] if held else self._lead(now, app_is_stopped)

    def go_on(self, now: float, app_is_stopped: bool) -> Actions:
        """What has held the stop is over."""
        if not self.held:
            return []
        self.held = False
        return self._lead(now, app_is_stopped)

    def _lead(self, now: float, app_is_stopped: bool) -> Actions:
        if self.serves and self._drain:
            self.draining, self.deadline = True, now + self._drain
            return [do.Log("info", "stop.draining", {"seconds": self._drain})]
        return self._take_step(now, app_is_stopped)

    def begin_again(self, now: float) -> Actions:
        """The first step of the same stop, for another process in the place of the one that has
        had it. The engine's clock does not begin anew: where it is known, the whole plan goes into
        what it leaves."""
        since, own = self.since, self.own
        self.reset()
        self.since, self.own = since, own
        if self._grace is not None and since is not None and not own:
            from initd.core.signals.fit import fit

            self.allowed = max(0.0, self._grace - (now - since))
            self.plan = [[step.signal, step.patience] for step in fit(self.steps(), self.allowed)]
        return self._take_step(now, False)

    @property
    def is_silent(self) -> bool:
        """Whether a stop is under way, and the app has had no signal of it yet."""
        return self.held or self.draining

    def adopt(self, plan: Plan, target: str, now: float) -> int:
        """Goes on with another plan, of whose steps none has been taken; returns the signal of
        the first."""
        self.plan = [[step.signal, step.patience] for step in plan]
        self.target = target
        self.deadline = self._until(now)
        return self.signal

    def steps(self) -> Plan:
        """The plan that a stop follows."""
        return tuple(Step(signal, patience) for signal, patience in self.plan)

    @property
    def signal(self) -> int:
        """That of the step that the plan is at."""
        number: int = self.plan[self.step][0]
        return number

    def _take_step(self, now: float, app_is_stopped: bool) -> Actions:
        """Sends the step's signal, or looks where to, and sets the clock for the next one."""
        self.deadline = self._until(now)
        self.woken = self.held = self.draining = False
        if self._looks and self.signal != KILL:
            environs = self._adapts and self.step == 0
            return [do.Look(self.signal, self.target, step=True, environs=environs)]
        target = self.target
        return self.sent(
            lambda number: do.Deliver(number, target), app_is_stopped or target != "process", {}
        )

    def sent(
        self, send: Callable[[int], do.Action], wakes: bool, aimed: Mapping[str, Any]
    ) -> Actions:
        """The step's signal, sent by what `send` makes of a number; with `wakes`, together with
        CONT. `aimed` is for the log."""
        signal = self.signal
        todo: Actions = [send(signal)]
        # A stopped process acts on nothing but KILL until it is continued. Init knows about
        # the app itself, but not about the other members of its group.
        if wakes:
            wake = send(CONT)
            # CONT discards a pending TSTP, TTIN or TTOU, even one that has a handler.
            todo = [wake, *todo] if signal in JOB_CONTROL else [*todo, wake]
        facts = {
            "step": self.step + 1,
            "of": len(self.plan),
            "signal": name_of(signal),
            "patience_seconds": self.plan[self.step][1],
            **aimed,
        }
        return [*todo, do.Log("info", "stop.step", facts)]

    def _until(self, now: float) -> float | None:
        patience: float | None = self.plan[self.step][1]
        if patience is None:
            return now + HUNG_PATIENCE if self.own else None
        return now + patience

    def elapsed(self, now: float, app_is_stopped: bool) -> Actions:
        """What follows where the step's time is over."""
        if self.deadline is None or now < self.deadline:
            return []
        if self.draining:
            return self._take_step(now, app_is_stopped)
        if self.step + 1 < len(self.plan):
            self.step += 1
            return self._take_step(now, app_is_stopped)
        self.deadline = None
        overdue = do.Log("warning", "stop.overdue", {"step": self.step + 1})
        return [overdue, do.Deliver(KILL, self.target)] if self.own else [overdue]

    def asked_again(self, now: float, app_is_stopped: bool) -> Actions:
        """A plan runs once: a second request does not cut a graceful stop short, only the drain
        before it. But an engine's clock decides from its first request on."""
        if self.own:
            self.own = False
            last = self.step + 1 == len(self.plan)
            if last and self.plan[self.step][1] is None and not self.is_silent:
                self.deadline = None
        if self.is_silent:
            cut = do.Log("info", "stop.drain-skipped", {})
            return [cut, *self._take_step(now, app_is_stopped)]
        return [do.Log("info", "stop.already", {"step": self.step + 1})]

    def extend(self, until: float) -> None:
        """The app asks for more time (EXTEND_TIMEOUT_USEC= of sd_notify), which only init can
        give, and no engine."""
        if self.is_silent:
            return
        if self.deadline is not None and (self.own or self._grace is None):
            self.deadline = max(self.deadline, until)

    def wake(self) -> Actions:
        """The app reports that it was stopped: it may have been so already when the step's
        signal reached it. Once a step, or an app that stops again and again would be continued
        for ever; and not where the step's own signal stopped it."""
        if self.woken or self.is_silent or self.signal == STOP or self.signal in JOB_CONTROL:
            return []
        self.woken = True
        return [do.Deliver(CONT, self.target)]
