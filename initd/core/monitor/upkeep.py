"""Keeping the monitor: started once the app runs, started again with back-off.

The monitor may crash, leak or be killed for want of memory as often as it likes: the
app never notices, and init only waits longer before the next start.
"""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life.backoff import delay
from initd.core.start.outcome import status_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    Actions = list[do.Action]

#: A monitor that has lived for so many seconds is started anew without a history.
STABLE = 10.0


class MonitorUpkeep:
    """Invariant: while `wanted`, once begun, either a monitor runs, or one is being
    started, or `deadline` says when (monotonic seconds)."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.pid: int | None = None
        self.restarts = 0
        self.deadline: float | None = None
        self._begun = False
        self._attempt = 0
        self._since = 0.0

    def is_due(self) -> bool:
        """Once the app runs, and not before: the first pids are the shim's and the app's."""
        due = self.wanted and not self._begun
        self._begun = self._begun or due
        return due

    def started(self, pid: int, now: float) -> Actions:
        """A monitor runs."""
        self.pid, self._since = pid, now
        return [do.Log("debug", "monitor.started", {"pid": pid})]

    def refused(self, reason: str, now: float) -> Actions:
        """No process or no memory for it just now."""
        return self._again({"why": reason}, now)

    def ended(self, status: int, now: float) -> Actions:
        """It has been reaped, with this wait status."""
        facts = {"pid": self.pid, **status_facts(status)}
        self.pid = None
        if not self.wanted:
            return []
        if now - self._since >= STABLE:
            self._attempt = 0
        self.restarts += 1
        return self._again(facts, now)

    def _again(self, facts: dict[str, object], now: float) -> Actions:
        pause = delay(self._attempt)
        self._attempt += 1
        self.deadline = now + pause
        return [do.Log("warning", "monitor.exited", {**facts, "again_in_seconds": pause})]

    def elapsed(self, now: float) -> bool:
        """Whether its pause is over, and the next one is to be started."""
        over = self.deadline is not None and now >= self.deadline
        if over:
            self.deadline = None
        return over

    def dismiss(self) -> Actions:
        """Init is about to end: no monitor is needed any more."""
        running = self.wanted and self.pid is not None
        self.wanted, self.deadline = False, None
        return [do.EndMonitor()] if running else []
