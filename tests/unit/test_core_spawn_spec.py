"""The shim's command line, as shim/ppidshim.c reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.start.spawn_spec import Limit, SpawnSpec, User, shim_argv

numbers = st.integers(0, 2**32 - 2)
amounts = st.integers(0, 2**64 - 1)
words = st.lists(st.text(min_size=1), min_size=1, max_size=3).map(tuple)
users = st.builds(User, numbers, numbers, st.lists(numbers, max_size=3).map(tuple))
limits = st.lists(st.builds(Limit, st.integers(0, 15), amounts, amounts), max_size=3).map(tuple)
specs = st.builds(
    SpawnSpec,
    argv=words,
    environ=st.just({}),
    user=st.none() | users,
    directory=st.none() | st.text(min_size=1),
    umask=st.none() | st.integers(0, 0o777),
    limits=limits,
    session=st.booleans(),
    terminal=st.booleans(),
    death_signal=st.integers(0, 64),
    nice=st.none() | st.integers(-20, 19),
    oom_score_adj=st.none() | st.integers(-1000, 1000),
    capabilities_dropped=amounts,
    no_new_privs=st.booleans(),
)


def _read_as_the_shim_does(argv: list[str], init_pid: int) -> SpawnSpec:
    """Options up to `--`, each with one value but for -s, -t and -N."""
    said: dict[str, list[str]] = {}
    at = 1
    while argv[at] != "--":
        if argv[at] in ("-s", "-t", "-N"):
            said[argv[at]] = []
            at += 1
        else:
            said.setdefault(argv[at], []).append(argv[at + 1])
            at += 2
    assert set(said) <= set("-i -d -n -s -t -l -p -o -c -N -u -g -G -w -m".split())
    assert said["-i"] == [str(init_pid)]
    user = None
    if "-u" in said:
        groups = tuple(int(group) for group in said["-G"][0].split(",") if group)
        user = User(int(said["-u"][0]), int(said["-g"][0]), groups)
    return SpawnSpec(
        argv=tuple(argv[at + 1 :]),
        environ={},
        user=user,
        directory=said["-w"][0] if "-w" in said else None,
        umask=int(said["-m"][0], 8) if "-m" in said else None,
        limits=tuple(_limit(each) for each in said.get("-l", ())),
        session="-s" in said,
        terminal="-t" in said,
        death_signal=int(said["-d"][0]),
        nice=int(said["-p"][0]) - 20 if "-p" in said else None,
        oom_score_adj=int(said["-o"][0]) if "-o" in said else None,
        capabilities_dropped=int(said["-c"][0]) if "-c" in said else 0,
        no_new_privs="-N" in said,
    )


def _limit(text: str) -> Limit:
    resource, soft, hard = map(int, text.split(":"))
    return Limit(resource, soft, hard)


@given(specs, st.integers(1, 2**22))
def test_the_shim_is_told_everything_and_reads_it_back(spec: SpawnSpec, init_pid: int) -> None:
    """Numbers only, each under its own letter, the command behind `--` untouched."""
    assert _read_as_the_shim_does(shim_argv(spec, init_pid), init_pid) == spec


def test_a_bare_command_is_told_with_the_least() -> None:
    """Init's pid, and what the app gets when init has been killed."""
    argv = shim_argv(SpawnSpec(argv=("app", "--", "-s"), environ={}), 7)
    assert argv == ["ppidshim", "-i", "7", "-d", "9", "--", "app", "--", "-s"]


def test_a_pid_is_asked_for_only_where_one_is_wanted() -> None:
    """clone3 with set_tid needs a capability."""
    spec = SpawnSpec(argv=("app",), environ={})
    assert "-n" not in shim_argv(spec, 1)
    argv = shim_argv(spec, 1, 3)
    assert argv[argv.index("-n") + 1] == "3"


@pytest.mark.parametrize(
    ("left", "asked", "told"),
    [
        (None, None, None),
        (None, "sub", "sub"),
        ("/srv", None, "/srv"),
        ("/srv", "sub", "/srv/sub"),
        ("/srv", "/opt", "/opt"),
    ],
)
def test_the_app_starts_where_init_was(
    left: str | None, asked: str | None, told: str | None
) -> None:
    """As dumb-init, init has gone to / since."""
    argv = shim_argv(SpawnSpec(argv=("app",), environ={}, directory=asked), 7, 0, left)
    assert (argv[argv.index("-w") + 1] if "-w" in argv else None) == told


@pytest.mark.parametrize("number", [3, 4, 77])
def test_where_it_reports_is_said_first(number: int) -> None:
    """The launcher puts it there in a start plan; on 3, nothing is said."""
    argv = shim_argv(SpawnSpec(argv=("app",), environ={}), 1, report=number)
    assert (argv[1:3] == ["-f", str(number)]) == (number != 3)
    assert argv.count("-f") == int(number != 3)
