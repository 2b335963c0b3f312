"""The command lines and variables of tini, dumb-init and catatonit, in initd's terms.

That the real ones do so too is shown by tests/process/drop_in.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.drop_in import PEERS, translate
from initd.core.drop_in.strsignal import strsignal
from initd.core.drop_in.translation import ERR, OUT, ImmediateExit, Translation
from initd.core.start.stage import Stage

if TYPE_CHECKING:
    from initd.core.emulation import MessageStyle, PeerMessages

PID = 7
EXEC = Stage.EXEC


def _translated(line: str, **environ: str) -> ImmediateExit | Translation:
    called, *words = line.split()
    return translate(called, words, environ, PID)


def translation(line: str, **environ: str) -> Translation:
    found = _translated(line, **environ)
    assert isinstance(found, Translation), found
    return found


def answer(line: str, **environ: str) -> ImmediateExit:
    found = _translated(line, **environ)
    assert isinstance(found, ImmediateExit), found
    return found


def style(found: Translation) -> MessageStyle:
    assert found.emulation.message_style is not None
    return found.emulation.message_style


def messages(found: Translation) -> PeerMessages:
    return style(found).new_messages()


def said(
    words: PeerMessages, event: str, level: str = "info", **facts: Any
) -> list[tuple[int, str]]:
    lines = words.lines(level, event, facts)
    assert lines is not None
    return lines


# ---- tini -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("tini app", {}),
        ("tini -g app", {"target": ("group",)}),
        ("tini -w app", {"warn_reaped": ("",)}),
        ("tini -e 3 -e143 app", {"clean_code": ("3", "143")}),
        ("tini -p SIGTERM app", {"parent_death": ("TERM",)}),
        ("tini -p SIGKILL app -g", {"target": ("group",), "parent_death": ("KILL",)}),
        ("tini app -- -g", {}),
    ],
)
def test_tinis_flags(line: str, options: dict[str, tuple[str, ...]]) -> None:
    """Behind the program too, until `--`."""
    assert translation(line).options == options


def test_tinis_words_after_a_double_dash_are_the_programs() -> None:
    """As the README advises."""
    assert translation("tini -- sh -c true").command == ("sh", "-c", "true")
    assert translation("tini sh -- -c true").command == ("sh", "-c", "true")


def test_tini_permutes_unless_posix_forbids_it() -> None:
    """POSIXLY_CORRECT is getopt(3)'s."""
    assert answer("tini sh -c true").text.startswith("tini: invalid option -- 'c'\ntini (")
    assert translation("tini sh -c true", POSIXLY_CORRECT="1").command == ("sh", "-c", "true")


def test_tinis_variables_mean_the_flags() -> None:
    """Two of them whatever their values."""
    found = translation("tini app", TINI_SUBREAPER="", TINI_KILL_PROCESS_GROUP="")
    assert found.emulation.subreaper
    assert found.options == {"target": ("group",)}
    assert not translation("tini app").emulation.subreaper
    assert translation("tini -s app").emulation.subreaper


@pytest.mark.parametrize(
    ("line", "environ", "shown"),
    [
        ("tini app", {}, 0),
        ("tini -v app", {}, 1),
        ("tini -vv app", {}, 1),
        ("tini app", {"TINI_VERBOSITY": "2"}, 1),
        ("tini -vvv app", {"TINI_VERBOSITY": "1"}, 0),
        ("tini -vvv app", {"TINI_VERBOSITY": "nonsense"}, 0),
        ("tini app", {"TINI_VERBOSITY": "-1"}, 1),
    ],
)
def test_tinis_verbosity(line: str, environ: dict[str, str], shown: int) -> None:
    """The variable wins over the flags."""
    lines = said(messages(translation(line, **environ)), "app.started", app=9)
    assert lines == [(OUT, "[INFO  tini (7)] Spawned child process 'app' with pid '9'")][:shown]


@pytest.mark.parametrize("code", ["256", "-1", "abc", "3x", "0x3", " "])
def test_tini_refuses_an_invalid_exit_code(code: str) -> None:
    """With 1."""
    found = translate("tini", ["-e", code, "app"], {}, PID)
    assert found == ImmediateExit(f"[FATAL tini (7)] Not a valid option for -e: {code}\n", ERR, 1)


@pytest.mark.parametrize(
    "name", "TERM 15 sigterm SIGRTMIN SIGIO SIGPOLL SIGPWR SIGSTKFLT SIG15".split()
)
def test_tini_refuses_what_it_knows_no_signal_by(name: str) -> None:
    """Names with SIG, and not all of them."""
    assert answer(f"tini -p {name} app").text.endswith(f"Not a valid option for -p: {name}\n")


