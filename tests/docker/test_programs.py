"""`docker stop` of real programs, with nothing said but `ENTRYPOINT ["initd", "--"]`.

Each is in the middle of some work. Once it is stopped as it stands: the work is finished,
the code is 0, the engine had to kill nothing. And once with a signal in place of the
profile's plan that does not let the work finish: TERM where the plan is another, so that
what the table says about bare TERM is seen too. All containers of this file run a few at
a time, before the first test looks at its own.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from initd.core.signals.profile_table import TABLE

from . import image
from .container import KILLED, Container, Finished
from .engine import Engine
from .program_cases import CASES, Case

GRACE = 15
#: Long enough to see that a program does not end; every container that it keeps waits so long.
SHORT_GRACE = 3
AT_A_TIME = 4
#: Its work takes three seconds, of which the engine's own slowness may eat two.
WORK_SECONDS = 1.0

CUTTING = [name for name, case in CASES.items() if case.cutting]


@dataclass(frozen=True)
class Stopped:
    """What `docker stop` found and left behind."""

    finished: Finished
    seconds: float
    work_done: bool
    profile: str | None


class Programs:
    """The containers of this file: each runs once, in the order of the table."""

    def __init__(self, engine: Engine, network: str) -> None:
        self.engine = engine
        self.network = network
        self.image = image.build_programs(engine)
        self._databases = itertools.count()
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        self._stops: dict[tuple[str, str], Future[Stopped]] = {}

    def begin(self, broker: str) -> None:
        """Start with all of them; `broker` is the address of a Redis."""
        for name, case in CASES.items():
            for signal in dict.fromkeys(("", case.cutting)):
                self._stops[name, signal] = self._pool.submit(self._stop, case, signal, broker)

    def stopped(self, name: str, signal: str = "") -> Stopped:
        """What became of one, by its plan or by a signal in place of that."""
        return self._stops[name, signal].result()

    def versions(self) -> dict[str, str]:
        """What the image has of each package: the upstream version."""
        packages = sorted({case.package for case in CASES.values()})
        query = ("dpkg-query", "--show", "--showformat", r"${Package} ${Version}\n", *packages)
        lines = self.engine.run(*query, image=self.image).out.split("\n")
        pairs = dict(line.split() for line in lines if line)
        return {name: version.partition(":")[2] or version for name, version in pairs.items()}

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _stop(self, case: Case, signal: str, broker: str) -> Stopped:
        rewrite = ("--rewrite", f"TERM:{signal}") if signal else ()
        variable = f"REDIS_URL=redis://{broker}/{next(self._databases)}"
        with self._start(case, ("--env", variable, *case.docker), rewrite) as container:
            done = case.begin(container)
            profile = container.status()["profile"]
            ends = case.ends or not signal
            finished, seconds = container.stop(GRACE if ends else SHORT_GRACE)
            return Stopped(finished, seconds, done(), profile)

    def _start(self, case: Case, docker: tuple[str, ...], initd: tuple[str, ...]) -> Container:
        command = shlex.split(case.command)
        return self.engine.start(
            *command, image=self.image, network=self.network, docker=docker, initd=initd
        )


@pytest.fixture(scope="module")
def programs(engine: Engine, network: str) -> Iterator[Programs]:
    """All of them, on their way; a Redis beside them for the workers' queues."""
    these = Programs(engine, network)
    redis = ("redis-server", "--protected-mode", "no", "--databases", "100", "--save", "")
    with engine.start(*redis, image=these.image, network=network) as broker:
        broker.wait_for_line("Ready to accept connections")
        these.begin(broker.address())
        try:
            yield these
        finally:
            these.close()


@pytest.mark.parametrize("name", CASES)
def test_a_program_is_stopped_by_its_profile(programs: Programs, name: str) -> None:
    """Recognised from its command, work finished where there is a way, code 0, no KILL."""
    case, stop = CASES[name], programs.stopped(name)
    assert stop.profile == case.profile
    assert stop.finished.code == 0, stop
    assert stop.work_done == case.saves, stop
    assert stop.seconds < GRACE - 2, stop


@pytest.mark.parametrize("name", CUTTING)
def test_another_signal_does_not_let_the_work_finish(programs: Programs, name: str) -> None:
    """So it was the plan that saved it; and where it is TERM, that is what bare TERM does."""
    case, stop = CASES[name], programs.stopped(name, CASES[name].cutting)
    assert not stop.work_done, stop
    assert (stop.finished.code == KILLED) == (not case.ends), stop


def test_what_the_table_calls_verified_is_what_is_tried_here(programs: Programs) -> None:
    """Each with the version that Debian has, and no other."""
    verified = {row["name"]: row["verified"] for row in TABLE if "verified" in row}
    assert set(verified) == {case.profile for case in CASES.values()}
    versions = programs.versions()
    for case in CASES.values():
        said, found = verified[case.profile], versions[case.package]
        assert found.startswith((f"{said}.", f"{said}-")), (case.profile, said, found)


def test_what_bare_term_does_is_tried_for_every_program_of_which_it_is_said(
    programs: Programs,
) -> None:
    """A verified program with `bare` is either stopped by TERM alone, or by its plan."""
    tried = {case.profile for case in CASES.values() if case.cutting == "TERM" or not case.saves}
    said = {row["name"] for row in TABLE if "bare" in row and "verified" in row}
    assert said <= tried
