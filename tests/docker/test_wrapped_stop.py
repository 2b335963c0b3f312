"""`docker stop` of programs as images really start them: by a shell, a script, or npm.

Nothing tells initd how any of them stops, and most of what stands in front of them would keep the
signal, drop it, or make another exit code of the program's. Each combination runs once, a few
at a time, before the first test looks at its own.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from .container import Container, Finished
from .engine import Engine
from .in_flight import Request, wait_until_serving
from .in_front import FORMS, form
from .side_by_side import SideBySide

#: Of `docker stop`, in seconds: twice the default, since so many at a time make each take longer.
GRACE = 20
#: With work in flight when they are stopped.
PROGRAMS = ("nginx", "unicorn", "gunicorn", "resque", "node", "php-fpm")
TARGETS = ("process", "group", "all")
DRAIN, SIDEKIQ = "drain", "sidekiq"


@dataclass(frozen=True)
class Stopped:
    """What a stop found and left behind: whether no work was lost, and whether it was done after
    the signal, and not before it."""

    finished: Finished
    seconds: float
    whole: bool
    in_flight: bool


@dataclass(frozen=True)
class Stops:
    """How each of them is stopped, in this image and network."""

    engine: Engine
    image: str
    network: str

    def jobs(self) -> dict[tuple[str, str], Callable[[], Stopped]]:
        """By program and by what stands in front of it, or by target; the longest first."""
        long = {(SIDEKIQ, ""): self._sidekiq}
        long |= {(DRAIN, target): functools.partial(self._drain, target) for target in TARGETS}
        pairs = itertools.product(PROGRAMS, FORMS)
        return long | {pair: functools.partial(self._stop, *pair) for pair in pairs}

    def _start(self, *words: str, docker: list[str], initd: tuple[str, ...] = ()) -> Container:
        return self.engine.start(
            *words, image=self.image, network=self.network, docker=docker, initd=initd
        )

    def _stop(self, program: str, how: str) -> Stopped:
        words, docker = form(how, program)
        initd = ("--profile", "resque") if program == "resque" else ()
        with ExitStack() as stack:
            container = stack.enter_context(self._start(*words, docker=docker, initd=initd))
            if program == "resque":
                container.wait_for_line("ready: worker")
                finished, seconds = container.stop(GRACE)
                end = finished.out.partition("signal QUIT\n")[2]
                return Stopped(finished, seconds, "job finished" in finished.out, bool(end))
            address = container.address()
            if program == "php-fpm":
                front = ["nginx", "-c", "/wrapped/front.conf"]
                host = ["--add-host", f"fpm:{address}"]
                address = stack.enter_context(self._start(*front, docker=host)).address()
            wait_until_serving(address)
            request = Request(address)
            finished, seconds = container.stop(GRACE)
            answer = request.answer()
            in_flight = answer.ended > finished.stopped_at()
            return Stopped(finished, seconds, answer.in_full, in_flight)

    def _drain(self, target: str) -> Stopped:
        words, docker = form("npm start", "drain")
        with self._start(*words, docker=docker, initd=("--target", target)) as container:
            container.wait_for_line("ready: drain")
            finished, seconds = container.stop(20)
        return Stopped(finished, seconds, "drained\n" in finished.out, True)

    def _sidekiq(self) -> Stopped:
        server = ("redis-server", "--protected-mode", "no")
        words = ("sidekiq", "-r", "./sidekiq_jobs.rb", "-c", "1", "-t", "8")
        with self._start(*server, docker=[]) as redis:
            redis.wait_for_line("Ready to accept connections")
            environment = (f"REDIS_URL=redis://{redis.address()}/0", "JOB_SECONDS=40")
            docker = ["--workdir", "/programs", *(f"--env={each}" for each in environment)]
            with self._start(*words, docker=docker) as worker:
                job = '{"class":"Job","args":[],"jid":"1","queue":"default"}'
                redis.exec("redis-cli", "lpush", "queue:default", job)
                worker.wait_for_line("job begun")
                assert _queued(redis) == 0
                finished, seconds = worker.stop(10)
            return Stopped(finished, seconds, _queued(redis) == 1, True)


def _queued(redis: Container) -> int:
    return int(redis.exec("redis-cli", "llen", "queue:default").out)


@pytest.fixture(scope="module")
def stops(
    engine: Engine, wrapped: str, network: str
) -> Iterator[SideBySide[tuple[str, str], Stopped]]:
    """All of them, on their way."""
    with SideBySide(Stops(engine, wrapped, network).jobs()) as these:
        yield these


@pytest.mark.parametrize("how", FORMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_work_in_flight_is_finished_whatever_starts_the_program(
    stops: SideBySide[tuple[str, str], Stopped], program: str, how: str
) -> None:
    """In full, with the program's exit code, before the engine's KILL."""
    stop = stops.of((program, how))
    assert stop.in_flight, repr(stop)
    assert stop.whole, repr(stop)
    assert stop.finished.code == 0, repr(stop)
    assert stop.seconds < GRACE, repr(stop)


@pytest.mark.parametrize("target", TARGETS)
def test_a_drain_behind_npm_is_whole_with_each_target(
    stops: SideBySide[tuple[str, str], Stopped], target: str
) -> None:
    """Five seconds of twenty, and TERM exactly once: npm by itself ends at once, with 143."""
    stop = stops.of((DRAIN, target))
    lines = stop.finished.out.splitlines()
    said = [line for line in lines if line in ("signal TERM", "drained")]
    assert said == ["signal TERM", "drained"], repr(stop)
    assert stop.whole, repr(stop)
    assert stop.finished.code == 0, repr(stop)
    assert 5 <= stop.seconds < 20, repr(stop)


def test_a_job_longer_than_sidekiqs_own_patience_is_back_in_its_queue(
    stops: SideBySide[tuple[str, str], Stopped],
) -> None:
    """`sidekiq -t 8` gives it back after eight seconds; after ten the engine would kill it."""
    stop = stops.of((SIDEKIQ, ""))
    assert stop.finished.code == 0, repr(stop)  # and not 137
    assert "job finished" not in stop.finished.out, repr(stop)
    assert stop.whole, repr(stop)
    assert stop.seconds > 7, repr(stop)
