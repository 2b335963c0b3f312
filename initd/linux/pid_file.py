"""A pid file: written by the app, whoever it is, and read by init."""

from __future__ import annotations

import posix

#: It has a number and a line break; of more, nothing is read.
_AT_MOST = 64
_LONGEST = 10
_KIND, _REGULAR = 0o170000, 0o100000  # S_IFMT and S_IFREG, inode(7)


def pid_in(path: str) -> int | None:
    """The number in a pid file; None where it is missing, or is anything else. Never waits: it
    may be a pipe."""
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NONBLOCK | posix.O_NOCTTY)
    except (OSError, ValueError):
        return None
    try:
        if posix.fstat(fd).st_mode & _KIND != _REGULAR:
            return None
        text = posix.read(fd, _AT_MOST)
    except OSError:
        return None
    finally:
        posix.close(fd)
    digits = text.strip().split(b"\n")[0].strip()
    if not digits.isdigit() or len(digits) > _LONGEST:
        return None
    return int(digits)
