"""The start plan's file: what goes in comes out, and what can't be planned says why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.config.command_line import read
from initd.config.resolve import resolve
from initd.core import start_plan
from initd.core.settings import Settings
from initd.core.start_plan import (
    AppName,
    Asleep,
    StartPlan,
    decoded,
    encoded,
    given_by,
    planned_argv,
    sealed,
    unsealed,
    why_not,
)

HEADER = (Path(__file__).parents[2] / "shim" / "start_plan.h").read_text()

texts = st.binary(max_size=20).filter(lambda text: b"\0" not in text)
names = texts.map(lambda text: b"N" + text.replace(b"=", b""))
words = st.lists(texts, min_size=1, max_size=4).map(tuple)
plans = st.builds(
    StartPlan,
    words=words,
    variables=st.dictionaries(names, st.none() | texts, max_size=3),
    files=st.dictionaries(names, st.none() | st.binary(max_size=40), max_size=3),
    additions=st.dictionaries(names, texts, max_size=3),
    shim=names,
    argv=words.map(lambda argv: (b"ppidshim", b"-t", b"--", *argv, b"-t")),
    hosts=st.just(b"") | names,
    name=st.none() | st.builds(AppName, pattern=names, library=names, listed=names),
    asleep=st.none() | st.builds(Asleep, orders=texts, known=texts, lines=texts, awake_if=texts),
)


def _settings(*argv: str) -> Settings:
    return resolve(read(argv, {}), {}, "abc", "/library")


@given(st.lists(plans, max_size=3))
def test_what_is_written_is_read_again(several: list[StartPlan]) -> None:
    """Whatever bytes words, variables and files have."""
    assert decoded(encoded(several, "1.2"), "1.2") == several


@given(st.lists(plans, min_size=1, max_size=2), st.data())
def test_every_part_of_a_file_is_read_without_a_mishap(
    several: list[StartPlan], data: st.DataObject
) -> None:
    """Cut off, it has the plans that were whole; it is never taken for more."""
    whole = encoded(several, "1")
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    found = decoded(cut, "1")
    assert found == several[: len(found)]
    assert len(found) < len(several)


@given(st.lists(plans, max_size=2))
def test_no_bit_of_a_sealed_file_flips_unnoticed(several: list[StartPlan]) -> None:
    """Not one, wherever it is: what the launcher would start by it, nobody knows."""
    whole = sealed(encoded(several, "1"))
    assert unsealed(whole) == encoded(several, "1")
    as_number = int.from_bytes(whole, "little")
    for bit in range(8 * len(whole)):
        flipped = (as_number ^ 1 << bit).to_bytes(len(whole), "little")
        assert unsealed(flipped) == b"", bit


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    """A file of somebody else's is replaced, not read."""
    assert decoded(noise, "1") == []


def test_a_file_of_another_version_has_no_plan() -> None:
    """Words of a shim that was may mean something else to the shim that is."""
    plan = StartPlan(
        words=(b"initd",),
        variables={},
        files={},
        additions={},
        shim=b"/shim",
        argv=(b"ppidshim", b"--", b"app"),
    )
    assert decoded(encoded([plan], "1"), "2") == []


def test_a_plan_that_the_launcher_has_no_room_for_is_refused() -> None:
    """With what is too much, and how much would do."""
    plan = StartPlan(
        words=(b"initd",),
        variables={},
        files={b"/f": b"x" * 200_000},
        additions={},
        shim=b"/shim",
        argv=(b"s", b"--", b"a"),
    )
    with pytest.raises(ValueError, match=r"2\d{5} bytes, at most 131064 are allowed"):
        encoded([plan], "1")
    plan = StartPlan(
        words=(b"initd",),
        variables={},
        files={},
        additions={},
        shim=b"/shim",
        argv=(b"s", b"--", *[b"a"] * 1000),
    )
    with pytest.raises(ValueError, match="too many words: at most 1000"):
        encoded([plan], "1")
    many = {b"N%d" % at: b"" for at in range(501)}
    plan = StartPlan(
        words=(b"initd",),
        variables={},
        files={},
        additions=many,
        shim=b"/shim",
        argv=(b"s", b"--", b"a"),
    )
    with pytest.raises(ValueError, match="too many variables are set: at most 500"):
        encoded([plan], "1")