def test_tinis_answers() -> None:
    """The version alone, as dockerd asks for it; usage on stderr for a mistake."""
    assert answer("docker-init --version") == ImmediateExit("tini version 0.19.0\n", OUT, 0)
    assert answer("tini --version app").exit_code == 1
    helped = answer("/sbin/tini -h")
    assert (helped.descriptor, helped.exit_code) == (OUT, 0)
    assert helped.text.splitlines()[0] == "tini (tini version 0.19.0)"
    mistaken = answer("/sbin/tini -x")
    assert (mistaken.descriptor, mistaken.exit_code) == (ERR, 1)
    assert mistaken.text == "/sbin/tini: invalid option -- 'x'\n" + helped.text
    assert answer("tini") == ImmediateExit(answer("tini -h").text, ERR, 1)
    assert "MIT" in answer("tini -l").text


def test_tini_says_how_the_app_ended() -> None:
    """The lines of -vvv, in order."""
    words = messages(translation("tini -vvv app"))
    lines = [
        *said(words, "signal.received", signal="TERM"),
        *said(words, "app.started", app=9),
        *said(words, "signal.received", signal="USR1"),
        *said(words, "orphan.reaped", pid=10, code=0),
        *said(words, "app.stopped", signal="TSTP"),
        *said(words, "app.exited", pid=9, code=143, signal="TERM"),
        *said(words, "orphan.reaped", pid=12, code=0),
        *said(words, "init.exit", code=143),
    ]
    assert [text for _, text in lines] == [
        "[INFO  tini (7)] Spawned child process 'app' with pid '9'",
        "[DEBUG tini (7)] Passing signal: 'Terminated'",
        "[TRACE tini (7)] No child to reap",
        "[DEBUG tini (7)] Passing signal: 'User defined signal 1'",
        "[TRACE tini (7)] No child to reap",
        "[DEBUG tini (7)] Received SIGCHLD",
        "[DEBUG tini (7)] Reaped child with pid: '10'",
        "[TRACE tini (7)] No child to reap",
        "[DEBUG tini (7)] Received SIGCHLD",
        "[TRACE tini (7)] No child to reap",
        "[DEBUG tini (7)] Received SIGCHLD",
        "[DEBUG tini (7)] Reaped child with pid: '9'",
        "[INFO  tini (7)] Main child exited with signal (with signal 'Terminated')",
        "[DEBUG tini (7)] Reaped child with pid: '12'",
        "[TRACE tini (7)] No child to wait",
        "[TRACE tini (7)] Exiting: child has exited",
    ]
    assert {descriptor for descriptor, _ in lines} == {OUT}


def test_tinis_warnings_go_to_stderr() -> None:
    """An orphan with -w, and not being a reaper."""
    words = messages(translation("tini -w app"))
    reaped = said(words, "orphan.reaped", "warning", pid=4, code=0)
    assert reaped == [(ERR, "[WARN  tini (7)] Reaped zombie process with pid=4")]
    [(to, text)] = said(words, "init.no-reaper", "warning", pid=7)
    assert (to, text.splitlines()[0]) == (
        ERR,
        "[WARN  tini (7)] Tini is not running as PID 1 and isn't registered as a child subreaper.",
    )
    assert (
        said(messages(translation("tini app", TINI_VERBOSITY="0")), "init.no-reaper", pid=7) == []
    )


@pytest.mark.parametrize(
    ("line", "error", "code"),
    [("tini app", 2, 127), ("tini app", 13, 126), ("tini app", 8, 1), ("tini -e 127 app", 2, 0)],
)
def test_tini_says_why_the_app_could_not_be_executed(line: str, error: int, code: int) -> None:
    """And -e holds for that code, too."""
    found = style(translation(line)).explain_failure(EXEC, error, "No luck", "app", "")
    assert found == (code, "[FATAL tini (8)] exec app failed: No luck")


# ---- dumb-init ------------------------------------------------------------------------------


def test_dumb_init_gives_a_session_and_signals_its_group() -> None:
    """With the three signals of job control as STOP, which an orphaned group minds."""
    found = translation("dumb-init app -v")
    assert found.command == ("app", "-v")
    assert found.options == {"target": ("group",), "session": ("",)}
    assert found.emulation.rewrites == {20: 19, 21: 19, 22: 19}
    assert found.emulation.takes_terminal
    assert not found.emulation.same_group


