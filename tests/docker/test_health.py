"""`initd health` as HEALTHCHECK."""

from __future__ import annotations

from .container import Container
from .engine import Engine
from .waiting import eventually

HEALTHCHECK = (
    "--health-cmd=initd health",
    "--health-interval=300ms",
    "--health-timeout=5s",
    "--health-retries=1",
)


def wait_for_health(container: Container, word: str) -> None:
    eventually(
        lambda: container.inspect("{{.State.Health.Status}}") == word,
        what=f"the engine says {word}",
    )


def test_the_engine_sees_an_app_become_healthy_stopped_and_healthy_again(
    engine: Engine, runtime: str
) -> None:
    """An app under SIGSTOP is alive and does nothing: unhealthy, until SIGCONT."""
    with engine.start("/apps/ends_on_term.sh", runtime=runtime, docker=HEALTHCHECK) as container:
        container.wait_for_line("ready")
        wait_for_health(container, "healthy")
        app = str(container.status()["app"]["pid"])
        container.exec("kill", "-STOP", app)
        wait_for_health(container, "unhealthy")
        container.exec("kill", "-CONT", app)
        wait_for_health(container, "healthy")
        finished, seconds = container.stop()
    assert finished.code == 0, finished
    assert seconds < 5, seconds


def test_one_line_says_why(engine: Engine) -> None:
    """For the person who reads `docker inspect`."""
    with engine.start("/apps/ends_on_term.sh") as container:
        container.wait_for_line("ready")
        well = container.exec("initd", "health")
        assert (well.code, len(well.out.splitlines())) == (0, 1), well
        container.exec("kill", "-STOP", str(container.status()["app"]["pid"]))
        ill = container.exec("initd", "health", check=False)
        said = (ill.out + ill.err).splitlines()
        assert (ill.code, len(said)) == (1, 1), ill
        assert "stopped" in said[0], ill
