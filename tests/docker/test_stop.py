"""How a stop goes on when the app does not simply end."""

from __future__ import annotations

from .container import KILLED
from .engine import Engine


def test_a_stop_plan_ends_an_app_that_ignores_term(engine: Engine, runtime: str) -> None:
    """TERM, one second, KILL: init ends it long before the engine would."""
    with engine.start(
        "/apps/ignores_term.sh", runtime=runtime, initd=("--stop-plan", "TERM:1 KILL")
    ) as container:
        container.wait_for_line("ready")
        finished, seconds = container.stop(20)
    assert finished.code == KILLED, finished
    assert 1 <= seconds < 5, seconds


def test_without_a_plan_the_clock_of_the_engine_rules(engine: Engine, runtime: str) -> None:
    """The last step waits for ever: init does not cut short what the engine still grants."""
    with engine.start("/apps/ignores_term.sh", runtime=runtime) as container:
        container.wait_for_line("ready")
        finished, seconds = container.stop(2)
    assert finished.code == KILLED, finished
    assert seconds >= 2, seconds


def test_an_app_that_is_stopped_is_continued_to_act_on_term(engine: Engine, runtime: str) -> None:
    """A process under SIGSTOP does not act on SIGTERM: SIGCONT goes with it."""
    with engine.start("/apps/ends_on_term.sh", "7", runtime=runtime) as container:
        container.wait_for_line("ready")
        container.exec("kill", "-STOP", str(container.status()["app"]["pid"]))
        finished, seconds = container.stop()
    assert finished.code == 7, finished
    assert "got TERM" in finished.out, finished
    assert seconds < 5, seconds


def test_initd_stop_is_docker_stop_from_inside(engine: Engine, runtime: str) -> None:
    """The verb sets off the same plan."""
    with engine.start("/apps/ends_on_term.sh", "7", runtime=runtime) as container:
        container.wait_for_line("ready")
        # The command is a process of the container that ends: its own code says nothing.
        container.exec("initd", "stop", check=False)
        finished = container.wait()
    assert finished.code == 7, finished
    assert "got TERM" in finished.out, finished


def test_a_stop_signal_of_another_name_reaches_the_app(engine: Engine, runtime: str) -> None:
    """`docker stop` sends the STOPSIGNAL of the image: what is sent as QUIT arrives as QUIT."""
    with engine.start(
        *("sh", "-c", 'trap "echo got QUIT; exit 3" QUIT; echo ready; while :; do sleep 0.1; done'),
        runtime=runtime,
        docker=("--stop-signal", "QUIT"),
    ) as container:
        container.wait_for_line("ready")
        finished, seconds = container.stop()
    assert finished.code == 3, finished
    assert "got QUIT" in finished.out, finished
    assert seconds < 5, seconds
