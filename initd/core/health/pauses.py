"""Time in which the container has not run: paused by its engine, or with its machine.

The app is not to blame for such time. It is noticed by a moment at which the monitor was to run and
did not, and, where a machine was suspended, by the clock that has gone on meanwhile: the monotonic
one stands still then, and files carry wall-clock times. What is shorter than LATE is a busy
machine.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: Seconds.
LATE = 0.5
#: While a probe is under way, the clock is looked at so often, in seconds.
IN_FLIGHT = 0.25
#: Of a time that the app has to keep, a pause that is not noticed takes at most this part.
PART = 4
#: So many pauses are remembered, for the files whose age is compared.
_KEPT = 16
#: A failure during a pause does not count, but so often in a row at most: a machine that is always
#: late must not hide an app that hangs.
EXCUSED_AT_MOST = 3


class Pauses:
    """Moments are monotonic seconds; `boot` is CLOCK_BOOTTIME at the same moment.

    `due` is when the next look is to be made: a later one has found a pause; None while nobody
    waits for anything."""

    def __init__(self, limits: Iterable[float]) -> None:
        """`limits` are the times that the app has to keep, in seconds; 0 is none."""
        self._interval = min((limit / PART for limit in limits if limit), default=None)
        self._suspended: float | None = None
        self._seen: list[tuple[float, float]] = []
        self.due: float | None = None

    def look(self, now: float, boot: float) -> float:
        """How many seconds of the monotonic clock have been lost since the last look; with what a
        suspended machine has lost, they are remembered."""
        late = now - self.due if self.due is not None else 0.0
        late = late if late > LATE else 0.0
        before, self._suspended = self._suspended, boot - now
        slept = boot - now - before if before is not None else 0.0
        lost = late + (slept if slept > LATE else 0.0)
        if lost:
            self._seen = [*self._seen, (now, lost)][-_KEPT:]
        self.due = None
        return late

    def expect(
        self, now: float, deadline: float | None, in_flight: bool, watchdog: float
    ) -> float | None:
        """When to look next: at the `deadline` of the next probe, or earlier, given whether a
        probe is under way, and the watchdog's time (0: there is none)."""
        if deadline is None and not in_flight:
            self.due = None
            return None
        times = [watchdog / PART] if watchdog else []
        times += [self._interval] if self._interval is not None else []
        times += [IN_FLIGHT] if in_flight else []
        moments = [now + max(IN_FLIGHT, time) for time in times]
        moments += [each for each in (deadline, self.due) if each is not None]
        self.due = min(moments)
        return self.due

    def within(self, seconds: float, now: float) -> float:
        """How many of the last so many seconds, on a clock on the wall, the container has not
        run."""
        lost = 0.0
        for ended, length in reversed(self._seen):
            if now - ended >= seconds:
                break
            lost += length
        return min(lost, seconds)
