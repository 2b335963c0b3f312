"""Drops what the monitor does not need: descriptors, capabilities, the user."""

from __future__ import annotations

import posix

from initd.linux import _kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_KILL = 9


def keep_descriptors(kept: Sequence[int]) -> None:
    """Closes all but these."""
    _kernel.keep_descriptors(sorted(set(kept)))


def redirect_stdin_and_stdout() -> None:
    """To /dev/null. They belong to the app: a pipe there must not stay open in this process."""
    null = open_null()
    posix.dup2(null, 0)
    posix.dup2(null, 1)
    if null > 2:
        posix.close(null)


def open_null() -> int:
    """A descriptor that reads as empty. Raises OSError."""
    try:
        return posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
    except OSError:  # no /dev in this image, or not for this user: a pipe that nobody writes to
        reading, writing = posix.pipe()
        posix.close(writing)
        return reading


def maximize_oom_score() -> None:
    """When memory runs out, the kernel kills this process before any other (proc(5))."""
    try:
        fd = posix.open("/proc/self/oom_score_adj", posix.O_WRONLY | posix.O_CLOEXEC)
    except OSError:
        return  # without /proc the kernel chooses by size
    try:
        posix.write(fd, b"1000")
    except OSError:
        pass
    finally:
        posix.close(fd)


def drop_privileges(user: tuple[int, int, tuple[int, ...]] | None) -> None:
    """Becomes `user` (uid, gid, groups), sets no_new_privs, drops all capabilities. Raises
    OSError.

    The parent-death signal is set last: the kernel clears it when the user changes (prctl(2),
    PR_SET_PDEATHSIG).
    """
    parent = posix.getppid()
    _kernel.cut_bounding_set()
    if user is not None:
        uid, gid, groups = user
        if posix.geteuid() == 0:
            posix.setgroups(groups)
        posix.setresgid(gid, gid, gid)
        posix.setresuid(uid, uid, uid)
    error = -_kernel.give_up_capabilities()
    if error > 0:
        raise OSError(error, posix.strerror(error))
    _kernel.set_parent_death_signal(_KILL)
    if posix.getppid() != parent:
        posix._exit(1)  # the parent died before the signal was set
