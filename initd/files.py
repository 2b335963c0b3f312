"""Small files: read as a whole, replaced as a whole.

On the way to the app, so it imports what is built in and nothing else.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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
        raise ValueError(f"{path} is longer than {at_most >> 20} MiB")
    return data


def text_of(path: str, at_most: int = LONGEST) -> str:
    """The same as text; empty where the file can't be read."""
    try:
        return read(path, at_most, wait=False).decode(errors="replace")
    except OSError:
        return ""


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
