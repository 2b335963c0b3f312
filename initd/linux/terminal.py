"""The terminal on descriptor 0: whose it is, and handing it on."""

from __future__ import annotations

import _signal  # the built-in half of `signal`, without its enums
import posix

from initd.linux._kernel import lib


def is_there() -> bool:
    """Whether descriptor 0 is this session's terminal."""
    try:
        posix.tcgetpgrp(0)
    except OSError:
        return False
    return True


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


def leave() -> tuple[int, bool]:
    """Gives up the controlling terminal, if it is the one on descriptor 0: 0 or errno, and
    whether this was the leader of its session, which gives it up for the whole session.

    The kernel tells a session that has lost its terminal with HUP and CONT
    (TIOCNOTTY in ioctl_tty(2)). Here that is no news: both are taken back.
    """
    leads = posix.getsid(0) == posix.getpid()
    pending = _signal.sigpending()
    error = -lib.initd_leave_terminal()
    if not error and leads:
        for number in {_signal.SIGHUP, _signal.SIGCONT} & (_signal.sigpending() - pending):
            _signal.sigwait({number})
    return error, leads


def suspend() -> None:
    """Stops this process; returns when somebody has continued it."""
    lib.initd_suspend()
