"""From a hundred containers to the cost of one, and whether that cost is one: pure arithmetic."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import linear_regression, median

from contenders import NONE
from measure_density import Series
from summary import Spread, spread


@dataclass(frozen=True)
class Line:
    """The straight line nearest to some points (least squares), and how near it is."""

    slope: float
    intercept: float
    r_squared: float
    residual: float
    """The farthest that a point is off, as a part of the greatest value."""

    def at(self, x: float) -> float:
        """The line's value there."""
        return self.intercept + self.slope * x


@dataclass(frozen=True)
class DensityRow:
    """What an init adds to a container, found from many of them."""

    name: str
    containers: int
    private_kib: float
    """In each container over the app's own, at the last step."""
    cpu_ms: float
    """In an idle minute of each container, over the app's own."""
    start_ms: Spread
    """Over the app's own median; the app's own for the app alone."""
    stop_s: float
    """Of all containers at once."""
    killed: int
    memory: list[tuple[int, float]]
    """MB private to all containers together, over the app's own, by their number."""
    cpu: list[tuple[int, float]]
    """Milliseconds a minute of all together, over the app's own, by their number."""
    starts: list[tuple[int, float]]
    """Median milliseconds over the app's own of those that were started up to that number."""
    line: Line
    """Through `memory`."""


def fitted(points: list[tuple[int, float]]) -> Line:
    """The nearest straight line; points that are all the same lie on one."""
    xs, ys = [float(x) for x, _ in points], [y for _, y in points]
    if len(points) < 2:
        return Line(0.0, ys[0], 1.0, 0.0)
    slope, intercept = linear_regression(xs, ys)
    off = [y - (intercept + slope * x) for x, y in zip(xs, ys, strict=True)]
    mean = sum(ys) / len(ys)
    spread_of_all = sum((y - mean) ** 2 for y in ys)
    missed = sum(each**2 for each in off)
    greatest = max(abs(y) for y in ys)
    return Line(
        slope,
        intercept,
        1 - missed / spread_of_all if spread_of_all else 1.0,
        max(abs(each) for each in off) / greatest if greatest else 0.0,
    )


def density_rows(series: dict[str, Series]) -> list[DensityRow]:
    """In the order of the series, the app alone first."""
    return [density_row(name, each, series[NONE]) for name, each in series.items()]


def density_row(name: str, series: Series, alone: Series) -> DensityRow:
    """One series, with the app's own taken off; the app alone as it is."""
    own = 0 if name == NONE else 1  # how many times the app's own is taken off
    own_start = own * median(alone.starts_ns)
    start_ms = spread((each - own_start) / 1e6 for each in series.starts_ns)
    assert start_ms is not None
    pairs = list(zip(series.steps, alone.steps, strict=True))
    counts = [step.containers for step in series.steps]
    kib = [step.private_kib - own * app.private_kib for step, app in pairs]
    ms = [step.cpu_ms_per_minute - own * app.cpu_ms_per_minute for step, app in pairs]
    memory = [(count, each * 1024 / 1e6) for count, each in zip(counts, kib)]
    count = counts[-1]
    return DensityRow(
        name=name,
        containers=count,
        private_kib=kib[-1] / count,
        cpu_ms=ms[-1] / count,
        start_ms=start_ms,
        stop_s=series.stop_ns / 1e9,
        killed=count - series.told,
        memory=memory,
        cpu=list(zip(counts, ms)),
        starts=[
            (after, median((each - own_start) / 1e6 for each in series.starts_ns[before:after]))
            for before, after in pairwise([0, *counts])
        ],
        line=fitted(memory),
    )
