"""A small file that others read at the same time, and that cannot be replaced by rename."""

from __future__ import annotations

import posix
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: In bytes: even a block list of every known advertiser fits. A longer file is left alone.
_LONGEST = 4 << 20
_AT_ONCE = 1 << 16
#: Whoever holds the lock writes only a line: how often to try, and the seconds in between.
_TRIES, _PAUSE = 50, 0.01
_REGULAR, _TYPE = 0o100000, 0o170000  # as in stat.h; Python's module would cost pid 1 memory


def read_whole(path: str) -> bytes:
    """The file's bytes. Raises OSError, and ValueError for anything but a small regular file."""
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NONBLOCK)
    try:
        _check(fd)
        return _read(fd)
    finally:
        posix.close(fd)


def lengthen(path: str, edit: Callable[[bytes], bytes | None]) -> None:
    """Replaces the file's bytes with `edit` of them, which must be longer; None changes nothing.

    In place, since a file that an engine has mounted cannot be replaced by rename, and with a
    single write without truncating first, so that no reader ever sees less than there was.
    Under a lock: containers that share a network share the file, and each has an init. Raises
    OSError, ValueError.
    """
    fd = posix.open(path, posix.O_RDWR | posix.O_CLOEXEC | posix.O_NONBLOCK)
    try:
        _check(fd)
        _lock(fd)
        before = _read(fd)
        after = edit(before)
        if after is None:
            return
        if posix.pwrite(fd, after, 0) < len(after):
            _put_back(fd, before)
            raise ValueError("no room for another line")
    finally:
        posix.close(fd)  # this also releases the lock


def _lock(fd: int) -> None:
    for _ in range(_TRIES):
        try:
            posix.lockf(fd, posix.F_TLOCK, 0)
        except (BlockingIOError, PermissionError):
            sleep(_PAUSE)  # F_LOCK, which waits for the lock, might wait for ever
        except OSError:
            return  # a file system without locks
        else:
            return
    raise ValueError("another process holds its lock")


def _check(fd: int) -> None:
    if posix.fstat(fd).st_mode & _TYPE != _REGULAR:
        raise ValueError("not a regular file")


def _read(fd: int) -> bytes:
    data = b""
    while chunk := posix.pread(fd, _AT_ONCE, len(data)):
        data += chunk
        if len(data) > _LONGEST:
            raise ValueError(f"longer than {_LONGEST} bytes")
    return data


def _put_back(fd: int, before: bytes) -> None:
    posix.pwrite(fd, before, 0)
    posix.ftruncate(fd, len(before))
