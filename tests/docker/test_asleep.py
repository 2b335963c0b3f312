"""Pid 1 asleep where a container may little, has a terminal, or where initd is not pid 1."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from process.sleeping import child_of, sleep_of, told_by

from .engine import Engine
from .test_restricted import RESTRICTIONS
from .waiting import eventually

SOON = ("--sleep", "0.1")
REPORT = ("python3", "/apps/terminal_report.py")


def _sleep_of(pid: int) -> int:
    found = eventually(lambda: sleep_of(pid), what="initd sleeps")
    assert found is not None
    return found


@pytest.mark.parametrize("docker", RESTRICTIONS)
def test_a_restricted_container_sleeps_answers_and_stops_gracefully(
    engine: Engine, runtime: str, docker: tuple[str, ...]
) -> None:
    """Checks wake nobody; TERM reaches the app, and the app's exit code is the container's."""
    with engine.start(
        "/apps/ends_on_term.sh", "9", runtime=runtime, docker=docker, initd=SOON
    ) as container:
        container.wait_for_line("ready")
        first = int(container.inspect("{{.State.Pid}}"))
        init = child_of(first) if docker == ("--init",) else first
        sleep = _sleep_of(init)
        assert container.exec("initd", "health").out.startswith("healthy: running")
        assert sleep_of(init) == sleep
        status = container.status()
        assert (status["state"], status["sleep"]["count"]) == ("running", 1)
        _sleep_of(init)
        finished, seconds = container.stop()
    assert finished.code == 9, finished
    assert "got TERM" in finished.out, finished
    assert seconds < 5, seconds


def test_keys_and_the_size_of_the_window_reach_the_app(engine: Engine, runtime: str) -> None:
    """As if pid 1 did not sleep: `docker run -it`."""
    with engine.terminal(*REPORT, runtime=runtime, initd=SOON) as terminal:
        assert "foreground=True" in terminal.expect("size=")
        inspected = engine.docker("inspect", "--format", "{{.State.Pid}}", terminal.name)
        init = int(inspected.stdout)
        _sleep_of(init)
        terminal.resize_until("got SIGWINCH size=33x111", 33, 111)
        _sleep_of(init)
        terminal.type(b"\x1a")
        terminal.expect("got SIGTSTP")
        _sleep_of(init)
        terminal.type(b"\x03")
        terminal.expect("got SIGINT")
        terminal.send_signal("TERM")
        terminal.expect("got SIGTERM")
        assert terminal.wait() == 0, terminal.text


def test_orphans_are_reaped_by_one_that_is_not_pid_1(engine: Engine, runtime: str) -> None:
    """A subreaper below docker's own init, and no Python runs for it."""
    script = "(sleep 1000 & echo orphan $!); echo ready; while :; do sleep 1000; done"
    with engine.start(
        *("bash", "-c", script), runtime=runtime, docker=("--init",), initd=SOON
    ) as container:
        orphan = container.wait_for_line("orphan").split()[1]
        container.wait_for_line("ready")
        init = child_of(int(container.inspect("{{.State.Pid}}")))
        sleep = _sleep_of(init)
        container.exec("kill", orphan)
        eventually(lambda: told_by(init).orphans == 1, what="the orphan is reaped")
        assert sleep_of(init) == sleep
        assert container.status()["orphans_reaped"] == 1
        container.stop()
