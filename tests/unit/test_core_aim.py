"""Who gets a signal: decided on a tree, masks and a profile."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals.aim import Aim, Process, aim, run_by, takes
from initd.core.signals.found import found_profile, is_wrapper
from initd.core.signals.numbers import HUP, INT, KILL, QUIT, TERM
from initd.core.signals.wrappers import WRAPPERS, called, is_shell, name_of, wrapper_of

APP, USR1 = 3, 10


def _mask(*numbers: int) -> int:
    return sum(1 << (number - 1) for number in numbers)


def _process(
    pid: int,
    parent: int,
    words: str,
    catches: Sequence[int] = (),
    group: int = APP,
    dead: bool = False,
) -> Process:
    return Process(pid, parent, group, 7, tuple(words.split("|")), _mask(*catches), dead=dead)


def _sh(pid: int = APP, parent: int = 2, catches: Sequence[int] = (INT,)) -> Process:
    """dash and bash catch INT while they wait."""
    return _process(pid, parent, "/bin/sh|-c|x", catches)


def _server(pid: int, parent: int, words: str = "server") -> Process:
    return _process(pid, parent, words, (TERM, INT, QUIT, HUP, USR1))


def _pids(found: Aim) -> list[int]:
    return [each.pid for each in found.at]


def _at(tree: Sequence[Process], number: int = TERM, target: str = "process") -> list[int]:
    return _pids(aim(tree, APP, number, target))


# ---- the rule -------------------------------------------------------------------------------


def test_a_program_that_catches_the_signal_gets_it_whatever_it_has_below() -> None:
    """A master with workers."""
    found = aim([_server(APP, 2), _server(4, APP), _server(5, APP)], APP, TERM)
    assert (_pids(found), found.whole) == ([APP], True)


def test_a_shell_without_a_trap_is_passed_over() -> None:
    """Also a second one, and a third."""
    assert _at([_sh(), _server(4, APP)]) == [4]
    assert _at([_sh(), _sh(4, APP), _sh(5, 4), _server(6, 5)]) == [6]


def test_a_shell_with_a_trap_gets_it() -> None:
    """Alone: it knows what is to be done."""
    assert _at([_sh(catches=(TERM, INT)), _server(4, APP)]) == [APP]
    assert _at([_sh(), _sh(4, APP, (TERM,)), _server(5, 4)]) == [4]


def test_each_branch_has_its_own_first() -> None:
    """a & b & wait; what does not catch it in `a | tee log` is left alone, or it would take a's
    log away while that drains."""
    assert _at([_sh(), _server(4, APP), _server(5, APP)]) == [4, 5]
    assert _at([_sh(), _server(4, APP), _process(5, APP, "tee|log")]) == [4]


def test_where_nothing_catches_it_the_app_gets_it_for_the_default_action() -> None:
    """sh -c 'sleep 1000; more': killing the sleep would let the script go on."""
    found = aim([_sh(), _process(4, APP, "sleep|1000")], APP, TERM)
    assert (_pids(found), found.whole, found.why) == ([APP], True, "nothing below catches it")


def test_without_a_tree_the_app_gets_it() -> None:
    """No /proc, or the app has just ended."""
    assert aim([], APP, TERM).whole
    assert aim([_process(APP, 2, "x", dead=True)], APP, TERM).whole


def test_what_blocks_a_signal_waits_for_it_unless_it_ignores_it() -> None:
    """signalfd, sigwait."""
    waits = Process(4, APP, APP, 7, ("x",), 0, 0, _mask(TERM))
    assert takes(waits, TERM)
    assert not takes(Process(4, APP, APP, 7, ("x",), 0, _mask(TERM), _mask(TERM)), TERM)
    assert _at([_sh(), waits]) == [4]


def test_a_script_that_ignores_the_signal_does_not_keep_it_from_its_program() -> None:
    """mysqld_safe."""
    script = Process(APP, 2, APP, 7, ("/bin/sh", "/usr/bin/mysqld_safe"), _mask(INT), _mask(TERM))
    assert _at([script, _server(4, APP, "mariadbd")]) == [4]
    assert _at([script, _server(4, APP, "mariadbd")], target="group") == [4]


def test_each_worker_of_resques_task_gets_it_and_not_the_task() -> None:
    """Ruby itself catches QUIT, so the task looks as if it wanted it."""
    task = _server(APP, 2, "ruby|/usr/bin/rake|resque:workers|COUNT=2")
    workers = [_server(4, APP, "resque-2.6.0: Waiting for *"), _server(5, APP, "rake|resque:work")]
    job = _server(6, 4, "resque-2.6.0: Processing high since 1764381600")
    assert _pids(aim([task, *workers, job], APP, QUIT, is_wrapper=is_wrapper)) == [4, 5]


def test_int_says_nothing_of_a_shells_traps() -> None:
    """dash and bash catch it while they wait; TERM, or the text of -c, says more."""
    assert _at([_sh(), _server(4, APP)], INT) == [4]
    assert _at([_sh(catches=(INT, TERM)), _server(4, APP)], INT) == [APP]
    traps = _process(APP, 2, "sh|-c|trap 'kill $p' INT; server & p=$!; wait", (INT,))
    assert _at([traps, _server(4, APP)], INT) == [APP]


def test_kill_is_for_the_app_itself() -> None:
    """Nothing catches it, and what is below goes with the rest of the plan."""
    assert aim([_sh(), _server(4, APP)], APP, KILL).whole


# ---- wrappers -------------------------------------------------------------------------------

NPM = _process(APP, 2, "npm start", (TERM, INT))


def test_a_wrapper_that_catches_the_signal_is_passed_over() -> None:
    """npm, and the shell that it starts."""
    assert _at([NPM, _sh(4, APP), _server(5, 4)]) == [5]


def test_what_a_wrapper_runs_gets_it_even_for_the_default_action() -> None:
    """go-task would drop it, and the program would never end."""
    task = _process(APP, 2, "task|run", (TERM, INT))
    found = aim([task, _sh(4, APP), _process(5, 4, "sleep|9")], APP, TERM)
    assert (_pids(found), found.why) == ([5], "what is run, behind task, sh")


def test_a_wrapper_with_nothing_below_is_a_program_like_any_other() -> None:
    """It has yet to start its own, or it is another program with this name."""
    assert _at([_process(APP, 2, "just|serve", (TERM,))]) == [APP]


def test_one_that_ends_all_when_one_ends_is_passed_over_for_one_only() -> None:
    """honcho: with two programs, the second would get TERM twice."""
    honcho = _process(APP, 2, "python3|/usr/bin/honcho|start", (TERM, INT))
    assert _at([honcho, _server(4, APP)]) == [4]
    assert _at([honcho, _server(4, APP), _server(5, APP)]) == [APP]


def test_a_wrapper_of_the_table_of_profiles_is_passed_over() -> None:
    """What is known there as one that stays in front."""
    timeout = _process(APP, 2, "timeout|100|server", (TERM,))
    assert _pids(aim([timeout, _server(4, APP)], APP, TERM, is_wrapper=is_wrapper)) == [4]
    assert not is_wrapper(["nginx", "-g", "daemon off;"])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["npm start               "], "npm"),
        (["npm exec"], "npm"),
        (["node", "/usr/bin/pnpm", "start"], "pnpm"),
        (["node", "/usr/lib/node_modules/npm/bin/npm-cli.js", "start"], "npm"),
        (["node", "--no-warnings", "/app/node_modules/.bin/yarn.js", "start"], "yarn"),
        (["/opt/venv/bin/python3", "/opt/venv/bin/pdm", "run", "x"], "pdm"),
        (["/usr/bin/python3.11", "-m", "poe", "run"], "poe"),
        (["/usr/bin/uv", "-q", "run", "x"], "uv"),
    ],
)
def test_wrappers_are_recognised_as_they_run(words: list[str], name: str) -> None:
    """By the title that they give themselves, or behind their interpreter."""
    wrapper = wrapper_of(words)
    assert wrapper is not None
    assert wrapper.name == name_of(words) == name


@pytest.mark.parametrize(
    "words", [["uv", "pip", "install"], ["pdm", "build"], ["node", "server.js"], [], [""]]
)
def test_other_programs_are_not_wrappers(words: list[str]) -> None:
    """Nor is every use of a tool."""
    assert wrapper_of(words) is None


def test_names_are_those_that_people_know() -> None:
    """For the log."""
    assert name_of(["/bin/sh", "/app/entrypoint.sh", "x"]) == "entrypoint.sh"
    assert name_of(["bash", "-ec", "server"]) == "bash"
    assert name_of(["nginx: master process nginx -g daemon off;"]) == "nginx"
    assert name_of(["node", "-e", "code"]) == "node"
    assert name_of([]) == "?"
    assert called(["python3", "-W", "error", "-m", "gunicorn", "a:b"]) == ("gunicorn", "a:b")
    assert is_shell(["busybox", "sh", "x"])
    assert not is_shell(["busybox", "httpd"])
    assert all(wrapper.name == name for name, wrapper in WRAPPERS.items())


# ---- a profile's program ---------------------------------------------------------------------


def _is_nginx(words: Sequence[str]) -> bool:
    return words[0].startswith("nginx: master")


def test_the_program_of_the_profile_is_found_behind_whatever_is_there() -> None:
    """Even where what is in front would catch the signal."""
    front = _process(APP, 2, "start-it|now", (TERM, QUIT))
    master = _server(4, APP, "nginx: master process nginx")
    worker = _server(5, 4, "nginx: worker process")
    found = aim([front, master, worker], APP, QUIT, is_program=_is_nginx)
    assert (_pids(found), found.why) == ([4], "the program that the profile is of, behind start-it")


def test_where_the_program_is_not_there_the_catchers_are() -> None:
    """It has not started yet, or it goes by another name."""
    found = aim([_sh(), _server(4, APP)], APP, TERM, is_program=lambda words: False)
    assert _pids(found) == [4]


def test_of_a_program_within_itself_the_topmost_counts() -> None:
    """Its workers have its command line, too; each branch has its own."""
    tree = [
        _sh(),
        _server(4, APP, "gunicorn"),
        _server(5, 4, "gunicorn"),
        _server(6, APP, "gunicorn"),
    ]
    assert _pids(aim(tree, APP, TERM, is_program=lambda words: words[0] == "gunicorn")) == [4, 6]


def test_the_programs_that_a_script_or_a_wrapper_runs() -> None:
    """For which a profile can be found: not below a program, nor below a trap."""
    master = _server(4, APP, "nginx: master process nginx")
    assert [each.pid for each in run_by([_sh(), master, _server(5, 4)], APP)] == [4]
    assert run_by([_sh(catches=(TERM,)), master], APP) == []
    assert [each.pid for each in run_by([_server(APP, 2), master], APP)] == [APP]
    assert run_by([], APP) == []


def test_a_profile_is_found_by_what_runs() -> None:
    """With the environment that it has, which the conditions are about."""
    resque = Process(
        4, APP, APP, 7, ("resque-2.6.0: Waiting for x",), _mask(TERM, QUIT), environ=("A=b",)
    )
    found = found_profile([_sh(), resque], APP, ())
    assert found is not None
    assert (found.name, found.stop) == ("resque", "QUIT")
    assert found_profile([_sh(), _server(4, APP)], APP, ()) is None
    own = ({"name": "ours", "match": ["server"], "stop": "INT"},)
    found = found_profile([_sh(), _server(4, APP)], APP, own)
    assert found is not None
    assert found.name == "ours"


def test_of_several_programs_the_profile_holds_only_where_they_agree_on_the_signal() -> None:
    """nginx and php-fpm both want QUIT; postgres wants INT."""
    nginx = _server(4, APP, "nginx: master process nginx")
    fpm = _server(5, APP, "php-fpm: master process (/etc/php-fpm.conf)")
    found = found_profile([_sh(), nginx, fpm], APP, ())
    assert found is not None
    assert found.stop == "QUIT"
    assert _at([_sh(), nginx, fpm], QUIT) == [4, 5]
    assert found_profile([_sh(), nginx, _server(6, APP, "postgres")], APP, ()) is None


# ---- groups, and all --------------------------------------------------------------------------


def test_a_group_without_anything_in_front_is_signalled_as_one() -> None:
    """The kernel misses nobody who is being forked."""
    found = aim([_server(APP, 2), _server(4, APP)], APP, TERM, "group")
    assert (found.whole, sorted(_pids(found))) == (True, [APP, 4])


def test_what_is_passed_over_is_left_out_of_a_group_and_of_all() -> None:
    """npm would pass it on a second time, and the shell die of it."""
    stranger = _process(9, 1, "x", (), group=9)
    tree = [NPM, _sh(4, APP), _server(5, 4), _process(6, 5, "worker"), stranger]
    group = aim(tree, APP, TERM, "group")
    assert (group.whole, _pids(group)) == (False, [5, 6])
    assert group.why == "the app's group without npm, sh"
    assert _pids(aim(tree, APP, TERM, "all")) == [5, 6, 9]


def test_a_shell_that_nobody_below_wants_the_signal_of_stays_in_its_group() -> None:
    """As ever."""
    found = aim([_sh(), _process(4, APP, "sleep|9")], APP, TERM, "group")
    assert (found.whole, sorted(_pids(found))) == (True, [APP, 4])


# ---- whatever the tree -----------------------------------------------------------------------

_WORDS = ["server", "sh|-c|x", "npm start", "sleep|9", "task|x", "bash|/run.sh", "honcho|start"]
_masks = st.sampled_from([0, _mask(INT), _mask(TERM), _mask(TERM, INT), 2**64 - 1])


@st.composite
def _trees(draw: st.DrawFn) -> list[Process]:
    """The app, and what is below it; each process's parent is an older one."""
    count = draw(st.integers(1, 12))
    return [
        Process(
            APP + at,
            draw(st.integers(APP, APP + at - 1)) if at else 2,
            draw(st.sampled_from([APP, APP + at])) if at else APP,
            7,
            tuple(draw(st.sampled_from(_WORDS)).split("|")),
            draw(_masks),
            draw(_masks),
            draw(_masks),
        )
        for at in range(count)
    ]


