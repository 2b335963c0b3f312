"""Ending the processes that outlived the app: TERM, a wait, KILL."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.signals.numbers import CONT, KILL, TERM, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    Actions = list[do.Action]

#: How many seconds a process that outlived the app may take to end on TERM.
PATIENCE = 3.0
#: KILL is repeated because a fork may have been under way. Then init ends regardless: a
#: process in uninterruptible sleep dies only when the kernel lets go of it.
KILLS = 3
#: Seconds from one KILL to the next.
KILL_INTERVAL = 1.0


class Sweep:
    """`deadline` is when the next round is due (monotonic seconds)."""

    STATE = ("rounds", "deadline")

    def __init__(self) -> None:
        self.rounds = 0
        self.deadline: float | None = None

    def reset(self) -> None:
        """Nothing is left to sweep, or another app has ended."""
        self.rounds, self.deadline = 0, None

    def begin(self, now: float) -> Actions:
        """Processes are left: starts the first round, once."""
        return self._round(TERM, now + PATIENCE) if self.rounds == 0 else []

    def elapsed(self, now: float) -> Actions | None:
        """The next round, when it is due; None after the last one."""
        if self.deadline is None or now < self.deadline:
            return []
        if self.rounds <= KILLS:
            return self._round(KILL, now + KILL_INTERVAL)
        self.deadline = None
        return None

    def _round(self, number: int, deadline: float) -> Actions:
        self.rounds += 1
        self.deadline = deadline
        # A stopped process acts on TERM only once it is continued.
        also = [] if number == KILL else [do.Sweep(CONT)]
        return [do.Log("info", "sweep", {"signal": name_of(number)}), do.Sweep(number), *also]
