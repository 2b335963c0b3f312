"""Files that are replaced as a whole: readers find the old one or the new one."""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def replace(path: str, data: bytes, mode: int, durable: bool = False) -> None:
    """Writes the file, with exactly these permissions. Readers find the old file or the new
    one, and after an error the old one. A `durable` one is on the disk when this returns.
    Raises OSError."""
    replace_with(path, lambda beside: _write(beside, data, mode, durable))
    if durable:
        sync_directory(path)


def replace_with(path: str, make: Callable[[str], None]) -> None:
    """Calls `make` to make what is to stand at `path` under a name beside it, and renames
    that. Raises OSError with the name `path`."""
    directory, slash, name = path.rpartition("/")
    beside = f"{directory}{slash}.{name}.{posix.getpid()}"
    try:
        posix.unlink(beside)  # one that was left behind when a process was killed
    except OSError:
        pass
    try:
        make(beside)
        posix.rename(beside, path)
    except OSError as error:
        try:
            posix.unlink(beside)
        except OSError:
            pass
        raise OSError(error.errno, error.strerror, path) from None


def sync_directory(path: str) -> None:
    """Waits until the entries of the directory that holds `path` are on the disk."""
    directory = path.rpartition("/")[0] or "/"
    fd = posix.open(directory, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    try:
        posix.fsync(fd)
    finally:
        posix.close(fd)


def _write(path: str, data: bytes, mode: int, durable: bool) -> None:
    # O_EXCL: what somebody else puts there meanwhile, a link for one, is not followed.
    fd = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, mode)
    try:
        posix.fchmod(fd, mode)  # whatever the umask is
        while data:
            data = data[posix.write(fd, data) :]
        if durable:
            posix.fsync(fd)
    finally:
        posix.close(fd)