def test_plans_of_the_same_words_and_own_variables_are_for_the_same() -> None:
    """The later one replaces the earlier, whatever has become of the files."""

    def plan(role: bytes, port: bytes, file: bytes) -> StartPlan:
        variables = {b"INITD_ROLE": role, b"PORT": port}
        return StartPlan(
            words=(b"initd",),
            variables=variables,
            files={b"/f": file},
            additions={},
            shim=b"/shim",
            argv=(b"s", b"--"),
        )

    assert plan(b"web", b"80", b"a").is_for_the_same(plan(b"web", b"81", b"b"))
    assert not plan(b"web", b"80", b"a").is_for_the_same(plan(b"worker", b"80", b"a"))


def test_the_terminal_is_asked_for_where_the_app_starts() -> None:
    """`-t` of the shim is a word of its own kind; one of the app's is a word like others."""
    argv = tuple(word.encode() for word in planned_argv(_settings("app", "-t").spawn_spec(True)))
    data = encoded(
        [
            StartPlan(
                words=(b"initd",), variables={}, files={}, additions={}, shim=b"/shim", argv=argv
            )
        ],
        "1",
    )
    assert data.count(b"T\x02\0\0\0-t\0") == 1
    assert data.count(b"A\x02\0\0\0-t\0") == 1


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["--http", "127.0.0.1:80", "app"], "--http opens its socket before the app starts"),
        (["--notify", "app"], "a socket that init makes before the app starts"),
        (["--hostname", "a.b", "--socket", "/s", "app"], "init looks for others before it shows"),
    ],
    ids=lambda each: str(each),
)
def test_what_only_the_container_knows_can_not_be_planned(argv: list[str], why: str) -> None:
    """A sentence for people."""
    assert why in (why_not(_settings(*argv)) or "")


@pytest.mark.parametrize(
    "argv",
    [
        ["app"],
        ["--user", "0:0", "--nice", "3", "--limit", "core=0", "--chdir", "/", "app"],
        ["--check", "up tcp 127.0.0.1:80", "--statsd", "127.0.0.1:8125", "app"],
        ["--hostname", "a.example.org", "app"],
        ["--domain", "example.org", "app"],
    ],
    ids=" ".join,
)
def test_all_else_can(argv: list[str]) -> None:
    """Checks and StatsD too: nothing of theirs is to be there before the app is."""
    assert why_not(_settings(*argv)) is None


@pytest.mark.parametrize(
    ("pattern", "name"), [(b".example.org", "web1.example.org"), (b"shop.example.org",) * 2]
)
def test_the_app_gets_the_variables_of_its_name(pattern: bytes, name: str | bytes) -> None:
    """In what the container was given, with what the plan adds by then."""
    name = name if isinstance(name, bytes) else name.encode()
    plan = StartPlan(
        words=(b"initd",),
        variables={},
        files={},
        additions={b"LD_PRELOAD": b"/jemalloc.so"},
        shim=b"/shim",
        argv=(b"s", b"--", b"a"),
        name=AppName(pattern=pattern, library=b"/library", listed=b"/etc/hosts"),
    )
    assert given_by(plan, {b"A": b"1", b"HOSTNAME": b"web1"}, "web1") == {
        b"A": b"1",
        b"HOSTNAME": name,
        b"INITD_HOSTNAME": name,
        b"LD_PRELOAD": b"/library:/jemalloc.so",
    }


# ---- what stands twice ----------------------------------------------------------------------


def test_the_letters_of_the_records_are_the_launchers() -> None:
    """initd/core/start_plan.py and shim/start_plan.h."""
    in_c = dict(re.findall(r"\bPLAN_([A-Z_]+) = '(\w)'", HEADER))
    in_python = {
        name: chr(value)
        for name, value in vars(start_plan).items()
        if name.isupper() and isinstance(value, int) and name in in_c
    }
    assert len(in_python) == 21
    assert in_python == in_c
    when = dict(re.findall(r"\b(AWAKE_\w+) = '(\w)'", HEADER))
    assert when == {name: getattr(start_plan, name).decode() for name in when}
    assert len(when) == 3
