"""A small file that is replaced atomically: readers see the old one or the new one."""

from __future__ import annotations

import os
import stat


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
    """Writes `data` there, or removes the file for None, and syncs the disk. Raises OSError; then
    nothing has changed."""
    directory, name = os.path.split(path)
    if data is None:
        os.unlink(path)
    else:
        beside = os.path.join(directory, f".{name}.initd")
        _write(beside, data, mode)
        try:
            os.rename(beside, path)
        except OSError:
            os.unlink(beside)
            raise
    _sync(directory)


def _write(path: str, data: bytes, mode: int) -> None:
    try:
        os.unlink(path)  # left behind by a process that was killed
    except FileNotFoundError:
        pass
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with open(fd, "wb") as file:
            os.fchmod(fd, mode)  # regardless of the umask
            file.write(data)
            file.flush()
            os.fsync(fd)
    except OSError:
        os.unlink(path)
        raise


def _sync(directory: str) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
