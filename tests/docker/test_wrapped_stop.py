"""`docker stop` of programs as images really start them: by a shell, a script, or npm.

Nothing tells initd how any of them stops, and most of what stands in front of them would keep the
signal, drop it, or make another exit code of the program's. Each combination runs once, a few
at a time, before the first test looks at its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from .container import Container, Finished
from .engine import Engine
from .in_flight import Request, wait_until_serving
from .in_front import FORMS, form

GRACE = 10
AT_A_TIME = 4
#: With work in flight when they are stopped.
PROGRAMS = ("nginx", "unicorn", "gunicorn", "resque", "node", "php-fpm")


@dataclass(frozen=True)
class Stopped:
    """What a stop found and left behind."""

    finished: Finished
    seconds: float
    whole: bool


class Stops:
    """Every program in every form, on its way."""

    def __init__(self, engine: Engine, image: str, network: str) -> None:
        self._engine, self._image, self._network = engine, image, network
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        self._stops: dict[tuple[str, str], Future[Stopped]] = {
            (program, how): self._pool.submit(self._stop, program, how)
            for program, how in itertools.product(PROGRAMS, FORMS)
        }

    def of(self, program: str, how: str) -> Stopped:
        """What became of one."""
        return self._stops[program, how].result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _start(self, words: list[str], docker: list[str], *initd: str) -> Container:
        return self._engine.start(
            *words, image=self._image, network=self._network, docker=docker, initd=initd
        )

    def _stop(self, program: str, how: str) -> Stopped:
        words, docker = form(how, program)
        initd = ("--profile", "resque") if program == "resque" else ()
        with ExitStack() as stack:
            container = stack.enter_context(self._start(words, docker, *initd))
            if program == "resque":
                container.wait_for_line("ready: worker")
                finished, seconds = container.stop(GRACE)
                return Stopped(finished, seconds, "job finished" in finished.out)
            address = container.address()
            if program == "php-fpm":
                front = ["nginx", "-c", "/wrapped/front.conf"]
                host = ["--add-host", f"fpm:{address}"]
                address = stack.enter_context(self._start(front, host)).address()
            wait_until_serving(address)
            request = Request(address)
            finished, seconds = container.stop(GRACE)
            return Stopped(finished, seconds, request.answer().in_full)


@pytest.fixture(scope="module")
def stops(engine: Engine, wrapped: str, network: str) -> Iterator[Stops]:
    """All of them, on their way."""
    these = Stops(engine, wrapped, network)
    try:
        yield these
    finally:
        these.close()


@pytest.mark.parametrize("how", FORMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_work_in_flight_is_finished_whatever_starts_the_program(
    stops: Stops, program: str, how: str
) -> None:
    """In full, with the program's exit code, before the engine's KILL."""
    stop = stops.of(program, how)
    assert stop.whole, stop
    assert stop.finished.code == 0, stop
    assert 1 < stop.seconds < GRACE, stop


@pytest.mark.parametrize("target", ["process", "group", "all"])
def test_a_drain_behind_npm_is_whole_with_each_target(
    engine: Engine, wrapped: str, target: str
) -> None:
    """Five seconds of twenty, and TERM exactly once: npm by itself ends at once, with 143."""
    words, docker = form("npm start", "drain")
    options = ("--target", target)
    with engine.start(*words, image=wrapped, docker=docker, initd=options) as container:
        container.wait_for_line("ready: drain")
        finished, seconds = container.stop(20)
    said = [line for line in finished.out.splitlines() if line in ("signal TERM", "drained")]
    assert said == ["signal TERM", "drained"], finished
    assert finished.code == 0, finished
    assert 5 <= seconds < 20, finished


def test_a_job_longer_than_sidekiqs_own_patience_is_back_in_its_queue(
    engine: Engine, wrapped: str, network: str
) -> None:
    """`sidekiq -t 8` gives it back after eight seconds, and the engine waits for ten."""
    sidekiq = ("sidekiq", "-r", "./sidekiq_jobs.rb", "-c", "1", "-t", "8")
    server = ("redis-server", "--protected-mode", "no")
    with engine.start(*server, image=wrapped, network=network) as redis:
        address = redis.address()
        redis.wait_for_line("Ready to accept connections")
        environment = (f"REDIS_URL=redis://{address}/0", "JOB_SECONDS=40")
        docker = ["--workdir", "/programs", *(f"--env={each}" for each in environment)]
        with engine.start(*sidekiq, image=wrapped, network=network, docker=docker) as worker:
            job = '{"class":"Job","args":[],"jid":"1","queue":"default"}'
            redis.exec("redis-cli", "lpush", "queue:default", job)
            worker.wait_for_line("job begun")
            assert redis.exec("redis-cli", "llen", "queue:default").out.strip() == "0"
            finished, seconds = worker.stop(10)
        assert finished.code == 0, finished
        assert "job finished" not in finished.out, finished
        assert 7 < seconds < 10, finished
        assert redis.exec("redis-cli", "llen", "queue:default").out.strip() == "1"
