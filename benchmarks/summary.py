"""From samples to the figures of the table: pure arithmetic.

Times to the app are given as what init adds: the same app's time without any init, as a median,
is taken off.
"""

import math
from dataclasses import dataclass
from statistics import median

from container import RoundTrips
from contenders import BARE, INITD, NAIVE, NONE, Contender
from measure_health import BARE_START, HEALTH
from measure_http import Bursts
from measure_probes import Watched
from supporters import Activity, Memory

MEMORY_GOAL = 1.2
HEALTH_GOAL = 1.5
HEALTH_GOAL_MS = 3.0


@dataclass(frozen=True)
class Samples:
    """Everything that was measured, by the contender's name."""

    starts: dict[str, list[int]]
    signals: dict[str, RoundTrips]
    idle: dict[str, Activity]
    memory: dict[str, list[Memory]]
    health: dict[str, list[int]]
    """By the command; empty when initd does not take part."""
    idle_seconds: float
    http: Bursts
    probes: dict[str, Watched]
    """By the kind of check; empty when initd does not take part."""
    probe_seconds: float
    imports: dict[str, list[int]]
    """KiB by what was imported; empty when initd does not take part."""


@dataclass(frozen=True)
class Row:
    """One contender's figures; None where something does not apply to it."""

    name: str
    version: str
    start_ms: float | None
    start_p99_ms: float | None
    signal_us: float | None
    signal_p99_us: float | None
    signals_lost: int
    wakeups: int | None
    cpu_us: float | None
    private_kib: float | None
    pss_kib: float | None
    rss_kib: float | None
    parts: list[tuple[str, int]]
    """The processes that make up this init, with the private KiB of each in the last reading."""


@dataclass(frozen=True)
class CheckRow:
    """What one call of a health check takes."""

    name: str
    ms: float
    p99_ms: float


@dataclass(frozen=True)
class Goal:
    """Something to reach, and how it went."""

    wanted: str
    reached: bool
    got: str


def p99(samples: list[int]) -> int:
    """The nearest-rank 99th percentile: a value that did occur."""
    return sorted(samples)[math.ceil(0.99 * len(samples)) - 1]


def rows(contenders: list[Contender], samples: Samples) -> list[Row]:
    """The table, in the order of the contenders."""
    return [row(contender, samples) for contender in contenders]


def row(contender: Contender, samples: Samples) -> Row:
    """One contender's line."""
    name = contender.name
    starts = samples.starts.get(name, [])
    signals = samples.signals.get(name, RoundTrips([], 0))
    trips = signals.nanoseconds
    idle = samples.idle.get(name)
    memory = samples.memory.get(name, [])
    alone = median(samples.starts[NONE])
    return Row(
        name=name,
        version=contender.version,
        start_ms=(median(starts) - alone) / 1e6 if starts else None,
        start_p99_ms=(p99(starts) - alone) / 1e6 if starts else None,
        signal_us=median(trips) / 1e3 if trips else None,
        signal_p99_us=p99(trips) / 1e3 if trips else None,
        signals_lost=signals.lost,
        wakeups=idle.voluntary + idle.involuntary if idle else None,
        cpu_us=idle.cpu_ns / 1e3 if idle else None,
        private_kib=median(one.private for one in memory) if memory else None,
        pss_kib=median(one.pss for one in memory) if memory else None,
        rss_kib=median(one.rss for one in memory) if memory else None,
        parts=memory[-1].parts if memory else [],
    )


def check_rows(samples: Samples) -> list[CheckRow]:
    """The health checks, in the order in which they were given."""
    return [
        CheckRow(name, median(took) / 1e6, p99(took) / 1e6) for name, took in samples.health.items()
    ]


def ratio(part: float | None, whole: float | None) -> float | None:
    """How many times the whole, where both are known."""
    return part / whole if part is not None and whole else None


def find(table: list[Row], name: str) -> Row | None:
    """The line of that name, if it takes part."""
    return next((line for line in table if line.name == name), None)


def goals(table: list[Row], idle_seconds: float) -> list[Goal]:
    """What initd is to reach; nothing when it does not take part."""
    initd, naive, bare = (find(table, name) for name in (INITD, NAIVE, BARE))
    if initd is None or naive is None or bare is None:
        return []
    assert initd.wakeups is not None
    return [
        at_most("time to the app", initd.start_ms, naive.start_ms, f"{NAIVE}'s", 1.0, "ms"),
        at_most(
            "memory of a container that is the only one of its kind (Rss)",
            initd.rss_kib,
            bare.rss_kib,
            f"`{BARE}`'s",
            MEMORY_GOAL,
            "KiB",
        ),
        at_most(
            "memory of one of many (private beside a twin)",
            initd.private_kib,
            bare.private_kib,
            f"`{BARE}`'s",
            MEMORY_GOAL,
            "KiB",
        ),
        Goal(
            wanted=f"no wake-up in {idle_seconds:g} idle seconds",
            reached=initd.wakeups == 0,
            got=f"{initd.wakeups} wake-ups",
        ),
    ]


def health_goals(checks: list[CheckRow]) -> list[Goal]:
    """What a health check may take; nothing when initd does not take part."""
    ms = {check.name: check.ms for check in checks}
    if HEALTH not in ms:
        return []
    took, bare = ms[HEALTH], ms[BARE_START]
    return [
        at_most(f"`{HEALTH}`", took, bare, f"`{BARE_START}`'s", HEALTH_GOAL, "ms"),
        Goal(
            wanted=f"`{HEALTH}` no more than {HEALTH_GOAL_MS:g} ms",
            reached=took <= HEALTH_GOAL_MS,
            got=f"{took:.2f} ms",
        ),
    ]


def at_most(
    what: str, got: float | None, reference: float | None, whose: str, factor: float, unit: str
) -> Goal:
    """A goal of the kind: no more than so many times somebody else's."""
    assert got is not None
    assert reference is not None
    limit = factor * reference
    times = "" if factor == 1.0 else f"{factor:g} times "
    verdict = f"{got:,.1f} {unit}, {got / reference:.2f} times {whose} {reference:,.1f} {unit}"
    if got > limit:
        verdict += f": {got - limit:,.1f} {unit} or {got / limit - 1:.0%} too much"
    return Goal(f"{what} no more than {times}{whose}", got <= limit, verdict)
