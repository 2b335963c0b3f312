"""From samples to the monitor's figures: what it answers, how often it wakes, what it holds."""

from dataclasses import dataclass
from statistics import median

from contenders import SCRAPED, SUPERVISORD
from measure_http import Burst, Bursts
from measure_probes import MONITOR, PERIOD_SECONDS, Watched
from summary import Goal, Row, at_most, find, p99

MEMORY_GOAL_MB = 20
KIB_PER_MB = 1e6 / 1024
#: The kinds of check that the goal is held against: those that wait for nobody.
PROBES_OF_THE_GOAL = ("file", "tcp")


@dataclass(frozen=True)
class HttpRow:
    """One server's answers to one kind of client."""

    mode: str
    server: str
    per_second: float
    ms: float
    p99_ms: float


@dataclass(frozen=True)
class ProbeRow:
    """What a container with one check does in a minute."""

    kind: str
    init_wakeups: float
    monitor_wakeups: float
    preempted: float
    """How often pid 1 or the monitor had to let somebody else have the processor."""
    cpu_ms: float


@dataclass(frozen=True)
class PartRow:
    """A library's share of the monitor's memory."""

    name: str
    kib: float


def http_rows(bursts: Bursts) -> list[HttpRow]:
    """Mode by mode, in the order in which they were given."""
    return [
        http_row(mode, server, of_server)
        for mode, of_mode in bursts.items()
        for server, of_server in of_mode.items()
    ]


def http_row(mode: str, server: str, bursts: list[Burst]) -> HttpRow:
    """The median burst, and the median and the 99th percentile of all requests."""
    took = [each for burst in bursts for each in burst.took_ns]
    rate = median(len(burst.took_ns) / burst.total_ns * 1e9 for burst in bursts)
    return HttpRow(mode, server, rate, median(took) / 1e6, p99(took) / 1e6)


def probe_rows(probes: dict[str, Watched], seconds: float) -> list[ProbeRow]:
    """By the kind of check, for a minute."""
    minutes = seconds / 60
    return [
        ProbeRow(
            kind,
            watched.init.voluntary / minutes,
            watched.monitor.voluntary / minutes,
            (watched.init.involuntary + watched.monitor.involuntary) / minutes,
            (watched.init.cpu_ns + watched.monitor.cpu_ns) / 1e6 / minutes,
        )
        for kind, watched in probes.items()
    ]


def part_rows(imports: dict[str, list[int]]) -> list[PartRow]:
    """In the order of the imports."""
    return [PartRow(name, median(added)) for name, added in imports.items()]


def monitor_goals(table: list[Row], probes: list[ProbeRow]) -> list[Goal]:
    """What the monitor is to reach; nothing when it does not take part."""
    scraped, supervisord = find(table, SCRAPED), find(table, SUPERVISORD)
    reached: list[Goal] = []
    if scraped is not None:
        reached.append(memory_goal(scraped))
    if scraped is not None and supervisord is not None:
        reached.append(
            at_most(
                "private memory with a monitor, three checks and metrics",
                scraped.private_kib,
                supervisord.private_kib,
                f"{SUPERVISORD}'s with one program",
                1.0,
                "KiB",
            )
        )
    return [*reached, *(probe_goal(row) for row in probes if row.kind in PROBES_OF_THE_GOAL)]


def memory_goal(scraped: Row) -> Goal:
    """Of the monitor alone, when it has loaded all that it ever does."""
    kib = dict(scraped.parts)[MONITOR]
    return Goal(
        f"private memory of the monitor, metrics read, no more than {MEMORY_GOAL_MB} MB",
        kib <= MEMORY_GOAL_MB * KIB_PER_MB,
        f"{kib / KIB_PER_MB:.1f} MB",
    )


def probe_goal(row: ProbeRow) -> Goal:
    """One wake-up a probe, and none of pid 1."""
    probes = 60 / PERIOD_SECONDS
    return Goal(
        f"with one {row.kind} check every {PERIOD_SECONDS} seconds, {probes:g} wake-ups a minute"
        " of the monitor and none of pid 1",
        row.monitor_wakeups <= probes and row.init_wakeups == 0,
        f"{row.monitor_wakeups:.1f} and {row.init_wakeups:.1f}",
    )
