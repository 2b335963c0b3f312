"""Ending the processes that outlived the app: TERM, a wait, KILL."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life.stop_run import HUNG_PATIENCE
from initd.core.signals.numbers import CONT, JOB_CONTROL, KILL, TERM, name_of
from initd.core.signals.stop_plan import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.signals.stop_plan import Plan

    Actions = list[do.Action]
    #: Who is left out of a signal, and whether it is the first one: pids, with their starts.
    Spared = Callable[[int, bool], tuple[tuple[int, int], ...]]

#: How many seconds a process may take to end on TERM where the app has ended by itself.
PATIENCE = 3.0
#: KILL is repeated because a fork may have been under way. Then init ends regardless: a
#: process in uninterruptible sleep dies only when the kernel lets go of it.
KILLS = 3
#: Seconds from one KILL to the next.
KILL_INTERVAL = 1.0
_KILL_AT_LAST = (Step(TERM, PATIENCE), Step(KILL))


class Sweep:
    """`deadline` is when the next round is due (monotonic seconds); None where an engine's clock
    decides, as in the last step of a stop. `asked` says that an end was asked for, `own` that it
    was init that wanted it. `step` is the step of the plan that was taken last, and `kills` how
    often KILL was sent."""

    STATE = ("rounds", "deadline", "asked", "own", "step", "kills", "until")

    def __init__(self, plan: Plan | None = None, grace: float | None = None) -> None:
        self._configured = plan
        self._grace = grace
        self.reset()

    def reset(self, asked: bool = False, own: bool = False, began: float = 0.0) -> None:
        """Nothing is left to sweep, or another app has ended; `began` is when the stop did, from
        which on the engine's patience counts, where that is known."""
        self.rounds, self.kills, self.step = 0, 0, -1
        self.asked, self.own = asked, own
        self.until: float | None = None
        if asked and not own and self._grace is not None:
            from initd.core.signals.fit import time_until_kill  # loaded already, to fit the plan

            self.until = began + time_until_kill(self._grace)
        self.deadline: float | None = None

    def begin(self, now: float, spared: Spared) -> Actions:
        """Processes are left: starts the first round, once."""
        return self._next_step(now, spared) if self.rounds == 0 else []

    def watch(self, now: float) -> None:
        """All that is left ends by itself, and soon; where it does not, it is ended."""
        if self.rounds == 0 and self.deadline is None:
            self.deadline = now + PATIENCE

    def elapsed(self, now: float, spared: Spared) -> Actions | None:
        """The next round, when it is due; None after the last one."""
        if self.deadline is None or now < self.deadline:
            return []
        if self.kills >= KILLS:
            self.deadline = None
            return None
        return self._round(KILL, now, spared) if self.kills else self._next_step(now, spared)

    def plan(self) -> Plan:
        """What is done to those that outlive the app."""
        if self._configured is not None:
            return self._configured
        return (Step(TERM),) if self.asked else _KILL_AT_LAST

    def _next_step(self, now: float, spared: Spared) -> Actions:
        plan = self.plan()
        self.step += 1
        if self.step >= len(plan):
            return self._round(KILL, now, spared)
        step = plan[self.step]
        actions = self._round(step.signal, now, spared)
        if step.signal != KILL:
            self.deadline = self._until(step.patience, now, self.step + 1 == len(plan))
        return actions

    def _until(self, patience: float | None, now: float, is_last: bool) -> float | None:
        """The last step has no end where an engine's clock runs, as in a stop plan."""
        if is_last and self.asked and not self.own:
            return self.until
        return now + (HUNG_PATIENCE if patience is None else patience)

    def _round(self, number: int, now: float, spared: Spared) -> Actions:
        first = self.rounds == 0
        self.rounds += 1
        if number == KILL:
            self.kills += 1
            self.deadline = now + KILL_INTERVAL
        left_out = spared(number, first)
        sent = do.Sweep(number, left_out, below=first and bool(left_out))
        log = do.Log("info", "sweep", {"signal": name_of(number)})
        # A stopped process acts on TERM only once it is continued.
        if number == KILL:
            return [log, do.Sweep(number)]
        return [log, do.Sweep(CONT), sent] if number in JOB_CONTROL else [log, sent, do.Sweep(CONT)]
