"""The results of one check, counted."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.check import ProbeResult

#: Upper bounds in seconds, from a file's stat to the longest timeouts in use; +Inf follows.
#: Each costs a time series a check.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Histogram:
    """Invariant: `counts` add up to `passed + failed`; one more than BOUNDS, for +Inf."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self.seconds = 0.0
        self.counts = [0] * (len(BOUNDS) + 1)

    def add(self, result: ProbeResult) -> None:
        """Counts one result. A bound belongs to its bucket: `le` is less or equal."""
        if result.ok:
            self.passed += 1
        else:
            self.failed += 1
        self.seconds += result.seconds
        self.counts[sum(bound < result.seconds for bound in BOUNDS)] += 1

    def cumulative(self) -> tuple[int, ...]:
        """For each bound, and +Inf, how many results took no longer."""
        return tuple(sum(self.counts[: index + 1]) for index in range(len(self.counts)))
