"""What initd is to reach, as rows: a figure of this run, and what it is held against."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from field import BARE, INITD, NAIVE, SCRAPED
from figures import (
    left_after_a_second,
    monitor_mb,
    private_kib,
    reap_ms,
    rss_kib,
    signal_us,
    start_ms,
    stop_ms,
    wakeups,
)
from measure_health import HEALTH
from measure_preload import GOALS as NAME_GOALS
from measure_preload import WITHOUT
from measure_probes import PERIOD_SECONDS
from peers import SUPERVISORD, TINI
from results import Results
from start_plan import PLANNED
from summary import Row, find

Figure = Callable[[Results], float | None]


@dataclass(frozen=True)
class Goal:
    """One row: `got` is to be at most `limit`, or `limit` times `reference` and `plus`."""

    measure: str
    wanted: str
    unit: str
    got: Figure
    limit: float
    reference: Figure | None = None
    plus: float = 0.0
    digits: int = 0


@dataclass(frozen=True)
class Verdict:
    """How it went; None where something of it was not measured."""

    measure: str
    wanted: str
    got: float | None
    reference: float | None
    unit: str
    digits: int
    reached: bool | None
    over: float
    """How much too much, in the unit."""


def of(name: str, figure: Callable[[Row], float | None]) -> Figure:
    """That figure of the contender of that name."""

    def got(results: Results) -> float | None:
        row = find(results.table, name)
        return figure(row) if row is not None else None

    return got


def health_ms(results: Results) -> float | None:
    """One call, by the clock."""
    return next((row.ms.median for row in results.health if row.name == HEALTH), None)


def of_probe(kind: str, *, init: bool) -> Figure:
    """Wake-ups a minute with one check of that kind."""

    def got(results: Results) -> float | None:
        for row in results.probes:
            if row.kind == kind:
                return row.init_wakeups if init else row.monitor_wakeups
        return None

    return got


def straightness(results: Results) -> float | None:
    """How far the memory of many containers is off a straight line, in percent of the most."""
    lines = [row.line for row in results.density if row.name == INITD]
    return 100 * lines[0].residual if lines else None


def of_name(figure: str, unit: str, *, library: bool) -> Figure:
    """A time without the library, or with it in the way that takes the longest."""

    def got(results: Results) -> float | None:
        ways = results.names.get(figure)
        if ways is None:
            return None
        with_it = [median(taken) for way, taken in ways.items() if way != WITHOUT]
        return (max(with_it) if library else median(ways[WITHOUT])) / NANOSECONDS[unit]

    return got


NANOSECONDS = {"ns": 1.0, "µs": 1e3}
PROBES = 60 / PERIOD_SECONDS

GOALS = [
    Goal(
        "time to the app, with a start plan", "at most 2 times tini's", "ms",
        of(PLANNED, start_ms), 2.0, of(TINI, start_ms), digits=2,
    ),
    Goal(
        "time to the app, without", "at most 0.7 times the naive Python init's", "ms",
        of(INITD, start_ms), 0.7, of(NAIVE, start_ms), digits=2,
    ),
    Goal(
        "signal round trip, median", "at most 2 times tini's", "µs",
        of(INITD, signal_us), 2.0, of(TINI, signal_us),
    ),
    Goal(
        "orphan storm, zombies left 1 s after it", "none", "",
        of(INITD, left_after_a_second), 0.0,
    ),
    Goal(
        "orphan storm, CPU per 1,000 reaps", "at most 2 times tini's", "ms",
        of(INITD, reap_ms), 2.0, of(TINI, reap_ms), digits=2,
    ),
    Goal("wake-ups in 30 s at rest, no checks", "none", "", of(INITD, wakeups), 0.0),
    Goal(
        "private memory, init and shim", "at most 1.15 times `python -I -S` asleep", "KiB",
        of(INITD, private_kib), 1.15, of(BARE, private_kib),
    ),
    Goal(
        "private memory with monitor, three checks and metrics",
        "at most 0.5 times supervisord's with one program", "KiB",
        of(SCRAPED, private_kib), 0.5, of(SUPERVISORD, private_kib),
    ),
    Goal(
        "stop, over the app's own", "at most tini's plus 5 ms", "ms",
        of(INITD, stop_ms), 1.0, of(TINI, stop_ms), plus=5.0, digits=2,
    ),
    Goal("`initd health`", "at most 3 ms", "ms", health_ms, 3.0, digits=2),
    Goal(
        "Rss of a container that is the only one of its kind",
        "at most 1.2 times `python -I -S` asleep", "KiB",
        of(INITD, rss_kib), 1.2, of(BARE, rss_kib),
    ),
    Goal(
        "private memory of the monitor's process, metrics read", "at most 20 MB", "MB",
        of(SCRAPED, monitor_mb), 20.0, digits=1,
    ),
    *(
        goal
        for kind in ("file", "tcp")
        for goal in (
            Goal(
                f"wake-ups a minute of the monitor with one {kind} check",
                f"one a check: {PROBES:g}", "", of_probe(kind, init=False), PROBES, digits=1,
            ),
            Goal(
                f"wake-ups a minute of pid 1 with one {kind} check", "none", "",
                of_probe(kind, init=True), 0.0, digits=1,
            ),
        )
    ),
    Goal(
        "memory of many containers, farthest off a straight line",
        "at most 1 % of the most", "%", straightness, 1.0, digits=2,
    ),
    *(
        Goal(
            f"{figure}, with the library", f"at most {limit:g} times without", unit,
            of_name(figure, unit, library=True), limit, of_name(figure, unit, library=False),
            digits=1,
        )
        for figure, limit in NAME_GOALS.items()
        for unit in ["µs" if figure.startswith("start") else "ns"]
    ),
]  # fmt: skip


def verdicts(results: Results) -> list[Verdict]:
    """Each goal with what came of it."""
    return [verdict(goal, results) for goal in GOALS]


def verdict(goal: Goal, results: Results) -> Verdict:
    """Reached, missed by so much, or not measured."""
    got = goal.got(results)
    reference = goal.reference(results) if goal.reference else None
    known = got is not None and (goal.reference is None or reference is not None)
    limit = goal.plus + goal.limit * (1.0 if reference is None else reference)
    over = max(0.0, got - limit) if known and got is not None else 0.0
    return Verdict(
        goal.measure,
        goal.wanted,
        got,
        reference,
        goal.unit,
        goal.digits,
        over == 0.0 if known else None,
        over,
    )
