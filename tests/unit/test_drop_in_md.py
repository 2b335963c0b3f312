"""docs/drop-in.md: every flag and variable of each peer, and tests that there are."""

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
def test_every_row_names_tests_that_there_are(name: str) -> None:
    """A case of the side by side, in quotes, or another test."""
    cases = {case.says for case in CASES[name]}
    for _, _, shown in rows(name):
        quoted = re.findall(r'"([^"]+)"', shown)
        others = re.findall(r"`(test_\w+)`", shown)
        assert quoted or others, shown
        assert set(quoted) <= cases
        assert all(_is_a_test(other) for other in others)


def test_what_is_said_of_all_three_names_cases_of_all_three() -> None:
    """Behind the tables; and the tests of what differs."""
    common = TEXT.partition("All three hand on")[2].partition("\n## ")[0]
    for quoted in re.findall(r'"([^"]+)"', " ".join(common.split())):
        assert all(quoted in {case.says for case in cases} for cases in CASES.values()), quoted
    assert all(_is_a_test(name) for name in re.findall(r"`(test_\w+)`", TEXT))


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
