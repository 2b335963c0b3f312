"""The terminal on descriptor 0: who has it, handing it over, giving it up."""

from __future__ import annotations

import _signal  # the built-in half of `signal`, without its enums
import posix

from initd.linux import _kernel


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
    """Makes `group` the foreground group. SIGTTOU is blocked here, so it cannot stop init."""
    try:
        posix.tcsetpgrp(0, group)
    except OSError:
        pass  # the terminal has hung up, or the group is gone


def leave() -> tuple[int, bool]:
    """Gives up the controlling terminal, if it is the one on descriptor 0. Returns 0 or errno,
    and whether this process leads its session: then the whole session has lost the terminal.

    In that case the kernel sends HUP and CONT (TIOCNOTTY in ioctl_tty(2)). Init caused the
    loss itself, so both are removed from the pending signals.
    """
    leads = posix.getsid(0) == posix.getpid()
    pending = _signal.sigpending()
    error = -_kernel.leave_terminal()
    if not error and leads:
        for number in {_signal.SIGHUP, _signal.SIGCONT} & (_signal.sigpending() - pending):
            _signal.sigwait({number})
    return error, leads


def suspend() -> None:
    """Stops this process; returns when it has been continued."""
    _kernel.suspend()
