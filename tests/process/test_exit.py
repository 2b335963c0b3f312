"""Every way to end, and the exit code that it gives."""

from __future__ import annotations

import signal

import pytest

from .namespace import start

#: What these do by default does not end a process (signal(7)).
HARMLESS = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH}
STOPPING = {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}


@pytest.mark.parametrize("code", range(256))
def test_the_apps_code_is_inits(code: int) -> None:
    """All of them, as they are."""
    with start("sh", "-c", f"exit {code}", private_run=False) as container:
        assert container.wait() == code


@pytest.mark.parametrize("number", sorted(set(range(1, 32)) - HARMLESS - STOPPING))
def test_death_by_a_signal_is_128_and_its_number(number: int) -> None:
    """As a shell has it; the shim dies of the same signal, and leaves no core."""
    with start("sh", "-c", f"ulimit -c 0; kill -{number} $$", private_run=False) as container:
        assert container.wait() == 128 + number
        (ended,) = [event for event in container.events() if event["event"] == "app.exited"]
    assert ended["signal"] == signal.Signals(number).name.removeprefix("SIG").replace("POLL", "IO")


def test_what_a_profile_calls_clean_is_0() -> None:
    """A JVM that SIGTERM ended in order exits with 143."""
    for options, code in ((["--profile", "java"], 0), ([], 143)):
        with start("sh", "-c", "exit 143", options=options) as container:
            assert container.wait() == code


def test_an_app_that_kills_init_from_inside_kills_nothing() -> None:
    """The kernel shields pid 1 from SIGKILL and SIGSTOP out of its own namespace."""
    with start("sh", "-c", "kill -KILL 1; kill -STOP 1; kill -SEGV 1; exit 6") as container:
        assert container.wait() == 6
