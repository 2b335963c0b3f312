"""A small file that is replaced atomically: readers see the old one or the new one."""

from __future__ import annotations

import os
import stat

from initd import atomic_replace


def read(path: str) -> bytes | None:
    """The file's bytes; None if there is none. Raises OSError, and ValueError for anything but a
    regular file: initd does not replace the target of a link."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        if os.path.islink(path):
            raise ValueError(f"it is a link to {os.readlink(path)}") from None
        raise
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise ValueError("not a regular file")
    with open(fd, "rb") as file:
        return file.read()


def mode_of(path: str) -> int:
    """The file's permissions. Raises OSError."""
    return stat.S_IMODE(os.stat(path).st_mode)


def replace(path: str, data: bytes | None, mode: int) -> None:
    """Puts `data` there, or takes the file away for None; on the disk when this returns.
    Raises OSError, and nothing has changed then."""
    if data is None:
        os.unlink(path)
        atomic_replace.sync_directory(path)
    else:
        atomic_replace.replace(path, data, mode, durable=True)
