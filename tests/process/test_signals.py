"""Signals on their way through init to the app."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from .namespace import Container, start

FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP}
FAULTS |= {signal.SIGABRT, signal.SIGSYS}
INITS_OWN = {signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU}
PASSED_ON = sorted(
    set(range(1, 65)) - FAULTS - INITS_OWN - {signal.SIGKILL, signal.SIGSTOP, 32, 33}
)
END = signal.SIGRTMAX


def got(container: Container) -> int:
    return int(container.stdout.until("got").split()[1])


@pytest.fixture(scope="module")
def listening(victim: Path) -> object:
    """An app that only listens, for tests that leave it as it was."""
    with start(victim, f"{END}=0") as container:
        container.stdout.until("ready")
        yield container
        container.kill(END)
        assert container.wait() == 0


#: A stop is what these ask for: tests/process/test_stop.py, test_stop_signals.py.
STOPS = (signal.SIGTERM, signal.SIGRTMIN + 3)


@pytest.mark.parametrize("number", [n for n in PASSED_ON if n not in (*STOPS, END)])
def test_every_signal_that_can_be_is_passed_on(listening: Container, number: int) -> None:
    """Real-time signals included."""
    listening.kill(number)
    # The app blocks SIGCONT like the others, so it too is only reported.
    assert got(listening) == number


def test_init_s_own_signals_are_not_passed_on(listening: Container) -> None:
    """They are about init's children and terminal."""
    for number in INITS_OWN:
        listening.kill(number)
    listening.kill(signal.SIGUSR1)
    assert got(listening) == signal.SIGUSR1


def test_who_sent_a_signal_is_in_the_log(victim: Path) -> None:
    """A sender outside of the container has pid 0."""
    with start(victim, "10=0") as container:
        container.stdout.until("ready")
        container.kill(signal.SIGUSR1)
        received = container.event("signal.received")
        container.wait()
    assert (received["signal"], received["from_pid"]) == ("USR1", 0)


def test_a_signal_is_rewritten_or_dropped(victim: Path) -> None:
    """By name or number; OUT 0 drops."""
    options = ["--rewrite", "HUP:USR2", "-r", "SIGINT:0", "-r28:12"]
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        for number in (signal.SIGINT, signal.SIGHUP):
            container.kill(number)
        assert got(container) == signal.SIGUSR2
        container.kill(signal.SIGWINCH)
        assert got(container) == signal.SIGUSR2
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_a_rewrite_of_the_stop_signal_is_what_a_stop_sends(victim: Path) -> None:
    """`--rewrite TERM:QUIT`, as people have it for dumb-init."""
    with start(victim, "3=0", options=["--rewrite", "TERM:QUIT"]) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def family(victim: Path) -> list[str]:
    """An app with a child, each of which says what it gets."""
    return ["sh", "-c", f"trap 'echo parent; exit 0' USR1; {victim} 10=0 & wait; wait"]


@pytest.mark.parametrize(
    ("target", "child_hears"), [("process", False), ("group", True), ("all", True)]
)
def test_a_target_is_the_process_its_group_or_all(
    victim: Path, target: str, child_hears: bool
) -> None:
    """What outlives the app gets TERM and KILL, so the child's own word tells."""
    with start(*family(victim), options=["--target", target]) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGUSR1)
        lines = container.stdout.rest()
        container.wait()
    assert "parent" in lines
    assert ("got 10" in lines) == child_hears


def test_all_reaches_what_has_left_the_group(victim: Path) -> None:
    """Outside of pid 1 as well, where kill(-1) would be the whole host."""
    for pid_1 in (True, False):
        command = ["sh", "-c", f"trap 'exit 0' USR1; setsid {victim} 10=0 & wait; wait"]
        with start(*command, options=["--target", "all"], pid_1=pid_1) as container:
            container.stdout.until("ready")
            container.kill(signal.SIGUSR1)
            assert container.stdout.until("got") == "got 10"
            container.wait()


def test_real_time_signals_queue(victim: Path) -> None:
    """Five are five, while five of the others may be one."""
    with start(victim, "15=0") as container:
        container.stdout.until("ready")
        for _ in range(5):
            container.kill(signal.SIGRTMIN + 1)
        assert [got(container) for _ in range(5)] == [signal.SIGRTMIN + 1] * 5
        container.kill(signal.SIGTERM)
        container.wait()


def test_a_signal_from_inside_is_as_good_as_one_from_outside(victim: Path) -> None:
    """`kill 1` in a shell of the container; `initd signal` goes the same way."""
    with start(victim, "15=0", options=["-r", "HUP:USR1"]) as container:
        container.stdout.until("ready")
        assert container.verb("signal", "HUP").returncode == 0
        assert got(container) == signal.SIGUSR1
        container.kill(signal.SIGTERM)
        assert container.wait() == 0
