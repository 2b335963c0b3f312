"""From samples to the figures of the tables: pure arithmetic.

Times to the app, and of a stop, are given as what init adds: the same app's time without any
init, as a median, is taken off.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from container import RoundTrips, Stop
from contenders import NONE, Contender
from measure_health import Call
from measure_storm import Weathered
from supporters import Activity, Memory


@dataclass(frozen=True)
class Spread:
    """The middle of some samples, and how far they lie from it."""

    median: float
    low: float
    """A quarter of the samples lies below this,"""
    high: float
    """and a quarter above this."""
    p99: float
    count: int


@dataclass(frozen=True)
class StormRow:
    """What storms of orphans came to."""

    clean_ms: float | None
    """From the end of the longest-lasting storm until no zombie was left; None: not in time."""
    cpu_ms: float | None
    """Of init, for each 1,000 that it reaped; None if it reaped none."""
    most: int
    left: int
    orphans: int


@dataclass(frozen=True)
class RestRow:
    """What init does while nothing happens."""

    wakeups: int
    cpu_us: float


@dataclass(frozen=True)
class MemoryRow:
    """What init holds."""

    private_kib: Spread
    pss_kib: float
    rss_kib: float
    parts: list[tuple[str, int]]
    """The processes that make up this init, with the private KiB of each in the last reading."""


@dataclass(frozen=True)
class Row:
    """One contender's figures; None where something does not apply to it."""

    name: str
    version: str
    start_ms: Spread | None
    signal_us: Spread | None
    signals_lost: int
    stop_ms: Spread | None
    told: bool
    """Whether its app was asked to end in every stop."""
    storm: StormRow | None
    rest: RestRow | None
    memory: MemoryRow | None


@dataclass(frozen=True)
class CheckRow:
    """What one call of a health check takes."""

    name: str
    ms: Spread
    cpu_ms: Spread


@dataclass(frozen=True)
class InitSamples:
    """What was measured of each init, by the contender's name."""

    starts: dict[str, list[int]]
    signals: dict[str, RoundTrips]
    stops: dict[str, list[Stop]]
    storms: dict[str, list[Weathered]]
    idle: dict[str, Activity]
    idle_seconds: float
    memory: dict[str, list[Memory]]


def p99(samples: Sequence[float]) -> float:
    """The nearest-rank 99th percentile: a value that did occur."""
    return sorted(samples)[math.ceil(0.99 * len(samples)) - 1]


def spread(samples: Iterable[float]) -> Spread | None:
    """Of all samples; None where there are none."""
    values = list(samples)
    if not values:
        return None
    low, _, high = quantiles(values, n=4, method="inclusive") if values[1:] else values * 3
    return Spread(median(values), low, high, p99(values), len(values))


def rows(contenders: list[Contender], samples: InitSamples) -> list[Row]:
    """The table, in the order of the contenders."""
    return [row(contender, samples) for contender in contenders]


def row(contender: Contender, samples: InitSamples) -> Row:
    """One contender's line."""
    name = contender.name
    signals = samples.signals.get(name, RoundTrips([], 0))
    stops = samples.stops.get(name, [])
    return Row(
        name=name,
        version=contender.version,
        start_ms=added(samples.starts.get(name, []), samples.starts[NONE]),
        signal_us=spread(each / 1e3 for each in signals.nanoseconds),
        signals_lost=signals.lost,
        stop_ms=added(nanoseconds(stops), nanoseconds(samples.stops[NONE])),
        told=all(stop.told for stop in stops),
        storm=storm_row(samples.storms.get(name, [])),
        rest=rest_row(samples.idle.get(name)),
        memory=memory_row(samples.memory.get(name, [])),
    )


def nanoseconds(stops: list[Stop]) -> list[int]:
    """How long each took."""
    return [stop.nanoseconds for stop in stops]


def added(took_ns: list[int], alone_ns: list[int]) -> Spread | None:
    """Milliseconds over the median of the app alone."""
    alone = median(alone_ns)
    return spread((each - alone) / 1e6 for each in took_ns)


def storm_row(storms: list[Weathered]) -> StormRow | None:
    """The worst of them, but for processor time, of which it is the median."""
    if not storms:
        return None
    clean = [each.storm.clean_ns for each in storms if each.storm.clean_ns is not None]
    reaped = [(each.orphans - each.storm.left, each.cpu_ns) for each in storms]
    per_reap = spread(cpu / count for count, cpu in reaped if count)
    return StormRow(
        clean_ms=max(clean) / 1e6 if len(clean) == len(storms) else None,
        cpu_ms=per_reap.median / 1e3 if per_reap else None,
        most=max(each.storm.most for each in storms),
        left=max(each.storm.left for each in storms),
        orphans=storms[0].orphans,
    )


def rest_row(idle: Activity | None) -> RestRow | None:
    """Each context switch is one wake-up."""
    return RestRow(idle.voluntary + idle.involuntary, idle.cpu_ns / 1e3) if idle else None


def memory_row(readings: list[Memory]) -> MemoryRow | None:
    """Medians of the readings."""
    private = spread(each.private for each in readings)
    if private is None:
        return None
    return MemoryRow(
        private_kib=private,
        pss_kib=median(each.pss for each in readings),
        rss_kib=median(each.rss for each in readings),
        parts=readings[-1].parts,
    )


def check_rows(health: dict[str, list[Call]]) -> list[CheckRow]:
    """The health checks, in the order in which they were given."""
    found = []
    for name, calls in health.items():
        wall, cpu = (
            spread(each / 1e6 for each in times)
            for times in ([call.wall_ns for call in calls], [call.cpu_ns for call in calls])
        )
        if wall is not None and cpu is not None:
            found.append(CheckRow(name, wall, cpu))
    return found


def ratio(part: float | None, whole: float | None) -> float | None:
    """How many times the whole, where both are known."""
    return part / whole if part is not None and whole else None


def find(table: list[Row], name: str) -> Row | None:
    """The line of that name, if it takes part."""
    return next((line for line in table if line.name == name), None)
