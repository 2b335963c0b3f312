"""tini, dumb-init and catatonit, and initd under their names: the same is to be seen."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cases import CASES
from .conftest import peer
from .differences import DIFFERENCES, unexplained
from .side import Case, Facts, Play, Tools

EACH = [(name, case) for name, cases in CASES.items() for case in cases]
_needed: set[int] = set()
_run: set[tuple[str, str]] = set()


def _id(value: object) -> str | None:
    return value.says if isinstance(value, Case) else None


@pytest.mark.parametrize(("name", "case"), EACH, ids=_id)
def test_side_by_side(name: str, case: Case, tools: Tools, links: Path) -> None:
    """What differs is in the table of differences."""
    ours = Play(case, links / name, tools).run()
    _leave_wording_out(ours, _wording(name, str(links / name), tools))
    for theirs in _of_the_real_one(name, case, tools):
        lines, needed = unexplained(name, case, theirs, ours)
        if not lines:
            break
    _needed.update(needed)
    _run.add((name, case.says))
    assert not lines, f"{name} {' '.join(case.words)}: {case.says}\n" + "\n".join(lines)


#: The real ones have races of their own, a few in a thousand plays: dumb-init looks at the
#: signals that are pending one by one, and the kernel drops TSTP for CONT.
PLAYS = 3


def _of_the_real_one(name: str, case: Case, tools: Tools) -> Iterator[Facts]:
    """What it does; of several plays each that is asked for."""
    for _ in range(PLAYS):
        facts = Play(case, peer(name), tools).run()
        if "waited in vain" not in facts:
            break
    _holds(name, case, facts)
    _leave_wording_out(facts, _wording(name, peer(name), tools))
    yield facts
    for _ in range(PLAYS - 1):
        facts = Play(case, peer(name), tools).run()
        _leave_wording_out(facts, _wording(name, peer(name), tools))
        yield facts


def _holds(name: str, case: Case, facts: Facts) -> None:
    """The row says what the real one does, which it must be seen to do."""
    assert "waited in vain" not in facts, f"{name}: {facts}"
    assert case.ends in ("", facts["end"]), f"{name}: {facts}"
    for fact, value in case.shows.items():
        assert facts.get(fact) == value, f"{name}: {fact}: {facts}"


#: The flags that print a text of the program's author, which is not ours to repeat.
TEXTS = {"tini": ("-h", "-l"), "dumb-init": ("-h",), "catatonit": ("-h", "-L")}


@functools.cache
def _wording(name: str, program: str, tools: Tools) -> dict[str, str]:
    """What it answers to each of these, by the flag."""
    told = {}
    for flag in TEXTS[name]:
        facts = Play(Case(flag, [flag]), program, tools).run()
        told[flag] = facts["stdout"] + facts["stderr"]
    return told


def _leave_wording_out(facts: Facts, texts: dict[str, str]) -> None:
    """Where and when such a text is printed is compared, and what else is; not its words."""
    for stream in ("stdout", "stderr"):
        for flag, text in texts.items():
            facts[stream] = facts[stream].replace(text, f"(what {flag} says)")


@pytest.mark.parametrize("name", CASES)
def test_help_has_each_flag_and_variable(name: str, tools: Tools, links: Path) -> None:
    """In words of its own, behind the same first lines."""
    theirs = _wording(name, peer(name), tools)["-h"]
    ours = _wording(name, str(links / name), tools)["-h"]
    assert set(MENTIONED.findall(theirs)) <= set(MENTIONED.findall(ours))
    assert ours.split("\n")[0] == theirs.split("\n")[0]


#: -x, --long and VARIABLE.
MENTIONED = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*|[A-Z]+(?:_[A-Z]+)+")


def test_each_difference_is_still_there() -> None:
    """A row of the table that nothing needs any more is an excuse for the next mistake."""
    if len(_run) < len(EACH):
        return  # only some were asked for
    unneeded = [row.why for number, row in enumerate(DIFFERENCES) if number not in _needed]
    assert not unneeded


def test_there_are_enough() -> None:
    """Sixty cases each, at the least."""
    assert all(len(cases) >= 60 for cases in CASES.values())


@pytest.mark.parametrize("name", CASES)
def test_the_real_one_is_like_itself(name: str, tools: Tools) -> None:
    """Twice the same: what is compared is decided by the init, and by no race."""
    for case in CASES[name]:
        first, *others = (Play(case, peer(name), tools).run() for _ in range(2))
        while first not in others and len(others) < PLAYS:
            others.append(Play(case, peer(name), tools).run())
        assert first in others or others[0] in others[1:], (case.says, first, others)


def test_the_real_ones_are_unlike_one_another(tools: Tools) -> None:
    """The comparison sees what tells tini from dumb-init and both from catatonit."""
    [case] = [case for case in CASES["tini"] if case.says.startswith("who gets TERM")]
    shown = {name: Play(case, peer(name), tools).run() for name in CASES}
    assert shown["tini"]["worker got"] == ""
    assert shown["dumb-init"]["worker got"] == "TERM"
    assert shown["tini"]["app session"] == "init"
    assert shown["dumb-init"]["app session"] == "app"
    assert shown["tini"]["app blocked"] == ""
    assert shown["catatonit"]["app blocked"] == "TSTP TTIN TTOU"
