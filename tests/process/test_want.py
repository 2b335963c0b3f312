"""Out of memory or of descriptors while it runs: pid 1 lives, does what needs no decision, and
stops. tests/campaign tries more of this at random."""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from initd.linux.watch import Watch

from .namespace import start, wait_until
from .sleeping import SLEEPS, asleep

#: What is left: less than is in use already, so that nothing at all is to be had.
WANTS = {
    "three descriptors": (resource.RLIMIT_NOFILE, 3),
    "one descriptor": (resource.RLIMIT_NOFILE, 1),
    "one MB": (resource.RLIMIT_AS, 1 << 20),
}
WAYS = {
    "awake": ["--no-sleep"],
    "asleep": list(SLEEPS),
    "with a monitor": ["--check", "it process period=0.1", "--notify"],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("want", WANTS)
def test_in_want_it_passes_signals_on_reaps_and_stops(
    want: str, way: str, actor: Path, tmp_path: Path
) -> None:
    """While clients wait at the control socket, for whom there is nothing."""
    place = tmp_path / "socket"
    options = [*WAYS[way], "--socket", str(place)]
    with start(actor, "15=7", options=options, stdin=-1) as container, ExitStack() as clients:
        container.stdout.until("ready")
        container.event("app.started")
        init = container.init_pid
        if way == "asleep":
            asleep(init)
        kind, amount = WANTS[want]
        resource.prlimit(init, kind, (amount, amount))
        for _ in range(3):
            client = clients.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(str(place))
            client.send(b'{"verb":"status"}\n')
        for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR1):
            container.kill(number)
            assert container.stdout.next() == f"got {number}"
            container.tell("o20")
            assert container.stdout.next() == "reaped"
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


@pytest.mark.parametrize("way", ["awake", "with a monitor"])
def test_with_fewer_descriptors_than_it_watches_it_does_not_spin(way: str, actor: Path) -> None:
    """It looks at each of them, twenty times a second."""
    with start(actor, "15=7", options=WAYS[way], stdin=-1) as container:
        container.stdout.until("ready")
        container.event("app.started")
        init = container.init_pid
        resource.prlimit(init, resource.RLIMIT_NOFILE, (1, 1))
        container.kill(signal.SIGUSR1)
        container.stdout.until("got")
        before = _seconds_of(init)
        time.sleep(1)  # what is measured
        assert _seconds_of(init) - before < 0.25
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


def _seconds_of(pid: int) -> float:
    """Of the processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_more_descriptors_than_the_limit_allows_are_watched_one_by_one() -> None:
    """poll(2) refuses them all (EINVAL)."""
    had = resource.getrlimit(resource.RLIMIT_NOFILE)
    pairs = [socket.socketpair() for _ in range(4)]
    watch = Watch(pairs[0][0].fileno())
    for ours, _ in pairs[1:]:
        watch.register(ours.fileno(), select.POLLIN)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2, had[1]))
        assert watch.wait(10) == []
        pairs[2][1].send(b"x")
        assert watch.wait(None) == [(pairs[2][0].fileno(), select.POLLIN)]
        assert watch.wait_beyond_orphans(10, []) == (0, b"")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, had)
        for pair in pairs:
            for each in pair:
                each.close()


def test_a_verb_is_answered_once_there_is_memory_again(actor: Path) -> None:
    """Nothing of the want is left behind."""
    with start(actor, "15=7", options=["--no-sleep"], stdin=-1) as container:
        container.event("app.started")
        init, endless = container.init_pid, resource.RLIM_INFINITY
        resource.prlimit(init, resource.RLIMIT_AS, (1 << 20, endless))
        for number in (signal.SIGUSR1, signal.SIGHUP):
            container.kill(number)
            assert container.stdout.until("got") == f"got {number}"
        resource.prlimit(init, resource.RLIMIT_AS, (endless, endless))
        assert container.status()["state"] == "running"
        container.tell("o3")
        container.stdout.until("reaped")
        wait_until(lambda: container.zombies() == 0, "no zombie")
        container.kill(signal.SIGTERM)
        assert container.wait() == 7
