"""The stop: its plan, and every moment at which it can be asked for."""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .namespace import alone, start, status_of, wait_until

TERM = signal.SIGTERM


def test_without_a_plan_sigterm_is_passed_on_and_waited_for(victim: Path) -> None:
    """The engine's clock rules: init never cuts a stop short by itself."""
    with start(victim, "10=0") as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.until("got") == "got 15"
        assert container.status()["state"] == "stopping"
        container.kill(signal.SIGUSR1)
        assert container.wait() == 0


def test_a_plan_goes_step_by_step_while_the_app_stays(victim: Path) -> None:
    """QUIT, then TERM, then KILL, each after the patience of the one before."""
    options = ["--stop-plan", "QUIT:0.05 TERM:0.05 KILL"]
    with start(victim, options=options) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == ["got 3", "got 15"]
        assert container.wait() == 128 + signal.SIGKILL
        steps = [event["signal"] for event in container.events() if event["event"] == "stop.step"]
    assert steps == ["QUIT", "TERM", "KILL"]


def test_the_plan_is_over_when_the_app_ends(victim: Path) -> None:
    """Nobody waits an hour out."""
    with start(victim, "3=5", options=["--stop-plan", "QUIT:3600 KILL"]) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.wait(5) == 5


def test_a_second_stop_does_not_cut_a_graceful_one_short(victim: Path) -> None:
    """Celery takes a second TERM for a cold shutdown: init sends one."""
    with start(victim, "10=0") as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.until("got") == "got 15"
        for _ in range(3):
            container.kill(TERM)
            container.event("stop.already")
        container.kill(signal.SIGUSR1)
        assert container.stdout.rest() == ["got 10"]
        assert container.wait() == 0


def test_a_stopped_app_is_continued_so_that_it_can_act(victim: Path) -> None:
    """SIGTERM stays pending on a stopped process: SIGCONT goes with it."""
    with start("sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done") as box:
        box.stdout.until("ready")
        os.kill(box.host_pid(3), signal.SIGSTOP)
        box.event("app.stopped")
        box.kill(TERM)
        assert box.wait() == 9


def test_a_stop_reaches_an_app_in_its_first_moment() -> None:
    """300 starts, SIGTERM after 0 to 40 ms: through the launcher, the interpreter, the
    fork and the exec. Every one ends by it, and long before an engine's patience."""
    rolls = random.Random(1)
    with ThreadPoolExecutor(os.cpu_count()) as several:
        ends = list(several.map(_stopped, [rolls.uniform(0, 0.040) for _ in range(300)]))
    assert [code for code, _ in ends] == [128 + TERM] * 300
    assert alone(max(took for _, took in ends)) < 5


def _stopped(moment: float) -> tuple[int, float]:
    """The exit code of a container that was told to stop then, and the seconds that it took."""
    with start("sleep", "1000", private_run=False) as container:
        init = container.init_pid
        time.sleep(moment)
        sent = time.monotonic()
        os.kill(init, TERM)
        return container.wait(), time.monotonic() - sent


def test_a_stop_waits_for_the_app_to_be_there() -> None:
    """Sent while the interpreter boots, it is kept, and delivered once there is an app."""
    with start("sleep", "1000") as container:
        os.kill(container.init_pid, TERM)
        assert container.wait() == 128 + TERM
        events = [event["event"] for event in container.events()]
    step = events.index("stop.step")
    assert events.index("signal.received") < step
    assert events.index("app.started") < step


def test_what_outlives_the_app_gets_term_then_kill(victim: Path) -> None:
    """A child that ends on TERM is given the time; one that doesn't is killed."""
    script = f"{victim} 15=0 & {victim} & read line; exit 4"
    with start("sh", "-c", script, stdin=-1) as container:
        for _ in range(2):
            container.stdout.until("ready")
        assert container.process.stdin is not None
        container.process.stdin.write(b"\n")
        container.process.stdin.flush()
        assert sorted(container.stdout.rest()) == ["got 15", "got 15", "got 18"]
        assert container.wait() == 4
        sweeps = [event["signal"] for event in container.events() if event["event"] == "sweep"]
    assert sweeps == ["TERM", "KILL"]


@pytest.mark.parametrize("pid_1", [True, False])
def test_a_stopped_survivor_is_swept_too(pid_1: bool) -> None:
    """TERM alone would stay pending on it."""
    script = "sh -c 'kill -STOP $$' & echo $!; read line; exit 3"
    with start("sh", "-c", script, stdin=-1, pid_1=pid_1) as container:
        inside = int(container.stdout.next() or 0)
        outside = container.host_pid(inside) if pid_1 else inside
        wait_until(lambda: status_of(outside)["State"].startswith("T"), "the child has stopped")
        assert container.process.stdin is not None
        container.process.stdin.write(b"\n")
        container.process.stdin.flush()
        assert container.wait() == 3


def test_a_control_script_that_stays_in_front_is_reached_with_its_group(tmp_path: Path) -> None:
    """`apachectl -D FOREGROUND` waits for httpd, and a shell ignores the WINCH on which
    httpd stops gracefully."""
    server = 'trap "exit 0" WINCH; echo ready; while :; do sleep 0.01; done'
    script = tmp_path / "apachectl"
    script.write_text(f"#!/bin/sh\nsh -c '{server}'\nexit $?\n")
    script.chmod(0o755)
    with start(script, "-D", "FOREGROUND") as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.wait() == 0


def test_initd_stop_is_a_stop(victim: Path) -> None:
    """From inside, over the control socket."""
    with start(victim, "10=0", options=["--stop-plan", "QUIT"]) as container:
        container.stdout.until("ready")
        assert container.verb("stop").returncode == 0
        assert container.stdout.until("got") == "got 3"
        assert container.status()["state"] == "stopping"
        container.kill(signal.SIGUSR1)
        assert container.wait() == 0


def test_initd_restart_is_survived_by_init_however_often(victim: Path) -> None:
    """The next shim may get the pid of the one that has just ended, and the next app that of the
    last one."""
    with start(victim, "15=0") as box:
        for times in range(5):
            box.stdout.until("ready")
            assert box.status()["restarts"] == times
            assert box.verb("restart").returncode == 0
        box.stdout.until("ready")
        assert box.status()["orphans_reaped"] == 0
        box.kill(TERM)
        assert box.wait() == 0


def test_the_images_own_stop_signal_sets_the_plan_off(victim: Path) -> None:
    """STOPSIGNAL RTMIN+3, say; then SIGTERM is a signal like others."""
    options = ["--stop-signal", "RTMIN+3", "--stop-plan", "USR1:0.05 USR2"]
    with start(victim, "12=0", options=options) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.until("got") == "got 15"
        container.kill(signal.SIGRTMIN + 3)
        assert container.stdout.rest() == ["got 10", "got 12"]
        assert container.wait() == 0


def test_a_patience_of_a_year_is_waited_for_in_one_wait(victim: Path) -> None:
    """poll(2) counts milliseconds in 31 bits: 24 days, and not an error after that."""
    with start(victim, "10=0", options=["--stop-plan", "TERM:31536000 KILL"]) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.until("got") == "got 15"
        assert container.status()["state"] == "stopping"
        container.kill(signal.SIGUSR1)
        assert container.wait() == 0
        assert "init.bug" not in [event["event"] for event in container.events()]
