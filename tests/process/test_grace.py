"""--grace: the stop is over before the engine's patience is."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from . import nginx
from .namespace import Container, start, wait_until

TERM = signal.SIGTERM


def steps_of(container: Container) -> list[str]:
    """The signals of the plan, as the log has them."""
    return [each["signal"] for each in container.events() if each["event"] == "stop.step"]


def test_kill_comes_from_init_so_that_init_can_say_so(victim: Path) -> None:
    """An app that does not end: the engine finds nothing to kill."""
    with start(victim, options=["--grace", "1"]) as container:
        container.stdout.until("ready")
        began = time.monotonic()
        container.kill(TERM)
        assert container.wait() == 128 + signal.SIGKILL
        assert time.monotonic() - began > 0.8
        assert steps_of(container) == ["TERM", "KILL"]


@pytest.mark.parametrize(
    ("graceful", "heard", "urgent"), [("", 3, signal.SIGTERM), ("1", 15, signal.SIGINT)]
)
def test_a_worker_is_told_to_drop_its_job_in_time(
    victim: Path, graceful: str, heard: int, urgent: int
) -> None:
    """A stand-in for Resque: the signal turns with GRACEFUL_TERM."""
    options = ["--profile", "resque", "--grace", "2"]
    env = {"INITD_LOG_LEVEL": "info"} | ({"GRACEFUL_TERM": graceful} if graceful else {})
    with start(victim, f"{urgent}=0", options=options, env=env) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == [f"got {heard}", f"got {urgent:d}"]
        assert container.wait() == 0
        assert steps_of(container)[-1] == signal.Signals(urgent).name.removeprefix("SIG")


def test_nginx_gives_up_a_stream_that_has_no_end(tmp_path: Path) -> None:
    """It would wait for it for ever, and then be killed."""
    words = nginx.command(tmp_path)
    with (
        nginx.Slow(tmp_path, streams=True) as slow,
        start(*words, options=["--grace", "2"]) as container,
    ):
        wait_until(lambda: (tmp_path / "pid").exists(), "nginx serves")
        with closing(nginx.Client(tmp_path)) as client:
            client.request("GET", "/")
            assert slow.asked.wait(30)
            container.kill(TERM)
            assert container.wait() == 0
        assert steps_of(container) == ["QUIT", "TERM"]


def test_a_plan_that_is_too_long_is_shortened_and_told(victim: Path) -> None:
    """At the start, where somebody may still read it; and `initd check` says the same."""
    options = ["--grace", "1.2", "--stop-plan", "QUIT:20 TERM:5 KILL"]
    with start(victim, "15=0", options=options) as container:
        assert container.event("stop.plan-shortened")["shortened"] == "QUIT:0.86 TERM:0.21 KILL"
        container.stdout.until("ready")
        shown = container.verb("check", *options, "--", "app").stdout
        container.kill(TERM)
        assert container.stdout.rest() == ["got 3", "got 15"]
        assert container.wait() == 0
    assert "--grace: the stop plan QUIT:20 TERM:5 KILL takes 25 s" in shown
    assert "QUIT:0.86 TERM:0.21 KILL" in shown


def test_a_crash_after_the_grace_period_is_a_crash(victim: Path) -> None:
    """The app has survived an INT for longer than an engine would have let it."""
    options = ["--grace", "0.1", "--restart", "always"]
    with start(victim, "10=7", "15=0", options=options) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGINT)
        assert container.stdout.until("got") == "got 2"
        wait_until(lambda: container.verb("health", "--ready").returncode == 0, "it was no stop")
        container.kill(signal.SIGUSR1)
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.wait() == 0


def test_a_drain_makes_the_app_not_ready_before_its_first_signal(victim: Path) -> None:
    """It goes on to serve meanwhile; a second stop signal skips the rest."""
    options = ["--drain", "60", "--stop-plan", "QUIT"]
    with start(victim, "3=0", options=options) as container:
        container.stdout.until("ready")
        assert container.verb("health", "--ready").returncode == 0
        container.kill(TERM)
        assert container.event("stop.draining")["seconds"] == 60
        assert container.verb("health", "--ready").returncode == 1
        assert container.verb("health").returncode == 0
        shown = container.verb("status").stdout
        container.kill(signal.SIGUSR2)
        assert container.stdout.until("got") == "got 12"
        container.kill(TERM)
        assert container.stdout.rest() == ["got 3"]
        assert container.wait() == 0
    assert "stopping, drains for 60 s" in shown


def test_the_first_signal_comes_when_the_drain_is_over(victim: Path) -> None:
    """And the whole stop is over before the engine's patience is."""
    with start(victim, options=["--drain", "0.3", "--grace", "1"]) as container:
        container.stdout.until("ready")
        began = time.monotonic()
        container.kill(TERM)
        assert container.stdout.until("got") == "got 15"
        assert time.monotonic() - began >= 0.3
        assert container.wait() == 128 + signal.SIGKILL
        assert time.monotonic() - began < 1 + 0.5
        assert steps_of(container) == ["TERM", "KILL"]
