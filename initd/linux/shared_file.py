"""A small file that others read meanwhile, and that can't be renamed over."""

from __future__ import annotations

import posix
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: In bytes: a list of the whole world's advertisers fits in; a longer one is left alone.
_LONGEST = 4 << 20
_AT_ONCE = 1 << 16
#: Who holds the lock writes a line: how often it is asked for, and the seconds between.
_TRIES, _PAUSE = 50, 0.01
_REGULAR, _TYPE = 0o100000, 0o170000  # stat.h, whose Python module would cost pid 1 memory


def read_whole(path: str) -> bytes:
    """The file's bytes. Raises OSError, and ValueError for what is no small file."""
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NONBLOCK)
    try:
        _check(fd)
        return _read(fd)
    finally:
        posix.close(fd)


def lengthen(path: str, edit: Callable[[bytes], bytes | None]) -> None:
    """Writes what `edit` makes of the file's bytes, which must be longer; None leaves it.

    In place, because a file that an engine has mounted can't be renamed over, and by one
    write of the whole without cutting it first, so that nobody ever reads less than there
    was. Under a lock: containers that share a network share the file, and each has an init.
    Raises OSError, ValueError.
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
        posix.close(fd)  # and the lock is gone


def _lock(fd: int) -> None:
    for _ in range(_TRIES):
        try:
            posix.lockf(fd, posix.F_TLOCK, 0)
        except (BlockingIOError, PermissionError):
            sleep(_PAUSE)  # a lock that tells when it is free would wait for ever, too
        except OSError:
            return  # a file system without locks
        else:
            return
    raise ValueError("another process keeps it locked")


def _check(fd: int) -> None:
    if posix.fstat(fd).st_mode & _TYPE != _REGULAR:
        raise ValueError("it is no regular file")


def _read(fd: int) -> bytes:
    data = b""
    while chunk := posix.pread(fd, _AT_ONCE, len(data)):
        data += chunk
        if len(data) > _LONGEST:
            raise ValueError(f"it has more than {_LONGEST} bytes")
    return data


def _put_back(fd: int, before: bytes) -> None:
    posix.pwrite(fd, before, 0)
    posix.ftruncate(fd, len(before))
