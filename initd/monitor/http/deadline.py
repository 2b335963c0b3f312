"""A timeout that can be moved at the cost of an assignment."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.monitor.loop import Loop, Timer


class Deadline:
    """Calls `expired` once when its time comes; each `set` replaces the one before.

    Invariant: while a time is set there is one timer, due at that time or earlier. A timer
    that fires too early is set again, so that a busy connection, which moves its deadline
    with each request, leaves the event loop's heap alone.
    """

    def __init__(self, loop: Loop, expired: Callable[[], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._at = 0.0
        self._timer: Timer | None = None

    def set(self, seconds: float) -> None:
        """From now."""
        self._at = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._at:
            self._arm()

    def cancel(self) -> None:
        """Nothing wakes the process for it any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self.cancel()
        self._timer = self._loop.call_at(self._at, self._ring)

    def _ring(self) -> None:
        assert self._timer is not None
        if self._timer.when() < self._at:
            self._arm()
            return
        self._timer = None
        self._expired()
