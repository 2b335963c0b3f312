"""The tables about health checks and the monitor, and how their figures came about."""

from collections.abc import Mapping

from markdown import aligned, number, ranged
from measure_health import BARE_START, HEALTH
from results import Results
from servers import HTTP_SERVER, MONITOR
from summary import ratio

CHECKS = ("health check", "time, ms", "quarters", "p99", "CPU, ms", f"{BARE_START} = 1")
HTTP = (
    "client",
    "server",
    "requests/s",
    f"{HTTP_SERVER} = 1",
    "latency, ms",
    "its p99",
    f"p99 ({HTTP_SERVER} = 1)",
)
PROBES = ("one check", "wake-ups of the monitor", "of pid 1", "preempted", "CPU, ms")
PARTS = ("imported", "KiB")

METHOD = """\
- **Health checks**: from the spawn of the command to its reaped end, its output thrown away, \
{health_calls} calls of each, interleaved. `{health}` asks a running initd over its control socket \
and gets "healthy". CPU is the command's own. What an engine adds to start a process in a \
container is outside of it.
- **HTTP**: {requests} requests to each server from each kind of client, in interleaved bursts of \
1,000, by one C program (`benchmarks/requester.c`) over loopback. All servers are up all the \
time. `{monitor}` judges three checks (process, tcp, exec) that pass; supervisord answers \
`supervisor.getState`; {http_server} serves a file of 3 bytes and speaks HTTP/1.1. Kept \
connections are opened and used once before the clock runs. Where each request has a connection \
of its own, latency is from before connect(2) to the end of the stream. Requests per second are \
those of the median burst; latencies are of all requests. The client acknowledges at once what it \
gets: else {http_server}, which sends head and body apart, would wait 40 ms in each answer.
- **Wake-ups of a check**: voluntary context switches, each of which is a sleep and so a wake-up, \
over {probe_seconds} seconds, given for a minute. "Preempted" are the involuntary ones: a process \
that was awake gave way to another, which says how busy the machine was. One container for each \
kind of check, with the default period of 10 seconds, all at the same time. tcp connects to a port \
where the kernel answers by itself, http to {http_server}, both on loopback: a connection is there \
before the monitor would go to sleep, and the timer is all that tcp wakes up for. http has one or \
two more, for the answer, exec two: when the command has been executed (vfork), and at its end. \
Over a network a connection that is waited for is one more. CPU is that of pid 1 and monitor, \
without that of the command.
- **What makes up the monitor**: a bare interpreter that imports in the monitor's order, read \
after each import: what belongs to no file (Anonymous in smaps_rollup), medians of \
{memory_rounds} runs. A module that two parts need counts for the first. OpenSSL is 1.3 MB more \
where a check has an https URL."""


def health(results: Results) -> str:
    """What a health check takes, and how many times a bare interpreter's start."""
    bare = next((row.ms.median for row in results.health if row.name == BARE_START), None)
    lines = [
        [
            row.name,
            number(row.ms.median, 2),
            ranged(row.ms, 2),
            number(row.ms.p99, 2),
            number(row.cpu_ms.median, 2),
            number(ratio(row.ms.median, bare), 2),
        ]
        for row in results.health
    ]
    return aligned([list(CHECKS), *lines]) if lines else ""


def http(results: Results) -> str:
    """What answers how fast, and how many times the standard library's server."""
    plain = {row.mode: row for row in results.http if row.server == HTTP_SERVER}
    lines = [
        [
            row.mode,
            row.server,
            number(row.per_second),
            number(row.per_second / plain[row.mode].per_second, 2),
            number(row.ms, 2),
            number(row.p99_ms, 2),
            number(row.p99_ms / plain[row.mode].p99_ms, 2),
        ]
        for row in results.http
    ]
    return aligned([list(HTTP), *lines], names=2)


def probes(results: Results) -> str:
    """What one check costs in a minute."""
    lines = [
        [
            row.kind,
            number(row.monitor_wakeups),
            number(row.init_wakeups),
            number(row.preempted),
            number(row.cpu_ms, 1),
        ]
        for row in results.probes
    ]
    return aligned([list(PROBES), *lines]) if lines else ""


def parts(results: Results) -> str:
    """What makes up the monitor's memory."""
    if not results.parts:
        return ""
    lines = [[row.name, number(row.kib)] for row in results.parts]
    whole = number(sum(row.kib for row in results.parts))
    return aligned([list(PARTS), *lines, ["together", whole]])


def method(counts: Mapping[str, str]) -> str:
    """How it was measured."""
    return METHOD.format(monitor=MONITOR, http_server=f"`{HTTP_SERVER}`", health=HEALTH, **counts)
