"""stderr, written without ever blocking.

O_NONBLOCK belongs to the open file description, which the app shares: setting it would change
the app's stderr. So a pipe or terminal is opened again, with a description of its own (proc(5):
/proc/self/fd/2 opens the same object). A socket cannot be opened that way; it is written with
MSG_DONTWAIT. A regular file never blocks a writer, and must share the app's offset. If opening
fails, as for another user's pipe, poll(2) is called before each write: a pipe counts as writable
when at least PIPE_BUF bytes fit, and a line is never longer.
"""

from __future__ import annotations

import posix

from initd.linux import _kernel

#: A write of at most this many bytes to a pipe is whole or not at all (pipe(7)).
PIPE_BUF = 4096
#: A line of init's own, with the line break behind it: another one may have to come before it.
LINE_AT_MOST = PIPE_BUF - 1

FIFO, CHARACTER, FILE, SOCKET = 0o010000, 0o020000, 0o100000, 0o140000


class Stderr:
    """Writes a line whole, or not at all."""

    def __init__(self, fd: int = 2) -> None:
        self.fd = fd
        kind = kind_of(fd)
        self._own = _open_again(fd) if kind in (FIFO, CHARACTER) else None
        self._is_file = kind == FILE
        self._is_socket = kind == SOCKET

    def write(self, line: bytes) -> bool:
        """Whether the line was written; False if there was no room or no reader."""
        try:
            return bool(self._write(line))
        except OSError:
            return False

    def descriptors(self) -> tuple[int, ...]:
        """The descriptors that writing needs."""
        return (self.fd,) if self._own is None else (self.fd, self._own)

    def _write(self, line: bytes) -> int:
        if self._own is not None:
            return posix.write(self._own, line)
        if self._is_file:
            return posix.write(self.fd, line)
        if self._is_socket:
            return max(0, _kernel.send(self.fd, line))
        return posix.write(self.fd, line) if _has_room(self.fd) else 0


def _open_again(fd: int) -> int | None:
    flags = posix.O_WRONLY | posix.O_NONBLOCK | posix.O_APPEND | posix.O_NOCTTY | posix.O_CLOEXEC
    try:
        return posix.open(f"/proc/self/fd/{fd}", flags)
    except OSError:
        return None


def kind_of(fd: int) -> int:
    """What a descriptor is open to; 0 if it is not open."""
    try:
        return posix.fstat(fd).st_mode & 0o170000  # S_IFMT, inode(7)
    except OSError:
        return 0


def _has_room(fd: int) -> bool:
    from select import POLLOUT, poll

    watch = poll()
    watch.register(fd, POLLOUT)
    return any(happened & POLLOUT for _, happened in watch.poll(0))
