"""The terminal on descriptor 0: whose it is, and handing it on."""

from __future__ import annotations

import posix

from initd.linux._kernel import lib


def is_foreground() -> bool:
    """Whether descriptor 0 is a terminal and this process's group has it."""
    try:
        return posix.tcgetpgrp(0) == posix.getpgrp()
    except OSError:
        return False


def give_to(group: int) -> None:
    """Makes `group` the foreground group; SIGTTOU is blocked here, so it can't stop us."""
    try:
        posix.tcsetpgrp(0, group)
    except OSError:
        pass  # the terminal has hung up, or the group is gone


def suspend() -> None:
    """Stops this process; returns when somebody has continued it."""
    lib.initd_suspend()
