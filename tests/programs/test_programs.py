"""Stops of real programs, with nothing said but `initd -- COMMAND`.

Each is in the middle of some work. Once it is stopped as it stands: the work is finished and the
code is 0, within the grace period. Once more behind `sh -c`, whose shell stays in front of it. And
both again by TERM in place of the plan, where the plan is another: what the table says about bare
TERM is seen too. All of them run a few at a time, before the first test looks at its own.
"""

from __future__ import annotations

import itertools
import shlex
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from initd.core.signals.profile_table import TABLE

from .cases import CASES, CUT, SAVED, STAYS, Case
from .root import one_file, root
from .sandbox import Sandbox

APPS = Path(__file__).parents[1] / "apps"
#: An engine's patience: more than any plan needs, on a machine that is busy with other suites.
GRACE = 60
#: Long enough to see that a program does not end.
SHORT_GRACE = 6
AT_A_TIME = 6

PLAN, BARE = "by its plan", "by TERM alone"
DIRECT, SHELL = "as it stands", "behind sh -c"
HOWS = (DIRECT, SHELL)
BARE_CASES = [name for name, case in CASES.items() if case.bare != SAVED and case.saves]


@dataclass(frozen=True)
class Stopped:
    """What a stop found and left behind."""

    code: int
    seconds: float
    work_done: bool
    profile: str | None
    transcript: str


class Programs:
    """The sandboxes of this file: each runs once, in the order of the table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.initd = one_file()
        self.root = root({case.package for case in CASES.values() if "==" not in case.package})
        self._numbers = itertools.count()
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        self._stops: dict[tuple[str, str, str], Future[Stopped]] = {}

    def begin(self) -> None:
        """Start with all of them."""
        for name, case in CASES.items():
            for by in (PLAN, BARE) if name in BARE_CASES else (PLAN,):
                for how in HOWS:
                    self._stops[name, by, how] = self._pool.submit(self._stop, case, by, how)

    def stopped(self, name: str, by: str, how: str) -> Stopped:
        """What became of one."""
        return self._stops[name, by, how].result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _stop(self, case: Case, by: str, how: str) -> Stopped:
        folder = self.folder / str(next(self._numbers))
        files = Path(__file__).parent / "files"
        with Sandbox(self.root, APPS, files, self.initd, folder) as sandbox:
            for command in case.beside:
                sandbox.beside(*shlex.split(command))
            direct = shlex.split(case.command)
            words = direct if how == DIRECT else ["sh", "-c", case.command]
            options = ["--rewrite", "TERM:TERM"] if by == BARE else []
            sandbox.start(["initd", *options, "--", *words], case.directory, dict(case.env))
            try:
                with sandbox.network():
                    done = case.begin(sandbox)
            except (AssertionError, OSError) as error:
                raise AssertionError(f"{error}; it said {sandbox.transcript()}") from error
            profile = sandbox.status()["profile"]
            stays = by == BARE and case.bare == STAYS
            code, seconds = sandbox.stop(SHORT_GRACE if stays else GRACE)
            return Stopped(code, seconds, done(), profile, sandbox.transcript())


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """All of them, on their way."""
    these = Programs(tmp_path_factory.mktemp("programs"))
    these.begin()
    try:
        yield these
    finally:
        these.close()


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("name", CASES)
def test_a_program_is_stopped_by_its_profile(programs: Programs, name: str, how: str) -> None:
    """Recognised from its command, work finished where there is a way, code 0, no KILL."""
    case, stop = CASES[name], programs.stopped(name, PLAN, how)
    assert stop.profile == case.profile, stop
    assert stop.code == 0, stop
    assert stop.work_done == case.saves, stop
    assert stop.seconds < GRACE - 2, stop


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("name", BARE_CASES)
def test_term_alone_does_what_the_table_says(programs: Programs, name: str, how: str) -> None:
    """The work is not finished: so it was the plan that saved it."""
    case, stop = CASES[name], programs.stopped(name, BARE, how)
    assert not stop.work_done, stop
    assert (stop.code == 137) == (case.bare == STAYS), stop


def test_what_the_table_calls_verified_is_what_is_tried_here(programs: Programs) -> None:
    """Each with the version that Debian or PyPI has, and no other."""
    verified = {row["name"]: row["verified"] for row in TABLE if "verified" in row}
    assert set(verified) == {case.profile for case in CASES.values()}
    versions = _versions(programs.root)
    for case in CASES.values():
        said, found = verified[case.profile], versions[case.package]
        assert found == said or found.startswith((f"{said}.", f"{said}-", f"{said}+")), case


def test_what_bare_term_does_is_tried_for_every_program_of_which_it_is_said() -> None:
    """A verified program with `bare` is either stopped by TERM alone, or by its plan."""
    tried = {case.profile for case in CASES.values() if case.bare in (CUT, STAYS)}
    said = {row["name"] for row in TABLE if "bare" in row and "verified" in row}
    assert said <= tried


def test_at_least_45_programs_are_stopped() -> None:
    """Different ones, as the table counts them."""
    assert len({case.profile for case in CASES.values()}) >= 45


def _versions(directory: Path) -> dict[str, str]:
    """The upstream version of each package of the cases."""
    debian = sorted({case.package for case in CASES.values() if "==" not in case.package})
    query = ["dpkg-query", f"--admindir={directory}/var/lib/dpkg", "--show"]
    query += ["--showformat", r"${Package} ${Version}\n", *debian]
    listed = subprocess.run(query, check=True, capture_output=True, text=True).stdout
    pairs = dict(line.split() for line in listed.splitlines())
    found = {name: version.partition(":")[2] or version for name, version in pairs.items()}
    pinned = (Path(__file__).parent / "requirements.txt").read_text().splitlines()
    for line in pinned:
        name, equals, version = line.partition("==")
        if equals:
            found[f"{name}=="] = version
    return found
