"""initd as a job of an interactive shell: Ctrl-Z, fg, bg and Ctrl-C work as without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .namespace import INITD, status_of, wait_until
from .shell import CTRL_C, CTRL_Z, PROMPT, Shell


@pytest.fixture
def shell() -> Iterator[Shell]:
    with Shell() as one:
        one.expect(PROMPT)
        yield one


def test_ctrl_z_suspends_app_and_init_and_fg_brings_both_back(shell: Shell, tmp_path: Path) -> None:
    """The shell takes the terminal back, and hands it out again."""
    command = f"{INITD} --socket {tmp_path}/socket -- sh -c 'echo pid $$; exec cat' 2>/dev/null"
    shell.type(command.encode() + b"\n")
    shell.expect("\r\npid ")
    shell.expect("\n")
    app = int(shell.text[: shell.at].rsplit("\r\npid ", 1)[1])
    wait_until(lambda: shell.foreground() == app, "the app's group is in the foreground")

    shell.type(CTRL_Z)
    shell.expect("Stopped")
    shell.expect(PROMPT)
    assert status_of(app)["State"].startswith("T")
    assert shell.foreground() == shell.process.pid

    shell.type(b"fg\n")
    wait_until(lambda: shell.foreground() == app, "the app has the terminal again")
    shell.type(b"after fg\n")
    shell.expect("after fg\r\nafter fg")  # the terminal's echo, then cat's own

    shell.type(CTRL_Z)
    shell.expect("Stopped")
    shell.expect(PROMPT)
    shell.type(b"fg\n")
    wait_until(lambda: shell.foreground() == app, "and a second time")
    shell.type(CTRL_C)
    shell.expect(PROMPT)
    shell.type(b"echo code $?\n")
    shell.expect("code 130\r\n")
    assert shell.foreground() == shell.process.pid


def test_bg_lets_it_run_without_the_terminal(shell: Shell, tmp_path: Path) -> None:
    """And a read from the terminal in the background stops it, as it stops any job."""
    command = f"{INITD} --socket {tmp_path}/socket -- sh -c 'echo pid $$; read a; read b'"
    shell.type(command.encode() + b" 2>/dev/null\n")
    shell.expect("\r\npid ")
    shell.expect("\n")
    app = int(shell.text[: shell.at].rsplit("\r\npid ", 1)[1])
    wait_until(lambda: shell.foreground() == app, "the app's group is in the foreground")
    shell.type(CTRL_Z)
    shell.expect("Stopped")
    shell.expect(PROMPT)
    shell.type(b"bg\n")
    shell.expect(PROMPT)
    shell.type(b"until jobs -s | grep -q initd; do :; done; echo again $?\n")
    shell.expect("again 0\r\n")
    assert status_of(app)["State"].startswith("T")
    shell.expect(PROMPT)
    shell.type(b"kill %1; fg\n")
    shell.expect(PROMPT)
