"""From samples to the monitor's figures: what it answers, how often it wakes, what it holds."""

from dataclasses import dataclass
from statistics import median

from measure_http import Burst, Bursts
from measure_probes import Watched
from summary import p99


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
