"""What init has counted since its start, for status and metrics."""

from __future__ import annotations

from initd.core.signals.numbers import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Counts:
    """Signals by number; a signal that reaches nobody counts as delivered and undelivered."""

    STATE = (
        *("received", "delivered", "undelivered", "orphans", "stops", "last_stop_seconds"),
        *("sleeps", "asleep_seconds", "woken_by"),
    )

    def __init__(self) -> None:
        self.received: dict[int, int] = {}
        self.delivered: dict[int, int] = {}
        self.undelivered = 0
        self.orphans = 0
        self.stops = 0
        self.last_stop_seconds: float | None = None
        self.sleeps = 0
        self.asleep_seconds = 0.0
        self.woken_by: str | None = None

    def receive(self, number: int) -> None:
        """A signal has arrived."""
        self.received[number] = self.received.get(number, 0) + 1

    def deliver(self, number: int) -> None:
        """A signal is sent to the app."""
        self.delivered[number] = self.delivered.get(number, 0) + 1

    def stopped(self, seconds: float) -> None:
        """The app has ended `seconds` after its stop began."""
        self.stops += 1
        self.last_stop_seconds = round(seconds, 6)

    def slept(self, seconds: float, why: str) -> None:
        """Pid 1 was asleep for so long."""
        self.sleeps += 1
        self.asleep_seconds += seconds
        self.woken_by = why

    def view(self) -> dict[str, Any]:
        """As status shows it."""
        return {
            "orphans_reaped": self.orphans,
            "signals": {
                "received": _by_name(self.received),
                "delivered": _by_name(self.delivered),
                "undelivered": self.undelivered,
            },
            "stop": {"count": self.stops, "last_seconds": self.last_stop_seconds},
            "sleep": {
                "count": self.sleeps,
                "seconds": round(self.asleep_seconds, 3),
                "woken_by": self.woken_by,
            },
        }


def _by_name(counts: dict[int, int]) -> dict[str, int]:
    return {name_of(number): count for number, count in sorted(counts.items())}