@given(
    _trees(),
    st.sampled_from([TERM, INT, QUIT, HUP, KILL]),
    st.sampled_from(["process", "group", "all"]),
)
def test_somebody_always_gets_it_and_nobody_above_another(
    tree: list[Process], number: int, target: str
) -> None:
    """Once each; and none of those that are passed over."""
    found = aim(tree, APP, number, target)
    at = _pids(found)
    assert at or found.whole
    assert len(at) == len(set(at))
    assert not set(at).intersection(each.pid for each in found.past)
    if target == "process":
        parents = {each.pid: each.parent for each in tree}
        for pid in at:
            above = parents[pid]
            while above in parents:
                assert above not in at, "a process above it passes it on, or does not want it"
                above = parents[above]


@given(_trees(), st.sampled_from([TERM, QUIT, HUP]))
def test_what_gets_it_catches_it_unless_nothing_does(tree: list[Process], number: int) -> None:
    """Or it is what a wrapper runs."""
    found = aim(tree, APP, number)
    by_pid = {each.pid: each for each in tree}
    if found.why.startswith("the first"):
        assert all(takes(by_pid[pid], number) for pid in _pids(found))
    if found.why.startswith("nothing below"):
        assert _pids(found) == [APP]


@given(_trees(), st.sampled_from([TERM, INT]))
def test_a_circle_of_parents_ends(tree: list[Process], number: int) -> None:
    """A tree that changes while it is read may have one."""
    first = tree[0]
    bent = [
        Process(first.pid, tree[-1].pid, APP, 7, first.words, first.catches, 0, 0),
        *tree[1:],
    ]
    aim(bent, APP, number, "process", lambda words: False)
