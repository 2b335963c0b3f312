"""A person at a terminal: the same under the real one and under initd by its name.

A conversation is what is typed and what must show before the next is typed; all that the
terminal showed is compared.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..namespace import wait_until
from ..shell import BASH, CTRL_C, CTRL_Z, Shell
from .cases import CASES
from .conftest import peer

OUTER, INNER = "[outer] ", "[inner] "
#: An engine's terminal: init is pid 1, leads the session and owns the terminal.
ENGINE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "setsid", "--ctty")

Conversation = list[tuple[bytes, tuple[str, ...]]]

#: The terminal has been given away: what is typed from here on is not the shell's.
IN_FRONT = "(another in front)"
CAT: Conversation = [(b"cat\n", ("cat\r\n", IN_FRONT)), (b"one\n", ("one\r\none\r\n",))]
STOPPED_AND_BROUGHT_BACK: Conversation = [
    (CTRL_Z, ("Stopped", INNER)),
    (b"jobs\n", ("Stopped", INNER)),
    (b"fg\n", ("cat\r\n", IN_FRONT)),
    (b"two\n", ("two\r\ntwo\r\n",)),
]
INTERRUPTED: Conversation = [
    (CTRL_C, (INNER,)),
    (b"echo code $?\n", ("code 130\r\n", INNER)),
    (b"sleep 1000 & cat\n", ("[1] ", IN_FRONT)),
    (b"three\n", ("three\r\nthree\r\n",)),
    (CTRL_C, (INNER,)),
    (b"jobs\n", ("Running", INNER)),
    (b"kill -9 $!; wait $! 2>&-; echo $?\n", ("137\r\n", INNER)),
]
#: Job control in the shell that is init's app: Ctrl-Z and Ctrl-C are for the job in front.
JOB_CONTROL: Conversation = [*CAT, *STOPPED_AND_BROUGHT_BACK, *INTERRUPTED]
#: catatonit starts its app with SIGTSTP blocked, and all that a shell starts inherits that.
WHAT_IT_CAN = {"tini": JOB_CONTROL, "dumb-init": JOB_CONTROL, "catatonit": [*CAT, *INTERRUPTED]}
#: Quiet about not being pid 1; dumb-init would make a session without a terminal.
INSIDE_A_SHELL = {"tini": "-s --", "dumb-init": "-c --", "catatonit": "--"}


def converse(shell: Shell, conversation: Conversation) -> None:
    for keys, shows in conversation:
        owner = shell.foreground()
        shell.type(keys)
        for text in shows:
            if text == IN_FRONT:
                wait_until(lambda: shell.foreground() != owner, IN_FRONT)  # noqa: B023 # at once
            else:
                shell.expect(text)


def _without_pids(text: str) -> str:
    return re.sub(r"(?m)^\[1\] \d+", "[1] PID", text)


def _in_a_container(program: str, conversation: Conversation) -> tuple[str, int]:
    """The terminal's text, and the exit code."""
    with Shell([*ENGINE, program, "--", *BASH], env={"PS1": INNER}) as shell:
        shell.expect(INNER)
        converse(shell, conversation)
        shell.type(b"exit 7\n")
        shell.expect("exit 7\r\nexit\r\n")
        return _without_pids(shell.text), shell.process.wait()


@pytest.mark.parametrize("name", CASES)
def test_a_shell_in_a_container_has_job_control(name: str, links: Path) -> None:
    """`docker run -it` with it as the entry point."""
    theirs = _in_a_container(peer(name), WHAT_IT_CAN[name])
    assert theirs[1] == 7
    assert "no job control" not in theirs[0]
    assert _in_a_container(str(links / name), WHAT_IT_CAN[name]) == theirs


def _within_a_shell(name: str, program: str, conversation: Conversation) -> str:
    """The terminal's text; the terminal is the outer shell's again, and as it was."""
    with Shell(env={"PS1": OUTER, "INIT": program}) as shell:
        shell.expect(OUTER)
        shell.type(b"stty -g\n")
        before = shell.expect(OUTER)
        start = f"PS1='{INNER}' $INIT {INSIDE_A_SHELL[name]} {' '.join(BASH)}\n"
        shell.type(start.encode())
        shell.expect(f"-i\r\n{INNER}")
        converse(shell, conversation)
        assert shell.foreground() != shell.process.pid
        shell.type(b"exit 7\n")
        shell.expect(OUTER)
        assert shell.foreground() == shell.process.pid
        shell.type(b"stty -g\n")
        assert shell.expect(OUTER) == before
        converse(shell, [(b"echo code $?\n", ("code 0\r\n", OUTER))])
        return _without_pids(shell.text)


