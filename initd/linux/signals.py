"""Signals in: blocked for good, read from a signalfd."""

from __future__ import annotations

import _signal  # the built-in half of `signal`, without its enums
import posix

from initd.linux._kernel import lib

#: struct signalfd_siginfo is 128 bytes: signo at 0, pid at 12, uid at 16 (signalfd(2)).
_RECORD = 128
_AT_ONCE = 32


_FAULTS = {
    _signal.SIGSEGV, _signal.SIGBUS, _signal.SIGFPE, _signal.SIGILL,
    _signal.SIGTRAP, _signal.SIGABRT, _signal.SIGSYS,
}  # fmt: skip


def block_all() -> None:
    """Blocks all but the faults. The launcher did; this is for a start without it."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, set(range(1, 65)) - _FAULTS - {32, 33})


def block_faults() -> None:
    """So that those that somebody sends can be read, too. One that init itself commits
    ends it all the same."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _FAULTS)


def open_signals() -> int:
    """A descriptor that is readable when a signal is pending. Raises OSError."""
    fd = lib.initd_signalfd()
    if fd < 0:
        raise OSError(-fd, posix.strerror(-fd))
    return fd


def read_signals(fd: int) -> list[tuple[int, int, int]]:
    """What is pending, as (number, sender's pid, sender's uid); a few at a time.

    Real-time signals queue, all others coalesce. A pid of 0 is a sender whom
    this pid namespace can't name.
    """
    try:
        data = posix.read(fd, _RECORD * _AT_ONCE)
    except BlockingIOError:
        return []
    words = memoryview(data).cast("I")
    step = _RECORD // words.itemsize
    return [(words[at], words[at + 3], words[at + 4]) for at in range(0, len(words), step)]
