"""SIGKILL to the shim, from inside: the app is init's own child then, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .container import Container
from .engine import Engine
from .waiting import eventually


@contextmanager
def without_its_shim(engine: Engine, runtime: str) -> Iterator[Container]:
    with engine.start("/apps/ends_on_term.sh", "42", runtime=runtime) as container:
        container.wait_for_line("ready")
        shim = container.status()["shim"]["pid"]
        container.exec("kill", "-KILL", str(shim))
        eventually(lambda: container.status()["app"]["ppid"] == 1, what="the app is init's child")
        yield container


def test_the_app_keeps_running_and_status_says_so(engine: Engine, runtime: str) -> None:
    """Re-parented to init, still supervised, still healthy."""
    with without_its_shim(engine, runtime) as container:
        status = container.status()
        assert status["state"] == "running"
        assert status["restarts"] == 0
        pid = status["app"]["pid"]
        assert "ends_on_term" in container.exec("cat", f"/proc/{pid}/cmdline").out
        assert container.exec("initd", "health").code == 0


def test_docker_stop_still_ends_the_app_gracefully(engine: Engine, runtime: str) -> None:
    """TERM reaches the app, and its exit code is the container's."""
    with without_its_shim(engine, runtime) as container:
        finished, seconds = container.stop()
    assert "got TERM" in finished.out, finished
    assert finished.code == 42, finished
    assert seconds < 5, seconds


def test_an_app_that_ends_by_itself_ends_the_container(engine: Engine, runtime: str) -> None:
    """Its status comes from wait now, not from the shim's report."""
    with without_its_shim(engine, runtime) as container:
        # Init ends what outlives the app, and that may be this very command.
        container.exec("kill", "-TERM", str(container.status()["app"]["pid"]), check=False)
        finished = container.wait()
    assert finished.code == 42, finished
