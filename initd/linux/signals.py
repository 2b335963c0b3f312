"""Signals: blocked, read from a signalfd, and sent."""

from __future__ import annotations

import _signal  # the built-in half of `signal`, without its enums
import posix

from initd.linux import _kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: struct signalfd_siginfo is 128 bytes: signo at 0, code at 8, pid at 12, uid at 16
#: (signalfd(2)).
_RECORD = 128
#: The code of a signal that the kernel itself sends, as a terminal does (sigaction(2)).
SI_KERNEL = 0x80
_AT_ONCE = 32
_ESRCH = 3


# ---- receiving ------------------------------------------------------------------------


def block(numbers: Iterable[int]) -> None:
    """Blocks these signals in addition to those that the launcher has blocked. A fault that
    init itself commits kills it even so."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, numbers)


def open_signals() -> int:
    """A descriptor that is readable when a signal is pending. Raises OSError."""
    fd = _kernel.signalfd()
    if fd < 0:
        raise OSError(-fd, f"cannot listen for signals: signalfd4: {posix.strerror(-fd)}")
    return fd


def read_signals(fd: int) -> list[tuple[int, int, int, int]]:
    """Pending signals as (number, sender's pid, sender's uid, code); a few at a time.

    Real-time signals queue, all others coalesce. The pid is 0 for a sender outside of this pid
    namespace.
    """
    try:
        return signals_in(posix.read(fd, _RECORD * _AT_ONCE))
    except BlockingIOError:
        return []


def signals_in(data: bytes) -> list[tuple[int, int, int, int]]:
    """The same of what has been read already."""
    words = memoryview(data).cast("I")
    step = _RECORD // words.itemsize
    return [
        (words[at], words[at + 3], words[at + 4], words[at + 2])
        for at in range(0, len(words), step)
    ]


# ---- sending --------------------------------------------------------------------------


def open_pidfd(pid: int) -> int:
    """A descriptor that always means this process, even when its pid is reused; -errno on
    failure. Call it before init reaps the process: until then the pid is not reused."""
    return _kernel.pidfd_open(pid)


def send_to_pidfd(pidfd: int, pid: int, number: int) -> int:
    """To the process that `pidfd` means, whose pid is `pid`; returns 0 or errno.

    Where a list of permitted calls has pidfd_open without pidfd_send_signal, the signal goes to the
    pid: whatever the error, kill(2) has the same one if the process itself is the reason."""
    error = -_kernel.pidfd_send_signal(pidfd, number)
    return send_to_pid(pid, number) if error not in (0, _ESRCH) else error


def send_to_pid(pid: int, number: int) -> int:
    """Returns 0 or errno. A negative pid is a process group. Raises ValueError for 0, -1 and 1:
    init's own group, every process, and init."""
    if pid in (0, 1, -1):
        raise ValueError(f"refusing to signal pid {pid}: use a process, a group, or send_to_all")
    return _kill(pid, number)


def send_to_all(number: int) -> int:
    """To all processes but init; returns 0 or errno. Raises ValueError unless this is pid 1,
    whose pid namespace is the limit."""
    if posix.getpid() != 1:
        raise ValueError("refusing kill(-1) outside of pid 1: it would reach the whole host")
    return _kill(-1, number)


def _kill(pid: int, number: int) -> int:
    try:
        posix.kill(pid, number)
    except OSError as error:
        return error.errno or 0
    return 0


def yield_processor() -> None:
    """To whom a signal has just been sent, where that is permitted: it is a courtesy."""
    try:
        posix.sched_yield()
    except OSError:
        pass
