"""Who reads init's lines: programs get JSON, a person at a terminal does not.

A console role's are in test_start.py, a plan's in test_planned_sleep.py."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from .namespace import INITD
from .shell import Shell

JSON = {"INITD_LOG_FORMAT": "json"}
#: In the container that init is pid 1 of.
PID_1 = [
    *"unshare --pid --fork --kill-child=KILL --mount-proc".split(),
    *("sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"),
]


def shown(words: Sequence[str], env: Mapping[str, str]) -> str:
    """What a terminal shows up to init's last line."""
    with Shell(words, env) as terminal:
        terminal.expect("init.exit")
        terminal.expect("\r\n")
        return terminal.text


@pytest.mark.parametrize("env", [{}, JSON], ids=["", "INITD_LOG_FORMAT=json"])
def test_a_person_is_not_spoken_to_in_json(env: Mapping[str, str]) -> None:
    """`docker exec -t`: what a variable says is said to pid 1, and inherited."""
    assert '{"' not in shown([INITD, "--", "true"], env)


def test_pid_1_does_what_it_was_told() -> None:
    """`tty: true` in a Compose file, whose lines a pipeline reads."""
    words = [*PID_1, INITD, "--", "true"]
    assert '{"' not in shown(words, {})
    assert '"event":"init.exit"' in shown(words, JSON)


def test_a_flag_of_its_own_counts_everywhere() -> None:
    text = shown([INITD, "--log-format", "json", "--", "true"], {})
    assert '"event":"init.exit"' in text


def test_the_monitor_speaks_as_init_does() -> None:
    """Its lines about checks are on the same terminal."""
    words = [INITD, "--check", "up exec -- true", "--", "sh", "-c", "read answer"]
    with Shell(words, JSON) as terminal:
        terminal.expect("check.passes")
        terminal.type(b"\n")
        terminal.expect("init.exit")
        assert '{"' not in terminal.text


def test_a_log_that_is_not_on_the_terminal_is_json(tmp_path: Path) -> None:
    """`2>file` of a person: programs read the file."""
    ours, theirs = pty.openpty()
    with (tmp_path / "log").open("w") as log:
        subprocess.run([INITD, "--", "true"], stdin=theirs, stdout=theirs, stderr=log, check=True)
    os.close(ours)
    os.close(theirs)
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines
    assert all(line.startswith("{") for line in lines)
