"""Requests per second and latency of an answer to "is it well?" over HTTP, on loopback.

The client (requester.c) is C and takes a small part of what any server here takes; it has one
core and the server another, where there are two.
"""

import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

from container import Container, ContainerError, settle
from rounds import Progress, interleaved
from servers import Server
from workshop import Workshop

UP_WITHIN_SECONDS = 10.0
REQUESTS_PER_BURST = 1000


@dataclass(frozen=True)
class Mode:
    """How the clients behave."""

    name: str
    connections: int
    keep: bool


MODES = [
    Mode("8 kept connections", 8, keep=True),
    Mode("50 kept connections", 50, keep=True),
    Mode("a connection each, as a kubelet", 1, keep=False),
]


@dataclass(frozen=True)
class Burst:
    """Requests one after the other, as fast as they are answered."""

    total_ns: int
    took_ns: list[int]


Bursts = dict[str, dict[str, list[Burst]]]
"""By the mode's name, then by the server's."""


def measure_http(
    workshop: Workshop, servers: list[Server], requests: int, progress: Progress
) -> Bursts:
    """So many requests to each server in each mode, all servers up all the time."""
    names = [server.contender.name for server in servers]
    found: Bursts = {mode.name: {name: [] for name in names} for mode in MODES}
    rounds = max(1, requests // REQUESTS_PER_BURST)
    with ExitStack() as stack:
        up = [stack.enter_context(Container(workshop, server.contender)) for server in servers]
        settle(up)
        for server in servers:
            await_answer(workshop, server)
        for number, (mode, server) in interleaved([*product(MODES, servers)], rounds):
            progress(f"http {number + 1}/{rounds}")
            one = burst(workshop, server, mode, min(requests, REQUESTS_PER_BURST))
            found[mode.name][server.contender.name].append(one)
    return found


def await_answer(workshop: Workshop, server: Server) -> None:
    """Until it answers that all is well."""
    until = time.monotonic() + UP_WITHIN_SECONDS
    while True:
        try:
            burst(workshop, server, MODES[-1], 1)
            return
        except ContainerError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def burst(workshop: Workshop, server: Server, mode: Mode, requests: int) -> Burst:
    """So many requests at once; any answer but 200 is an error."""
    kept = "keep" if mode.keep else "close"
    asked = subprocess.run(
        [workshop.requester, str(server.port), str(mode.connections), str(requests), kept],
        input=server.request(mode.keep),
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise ContainerError(f"{server.contender.name}, {mode.name}: {asked.stderr[:500]}")
    total, *took = map(int, asked.stdout.split()[1:])
    return Burst(total, took)