@pytest.mark.parametrize("name", CASES)
def test_a_shell_within_a_shell_has_job_control(name: str, links: Path) -> None:
    """And the outer one has its terminal back at the end."""
    theirs = _within_a_shell(name, peer(name), WHAT_IT_CAN[name])
    assert "no job control" not in theirs
    assert _within_a_shell(name, str(links / name), WHAT_IT_CAN[name]) == theirs


def test_as_catatonit_initd_has_the_rest_of_it(links: Path) -> None:
    """Ctrl-Z works, which the real one keeps from its app."""
    assert _in_a_container(str(links / "catatonit"), JOB_CONTROL)[1] == 7
    _within_a_shell("catatonit", str(links / "catatonit"), JOB_CONTROL)


#: Reads nothing: what is typed for the shell once this is stopped is the shell's.
UP = "sh -c 'echo up; exec sleep 1000'"


def _as_a_job(program: str, words: str) -> str:
    """Ctrl-Z, fg and Ctrl-C on init as a job of a shell; the terminal's text."""
    with Shell(env={"PS1": OUTER, "INIT": program}) as shell:
        shell.expect(OUTER)
        converse(shell, [(f"$INIT {words} {UP}\n".encode(), ("\r\nup\r\n",))])
        app = shell.foreground()  # init's own group, where the app's session has no terminal
        for _ in range(2):
            converse(shell, [(CTRL_Z, ("Stopped", OUTER)), (b"fg\n", ("1000'\r\n",))])
            wait_until(lambda: shell.foreground() == app, "it has the terminal again")
        converse(shell, [(CTRL_C, (OUTER,)), (b"echo code $?\n", ("code 130\r\n", OUTER))])
        assert shell.foreground() == shell.process.pid
        return shell.text


@pytest.mark.parametrize("words", ["--", "-c --"])
def test_dumb_init_as_a_job_is_stopped_and_brought_back(words: str, links: Path) -> None:
    """It stops with its app, so that the shell sees a stopped job."""
    theirs = _as_a_job(peer("dumb-init"), words)
    assert _as_a_job(str(links / "dumb-init"), words) == theirs


@pytest.mark.parametrize("name", ["tini", "catatonit"])
def test_ctrl_z_does_not_lose_the_terminal(name: str, links: Path) -> None:
    """The real ones stay in front of a stopped app (tini) or start it deaf to Ctrl-Z
    (catatonit), and the person has to find another terminal: initd does as dumb-init."""
    _as_a_job(str(links / name), INSIDE_A_SHELL[name])


@pytest.mark.parametrize("name", CASES)
def test_in_the_background_it_leaves_the_terminal_to_the_shell(name: str, links: Path) -> None:
    """Where the real tini takes it from the shell, and gives it to nobody."""
    with Shell(env={"PS1": OUTER, "INIT": str(links / name)}) as shell:
        shell.expect(OUTER)
        shell.type(f"$INIT {INSIDE_A_SHELL[name]} {UP} & read word; echo $word\n".encode())
        shell.expect("\r\nup\r\n")
        assert shell.foreground() == shell.process.pid
        converse(shell, [(b"mine\n", ("mine\r\nmine\r\n", OUTER)), (b"kill %1; wait\n", (OUTER,))])


def _ended_in_raw_mode(program: str) -> tuple[bool, bool]:
    """Whether the terminal is as before, and the outer shell's, after an app that spoilt it."""
    with Shell(env={"PS1": OUTER, "INIT": program}) as shell:
        shell.expect(OUTER)
        shell.type(b"stty -g\n")
        before = shell.expect(OUTER)
        shell.type(b"$INIT -- sh -c 'stty raw -echo; kill -9 $$'\n")
        shell.expect(OUTER)
        owner = shell.foreground() == shell.process.pid
        shell.type(b"stty -g\n")
        return shell.expect(OUTER) == before, owner


@pytest.mark.parametrize("name", CASES)
def test_after_an_app_that_died_in_raw_mode(name: str, links: Path) -> None:
    """The terminal is as good as after the real one."""
    assert _ended_in_raw_mode(str(links / name)) == _ended_in_raw_mode(peer(name))
