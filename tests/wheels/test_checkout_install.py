"""A checkout's wheel. Installed where there is no compiler, it runs: for each Python from 3.11 on
that this machine has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from initd import __version__

from .conftest import interpreters, run

FOUND = interpreters(11)
NAME = "web1.example.org"

Installed = Callable[[str], Path]
each_python = pytest.mark.parametrize("interpreter", FOUND.values(), ids=FOUND.keys())


@each_python
def test_initd_is_on_the_path(installed: Installed, interpreter: str) -> None:
    """Without a shell's help, with nothing in the environment."""
    assert run(installed(interpreter) / "initd", "--version") == f"initd {__version__}\n"


@each_python
def test_it_starts_an_app_that_sees_its_name(installed: Installed, interpreter: str) -> None:
    """As pid 1 by the launcher, through the extension and the shim, with the library."""
    initd = installed(interpreter) / "initd"
    pid_1 = "unshare --pid --mount --fork --kill-child=KILL --mount-proc sh -c".split()
    answer = run(
        *(*pid_1, 'mount -t tmpfs tmpfs /run && exec "$@"', "sh"),
        *(initd, "--hostname", NAME, "--", "sh", "-c", "echo $PPID; uname -n"),
    )
    assert answer == f"2\n{NAME}\n"


@each_python
def test_the_monitors_libraries_come_with_it(installed: Installed, interpreter: str) -> None:
    """None of them had to be compiled either."""
    programs = installed(interpreter)
    run(programs / "python", "-I", "-c", "import initd.monitor.main, initd.linux._kernel")
