"""The tables about the monitor, and how their figures came about."""

from markdown import aligned, number
from results import Results
from servers import HTTP_SERVER, MONITOR
from summary_monitor import HttpRow, PartRow, ProbeRow

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
{memory_rounds} runs. A module that two libraries need counts for the first. asyncio comes without \
ssl (1.3 MB more where a check has an https URL), prometheus_client without the servers and \
clients of the standard library (4 MB), and psutil only where a process check, a scrape or /status \
asks for it."""


def http(rows: list[HttpRow]) -> str:
    """What answers how fast, and how many times the standard library's server."""
    plain = {row.mode: row for row in rows if row.server == HTTP_SERVER}
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
        for row in rows
    ]
    return aligned([list(HTTP), *lines], names=2)


def probes(rows: list[ProbeRow]) -> str:
    """What one check costs in a minute."""
    lines = [
        [
            row.kind,
            number(row.monitor_wakeups),
            number(row.init_wakeups),
            number(row.preempted),
            number(row.cpu_ms, 1),
        ]
        for row in rows
    ]
    return aligned([list(PROBES), *lines])


def parts(rows: list[PartRow]) -> str:
    """What makes up the monitor's memory."""
    lines = [[row.name, number(row.kib)] for row in rows]
    whole = number(sum(row.kib for row in rows))
    return aligned([list(PARTS), *lines, ["together", whole]])


def sections(results: Results) -> list[str]:
    """Those of the page."""
    found = [f"## HTTP\n\n{http(results.http)}"]
    if results.probes:
        found.append(f"## Wake-ups of a check, in a minute\n\n{probes(results.probes)}")
    if results.parts:
        found.append(f"## What makes up the monitor\n\n{parts(results.parts)}")
    return found


def method(**counts: object) -> str:
    """How it was measured."""
    return METHOD.format(monitor=MONITOR, http_server=f"`{HTTP_SERVER}`", **counts)