@pytest.mark.parametrize(
    ("line", "environ"),
    [
        ("dumb-init -c app", {}),
        ("dumb-init --single-child app", {}),
        ("dumb-init --sin app", {}),
        ("dumb-init app", {"DUMB_INIT_SETSID": "0"}),
    ],
)
def test_dumb_init_in_single_child_mode(line: str, environ: dict[str, str]) -> None:
    """No group, no session, nothing rewritten."""
    found = translation(line, **environ)
    assert found.options == {"target": ("process",)}
    assert found.emulation.same_group
    assert not found.emulation.takes_terminal
    assert found.emulation.rewrites == {}


@pytest.mark.parametrize("value", ["no", "", "1"])
def test_dumb_init_takes_0_alone_for_no_session(value: str) -> None:
    """Nothing else, however much it sounds like it."""
    assert "session" in translation("dumb-init app", DUMB_INIT_SETSID=value).options


@pytest.mark.parametrize(
    ("text", "rewrites"),
    [
        ("15:3", {15: 3}),
        ("15:0", {15: 0}),
        ("15:3:4", {15: 3}),
        ("+15:3x", {15: 3}),
        ("20:20", {20: 20}),
    ],
)
def test_dumb_inits_rewrites(text: str, rewrites: dict[int, int]) -> None:
    """As scanf(3) reads them; one's own wins over the three."""
    assert translation(f"dumb-init -c -r {text} app").emulation.rewrites == rewrites
    both = translation(f"dumb-init --rewrite={text} app").emulation.rewrites
    assert both == {20: 19, 21: 19, 22: 19, **rewrites}


@pytest.mark.parametrize(
    "text", ["15", "TERM:INT", "0:15", "15:99", "99:15", "15:-1", "15:", "32:1"]
)
def test_dumb_init_refuses_an_invalid_rewrite(text: str) -> None:
    """With how to write one."""
    found = answer(f"dumb-init -r {text} app")
    assert (found.descriptor, found.exit_code) == (ERR, 1)
    assert found.text.startswith("Usage: -r option takes <signum>:<signum>, where")


def test_dumb_inits_answers() -> None:
    """All of them on stderr."""
    assert answer("dumb-init -V") == ImmediateExit("dumb-init v1.2.5\n", ERR, 0)
    assert answer("dumb-init --version") == ImmediateExit("dumb-init v1.2.5\n", ERR, 0)
    assert answer("dumb-init -x") == ImmediateExit("dumb-init: invalid option -- 'x'\n", ERR, 1)
    nothing = (
        "Usage: /d/dumb-init [option] program [args]\nTry /d/dumb-init --help for full usage.\n"
    )
    assert answer("/d/dumb-init") == ImmediateExit(nothing, ERR, 1)
    assert answer("dumb-init --help").text.startswith(
        "dumb-init v1.2.5\nUsage: dumb-init [option] command"
    )


def test_dumb_inits_debug_lines() -> None:
    """From the start to the goodbye."""
    words = messages(translation("dumb-init -r 15:12 app", DUMB_INIT_DEBUG="1"))
    lines = [
        *said(words, "init.as", name="dumb-init"),
        *said(words, "terminal.left", error=25, why="Inappropriate ioctl for device"),
        *said(words, "app.started", app=9),
        *said(words, "signal.received", signal="TERM"),
        *said(words, "signal.received", signal="TSTP"),
        *said(words, "app.exited", pid=9, code=3),
        *said(words, "init.exit", code=3),
    ]
    assert {descriptor for descriptor, _ in lines} == {ERR}
    assert [text.removeprefix("[dumb-init] ") for _, text in lines] == [
        "Running in debug mode.",
        "Unable to detach from controlling tty (errno=25 Inappropriate ioctl for device).",
        "Child spawned with PID 9.",
        "Unable to attach to controlling tty (errno=25 Inappropriate ioctl for device).",
        "setsid complete.",
        "Received signal 15.",
        "Translating signal 15 to 12.",
        "Forwarded signal 12 to children.",
        "Received signal 20.",
        "Translating signal 20 to 19.",
        "Forwarded signal 19 to children.",
        "Suspending self due to TTY signal.",
        "Received signal 17.",
        "A child with PID 9 exited with exit status 3.",
        "Translating signal 15 to 12.",
        "Forwarded signal 12 to children.",
        "Child exited with status 3. Goodbye.",
    ]


def test_dumb_init_is_silent_unless_it_is_asked() -> None:
    """Nothing but an app that can't be run."""
    words = messages(translation("dumb-init app", DUMB_INIT_DEBUG="yes"))
    assert said(words, "app.started", app=9) == []
    found = style(translation("dumb-init app"))
    assert found.explain_failure(EXEC, 2, "No such file or directory", "app", "") == (
        2,
        "[dumb-init] app: No such file or directory",
    )


# ---- catatonit ------------------------------------------------------------------------------


