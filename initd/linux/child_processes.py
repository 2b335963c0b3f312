"""Child processes: spawned, waited for, reaped."""

from __future__ import annotations

import posix
import sys

from initd.linux import _kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Why `changed_children` has returned: it found as many as it may return, the remaining children
#: have not changed, or there are no children.
MORE, ALIVE, NONE = "more", "alive", "none"
_CHANGES = posix.WNOHANG | posix.WUNTRACED | posix.WCONTINUED


# ---- spawning -------------------------------------------------------------------------


def spawn(
    path: str,
    argv: Sequence[str],
    environ: Mapping[bytes, bytes],
    descriptors: list[int],
    pid: int = 0,
) -> int:
    """Starts the program with each of these descriptors as the number behind it, one after the
    other; returns its pid.

    With `pid`, asks for that pid, and accepts another one if it cannot be had. Raises OSError, and
    ValueError for a NUL. Nothing of the interpreter is copied (vfork). The shim inherits a mask in
    which all signals are blocked: a Ctrl-Z before its exec would stop it, and with it init, which
    sleeps in vfork until then. The shim sets the app's mask itself.
    """
    encoding = sys.getfilesystemencoding()  # it decoded the words, so this restores the bytes
    words = [word.encode(encoding, "surrogateescape") for word in argv]
    variables = [name + b"=" + value for name, value in environ.items()]
    spawned = _kernel.spawn(pid, path.encode(), words, variables, descriptors)
    if spawned < 0:
        raise OSError(-spawned, posix.strerror(-spawned))
    return spawned


# ---- waiting and reaping ----------------------------------------------------------------


def changed_children(limit: int) -> tuple[list[tuple[int, int]], str]:
    """(pid, wait status) of at most `limit` children that have ended, stopped or continued, and
    why there are no more: MORE, ALIVE or NONE. Reaps those that have ended; never waits."""
    found: list[tuple[int, int]] = []
    waitpid = posix.waitpid
    try:
        while len(found) < limit:
            change = waitpid(-1, _CHANGES)
            if change[0] == 0:
                return found, ALIVE
            found.append(change)
    except ChildProcessError:
        return found, NONE
    return found, MORE


def wait_for_exit(pidfd: int, milliseconds: int) -> None:
    """Returns when the process has exited, or after so long."""
    from select import POLLIN, poll

    watch = poll()
    if pidfd >= 0:
        watch.register(pidfd, POLLIN)
        watch.poll(milliseconds)


def reap_child(pid: int) -> None:
    """Waits for this child, which has exited or is about to."""
    try:
        posix.waitpid(pid, 0)
    except ChildProcessError:
        pass
