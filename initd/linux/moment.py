"""A moment in memory that two processes share: one keeps it, the other reads it when it wants to,
and neither wakes the other."""

from __future__ import annotations

import posix

_DIGITS = 20


def open_moment() -> int:
    """A descriptor for a child to inherit; negative where none can be had."""
    try:
        return posix.memfd_create("initd-moment", posix.MFD_CLOEXEC)
    except OSError:
        return -1


def write(fd: int, moment: float | None) -> None:
    """In monotonic seconds; None for none."""
    if fd >= 0:
        posix.pwrite(fd, b"%0*d" % (_DIGITS, int((moment or 0) * 1000)), 0)


def read(fd: int) -> float | None:
    """What was written last."""
    kept = posix.pread(fd, _DIGITS, 0) if fd >= 0 else b""
    return int(kept) / 1000 if kept.strip(b"0") else None
