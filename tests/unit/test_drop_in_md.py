"""docs/drop-in.md: every flag and variable of each peer, and a test behind every row."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from initd.core.drop_in import translate
from initd.core.drop_in.translation import Translation

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from process.drop_in.cases import CASES  # noqa: E402
from process.drop_in.differences import DIFFERENCES  # noqa: E402

from unit.drop_in_rows import OF_ALL, OF_DIFFERENCES, ROWS  # noqa: E402

TEXT = (TESTS.parent / "docs" / "drop-in.md").read_text()
SECTIONS = {
    "tini": "tini, tini-static, docker-init",
    "dumb-init": "dumb-init",
    "catatonit": "catatonit",
}
#: As their own help has them.
KNOWN = {
    "tini": "-p -s -v -w -g -e -l -h --version"
    " TINI_SUBREAPER TINI_KILL_PROCESS_GROUP TINI_VERBOSITY",
    "dumb-init": "-c --single-child -r --rewrite -v --verbose -h --help -V --version"
    " DUMB_INIT_SETSID DUMB_INIT_DEBUG",
    "catatonit": "-g -h -L -P -V --version",
}
each = pytest.mark.parametrize("name", CASES)


def rows(name: str) -> list[list[str]]:
    section = TEXT.partition(f"\n## {SECTIONS[name]}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@each
def test_every_flag_and_variable_has_a_row(name: str) -> None:
    """Those of its help."""
    named = set(re.findall(r"`(-{1,2}[\w-]+|[A-Z_]{4,})", " ".join(row[0] for row in rows(name))))
    assert set(KNOWN[name].split()) <= named


@each
def test_every_row_is_held_by_tests(name: str) -> None:
    """By the cases that compare it with the original, if it says so, or by others."""
    cases = {case.says for case in CASES[name]}
    told = {first: compared for first, _, compared in rows(name)}
    assert told.keys() == ROWS[name].keys()
    for first, tests in ROWS[name].items():
        compared = [test for test in tests if not test.startswith("test_")]
        assert tests
        assert set(compared) <= cases, first
        assert all(_is_a_test(test) for test in tests if test not in compared), first
        assert told[first] == ("yes" if compared else "no, initd alone"), first


def test_what_is_said_of_all_three_is_held_by_cases_of_all_three() -> None:
    """Below the tables; and by the tests of what differs."""
    for case in OF_ALL:
        assert all(case in {each.says for each in cases} for cases in CASES.values()), case
    assert all(map(_is_a_test, OF_DIFFERENCES))


def test_what_differs_side_by_side_is_told() -> None:
    """Each difference that the comparison lets pass has its row, with a reason."""
    told = TEXT.partition("\n## What differs, and why\n")[2]
    for difference in DIFFERENCES:
        assert f"| {difference.row}" in told, difference


def _is_a_test(name: str) -> bool:
    return any(f"def {name}(" in path.read_text() for path in TESTS.rglob("test_*.py"))


@each
def test_the_examples_are_command_lines_that_work(name: str) -> None:
    """The entrypoint and the command of the Dockerfile."""
    blocks = re.findall(r"^```dockerfile\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    [block] = [block for block in blocks if f"--as {name} " in block]
    said = {line.partition(" ")[0]: line.partition(" ")[2] for line in block.splitlines()}
    entrypoint: list[str] = json.loads(said["ENTRYPOINT"])
    command: list[str] = json.loads(said["CMD"])
    translation = translate(entrypoint[0], [*entrypoint[1:], *command], {}, 1)
    assert isinstance(translation, Translation)
    assert list(translation.command) == command
