"""`docker stop` while a server is in the middle of an answer, or a worker of a job.

Each program stops in its own way, and none of them by the same signal. The second half of each
pair tells init to stop the program by another signal, and the work is cut: so it was init's
translation, and not luck or a patient server, that saved it in the first half.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .container import Finished
from .engine import Engine
from .in_flight import Answer, Request, wait_until_serving

GRACE = 10


@dataclass(frozen=True)
class Server:
    """A server that answers on port 8080, and the rewrite that takes its graceful stop away."""

    command: tuple[str, ...]
    cutting: str


SERVERS = {
    "unicorn": Server(("unicorn", "-c", "/apps/unicorn.rb", "/apps/config.ru"), "TERM:TERM"),
    "nginx": Server(("nginx", "-c", "/apps/nginx.conf"), "TERM:TERM"),
    # gunicorn is the other way round: TERM is its graceful signal and QUIT its quick one.
    "gunicorn": Server(
        ("gunicorn", "--bind", "0.0.0.0:8080", "--chdir", "/apps", "wsgi_app:application"),
        "TERM:QUIT",
    ),
}
WORKER = ("ruby", "/apps/resque_stand_in.rb")


def stop_during_a_request(
    engine: Engine, network: str, server: Server, runtime: str, *initd: str
) -> tuple[Finished, float, Answer]:
    with engine.start(*server.command, runtime=runtime, initd=initd, network=network) as container:
        address = container.address()
        wait_until_serving(address)
        request = Request(address)
        finished, seconds = container.stop(GRACE)
        return finished, seconds, request.answer()


@pytest.mark.parametrize("name", SERVERS)
def test_a_request_in_flight_gets_its_full_answer(
    engine: Engine, network: str, runtime: str, name: str
) -> None:
    """The server is stopped by its graceful signal: full answer, exit code 0, no KILL."""
    finished, seconds, answer = stop_during_a_request(engine, network, SERVERS[name], runtime)
    assert answer.in_full, (answer, finished)
    assert finished.code == 0, finished
    assert 1 < seconds < GRACE, "it ended by itself, after the answer and before the engine's KILL"


@pytest.mark.parametrize("name", SERVERS)
def test_the_translation_did_it_for_with_another_signal_the_request_is_cut(
    engine: Engine, network: str, runtime: str, name: str
) -> None:
    """The pair's other half: `--rewrite` overrides what the profile knows."""
    server = SERVERS[name]
    finished, seconds, answer = stop_during_a_request(
        engine, network, server, runtime, "--rewrite", server.cutting
    )
    assert not answer.in_full, (answer, finished)
    assert seconds < 3, "nothing waited for the request"


def stop_during_a_job(
    engine: Engine, runtime: str, *initd: str, docker: tuple[str, ...] = ()
) -> Finished:
    with engine.start(*WORKER, runtime=runtime, initd=initd, docker=docker) as container:
        container.wait_for_line("ready: worker")
        finished, _ = container.stop(GRACE)
        return finished


def test_a_resque_worker_finishes_its_job(engine: Engine, runtime: str) -> None:
    """TERM arrives as QUIT, at the worker alone: its child would die of QUIT."""
    finished = stop_during_a_job(engine, runtime, "--profile", "resque")
    assert "signal QUIT" in finished.out, finished
    assert "job finished" in finished.out, finished
    assert finished.code == 0, finished


def test_a_resque_worker_that_is_sent_term_as_it_came_loses_its_job(
    engine: Engine, runtime: str
) -> None:
    """Resque's own table: TERM kills the job's child at once."""
    finished = stop_during_a_job(engine, runtime, "--profile", "resque", "--rewrite", "TERM:TERM")
    assert "signal TERM" in finished.out, finished
    assert "job killed" in finished.out, finished


def test_with_graceful_term_a_resque_worker_gets_term_and_finishes_its_job(
    engine: Engine, runtime: str
) -> None:
    """GRACEFUL_TERM makes Resque wait on TERM: the profile knows, and leaves the signal alone."""
    finished = stop_during_a_job(
        engine, runtime, "--profile", "resque", docker=("--env", "GRACEFUL_TERM=1")
    )
    assert "signal TERM" in finished.out, finished
    assert "job finished" in finished.out, finished
    assert finished.code == 0, finished


def test_other_signals_arrive_as_they_are(engine: Engine) -> None:
    """A profile says how a program stops; its other signals are its own."""
    with engine.start(*WORKER, initd=("--profile", "resque")) as container:
        container.wait_for_line("ready: worker")
        container.kill("USR2")
        container.wait_for_line("paused")
        container.kill("CONT")
        container.wait_for_line("resumed")
        container.kill("USR1")
        container.wait_for_line("job killed")
        finished, _ = container.stop()
    assert finished.code == 0, finished