def test_catatonits_flags() -> None:
    """-g is all that changes how it runs."""
    assert translation("catatonit app").options == {}
    assert translation("catatonit app -g").options == {"target": ("group",)}
    assert translation("catatonit -- app -g").command == ("app", "-g")
    assert translation("catatonit -P").pause
    assert translation("catatonit -P app").pause
    assert translation("catatonit app").emulation.reserved_signals == {17, 20, 21, 22}


def test_catatonits_answers() -> None:
    """It calls itself tini, for Docker's sake."""
    assert answer("catatonit -V") == ImmediateExit("tini version 0.1.7_catatonit\n", OUT, 0)
    assert answer("catatonit --v") == ImmediateExit("tini version 0.1.7_catatonit\n", OUT, 0)
    usage = "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n"
    assert answer("catatonit") == ImmediateExit(
        f"ERROR (catatonit:7): missing program name\n{usage}", ERR, 1
    )
    assert answer("catatonit -x") == ImmediateExit(
        f"catatonit: invalid option -- 'x'\n{usage}", ERR, 1
    )
    assert answer("catatonit --help").text == f"catatonit: unrecognized option '--help'\n{usage}"
    assert answer("catatonit -h").text.startswith(usage)
    assert answer("catatonit -L").exit_code == 0


def test_catatonit_says_only_what_goes_wrong() -> None:
    """1 for whatever can't be executed."""
    words = messages(translation("catatonit app"))
    found = style(translation("catatonit app"))
    assert found.explain_failure(EXEC, 2, "No such file or directory", "app", "") == (
        1,
        "ERROR (catatonit:8): failed to exec pid1: No such file or directory",
    )
    assert said(words, "app.exited", pid=9, code=1) == []


# ---- all of them ----------------------------------------------------------------------------


@given(
    st.sampled_from(sorted(PEERS)), st.lists(st.text("-vgsewpcrhPVLl:3=a ", max_size=6), max_size=5)
)
def test_no_words_are_too_strange(called: str, words: list[str]) -> None:
    """Whatever they are, there is an answer or something to run."""
    found = translate(called, words, {}, PID)
    if isinstance(found, Translation):
        assert found.pause or found.command
        assert found.emulation.transparent
    else:
        assert found.text
        assert found.exit_code in (0, 1)


@pytest.mark.parametrize("called", sorted(PEERS))
def test_each_has_a_line_for_what_it_does_not_have(called: str) -> None:
    """Events that are initd's alone; in the peer's own form."""
    words = messages(translation(f"{called} app"))
    assert words.lines("warning", "profile.unused", {}) is None
    [(to, text)] = words.extra_lines("warning", "monitor.exited pid=4")
    assert to == ERR
    assert text.endswith(" monitor.exited pid=4")
    assert text.startswith(("[WARN  tini (7)] ", "[dumb-init] ", "WARN (catatonit:7): "))


@pytest.mark.parametrize("number", [n for n in range(1, 65) if n not in (32, 33)])
def test_signals_are_called_what_glibc_calls_them(number: int) -> None:
    """strsignal(3)."""
    assert strsignal(number) == signal.strsignal(number)


@pytest.mark.parametrize("called", sorted(PEERS))
def test_the_emulation_is_plain_data_that_nothing_changes(called: str) -> None:
    """A supervisor can be taken out and put back: what has been written is kept by the log."""
    found, untouched = translation(f"{called} app"), translation(f"{called} app")
    style(found).explain_failure(EXEC, 2, "No such file or directory", "app")
    messages(found).exec_failed(2)
    said(messages(found), "app.exited", pid=9, code=1)
    assert found == untouched


def test_tini_tells_of_a_child_that_could_not_execute_the_app_when_it_exits() -> None:
    """As if it had been spawned, and reaped; with its exit code, and not init's."""
    words = messages(translation("tini -v -e 127 app"))
    assert words.exec_failed(2) == []
    assert [text for _, text in said(words, "init.exit", code=0)] == [
        "[INFO  tini (7)] Spawned child process 'app' with pid '8'",
        "[INFO  tini (7)] Main child exited normally (with status '127')",
    ]
    assert said(messages(translation("tini -v app")), "init.exit", code=0) == [], "another log"


def test_dumb_init_tells_of_its_child_before_the_app_that_could_not_be_executed() -> None:
    """With -v alone."""
    words = messages(translation("dumb-init -v -c app"))
    assert words.exec_failed(2) == [(ERR, "[dumb-init] Child spawned with PID 8.")]
    lines = said(words, "init.exit", code=2)
    assert (ERR, "[dumb-init] A child with PID 8 exited with exit status 2.") in lines
    assert messages(translation("dumb-init app")).exec_failed(2) == []
