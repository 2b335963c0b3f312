"""Small files, read as a whole.

On the way to the app, so it imports what is built in and nothing else.
"""

from __future__ import annotations

import posix

_AT_ONCE = 1 << 16
#: Long enough for every list that people write, and too short to hurt.
LONGEST = 4 << 20


def read(path: str, at_most: int = LONGEST, wait: bool = True) -> bytes:
    """The first `at_most` bytes of a file. Unless it may `wait`, a pipe is not waited for.
    Raises OSError with the file's name."""
    flags = posix.O_RDONLY | posix.O_CLOEXEC
    fd = posix.open(path, flags if wait else flags | posix.O_NONBLOCK)
    data = b""
    try:
        while len(data) < at_most and (chunk := posix.read(fd, min(_AT_ONCE, at_most - len(data)))):
            data += chunk
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    finally:
        posix.close(fd)
    return data


def read_whole(path: str, at_most: int = LONGEST) -> bytes:
    """All of a file. Raises OSError, and ValueError for a longer one, /dev/zero for one."""
    data = read(path, at_most + 1)
    if len(data) > at_most:
        raise ValueError(f"{path} is longer than {at_most >> 10} KiB")
    return data


def text_of(path: str, at_most: int = LONGEST) -> str:
    """The same as text; empty where the file can't be read."""
    try:
        return read(path, at_most, wait=False).decode(errors="replace")
    except OSError:
        return ""


def beginning_of(path: str, at_most: int) -> bytes:
    """What one read gives of a file, up to `at_most` bytes: for /proc, where that is all there is.
    b"" where the file can't be read, or has gone."""
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return posix.read(fd, at_most)
    except OSError:
        return b""
    finally:
        posix.close(fd)


def exists(path: str) -> bool:
    """Whether the name leads to anything."""
    try:
        posix.stat(path)
    except OSError:
        return False
    return True
