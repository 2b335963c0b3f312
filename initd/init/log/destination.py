"""Where log lines go, if not to stderr. Imported only then."""

from __future__ import annotations

import posix

from initd.linux import _kernel
from initd.linux.stderr import Stderr
from initd.linux.unix_socket import is_own

SYSLOG = b"/dev/log"
#: syslog(3): daemon's lines, and the number of each level.
_DAEMON = 3 << 3
_SEVERITY = {b"error": 3, b"warning": 4, b"info": 6, b"debug": 7}
_MODE = 0o640
#: Of st_mode.
_KIND, _LINK = 0o170000, 0o120000
_LINKS_AT_MOST = 8
_FLAGS = posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT | posix.O_CLOEXEC | posix.O_NONBLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Destination(Protocol):
        """As Stderr: a line is written whole, or not at all."""

        def write(self, line: bytes) -> bool: ...
        def descriptors(self) -> tuple[int, ...]: ...


class Nowhere:
    """`none`."""

    def write(self, line: bytes) -> bool:
        """As if it had been written."""
        return True

    def descriptors(self) -> tuple[int, ...]:
        return ()


class File:
    """A file, which somebody may rename to have a new one (logrotate)."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = _open(path)
        self._is_cut = False

    def write(self, line: bytes) -> bool:
        """False where the disk is full. What there was room for is ended before the next line."""
        line = b"\n" + line if self._is_cut else line
        try:
            self._follow()
            written = posix.write(self._fd, line)
        except OSError:
            return False
        self._is_cut = 0 < written < len(line)
        return written == len(line)

    def descriptors(self) -> tuple[int, ...]:
        return (self._fd,)

    def _follow(self) -> None:
        try:
            there, mine = posix.stat(self._path), posix.fstat(self._fd)
            if (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino):
                return
        except OSError:
            pass
        try:
            renewed = _open(self._path)
        except OSError:
            return  # the monitor may not: its lines stay in the old one
        posix.dup2(renewed, self._fd, inheritable=False)
        posix.close(renewed)


class Syslog:
    """The machine's, or a sidecar's, at /dev/log: a datagram a line (RFC 3164)."""

    def __init__(self) -> None:
        posix.stat(SYSLOG)  # raises OSError where there is none, as in most containers
        self._tag = f">initd[{posix.getpid()}]: ".encode()

    def write(self, line: bytes) -> bool:
        """False where nobody listens."""
        data = b"<%d" % (_DAEMON + _severity(line)) + self._tag + line.rstrip(b"\n")
        return _kernel.send_datagram(SYSLOG, data) >= 0

    def descriptors(self) -> tuple[int, ...]:
        return ()


def _open(path: str) -> int:
    """For writing at the end. Where anybody else may put files into a directory on the way, a link
    could lead to a file of root's: there is none followed there. Raises OSError."""
    if _is_ours(path.rpartition("/")[0]):
        return posix.open(path, _FLAGS, _MODE)
    names = path.split("/")[1:]
    at = posix.open("/", posix.O_PATH | posix.O_CLOEXEC)
    try:
        for name in filter(None, names[:-1]):
            way = posix.O_PATH | posix.O_DIRECTORY | posix.O_NOFOLLOW | posix.O_CLOEXEC
            inner = posix.open(name, way, dir_fd=at)
            posix.dup2(inner, at, inheritable=False)
            posix.close(inner)
        fd = posix.open(names[-1], _FLAGS | posix.O_NOFOLLOW, _MODE, dir_fd=at)
    finally:
        posix.close(at)
    if posix.fstat(fd).st_nlink > 1:  # which is as good as a link
        posix.close(fd)
        raise PermissionError(1, "it has another name, in a directory where others may write")
    return fd


def _is_ours(directory: str, links: int = 0) -> bool:
    """Whether nobody else may put anything on the way to it: /var/run may be a link, of root's."""
    names = directory.split("/")[1:]
    for depth in range(len(names) + 1):
        way = "/" + "/".join(names[:depth])
        if is_own(way):
            continue
        there = posix.lstat(way)
        is_link = there.st_mode & _KIND == _LINK and there.st_uid in (0, posix.geteuid())
        if not is_link or links == _LINKS_AT_MOST:
            return False
        above, target = "/" + "/".join(names[: depth - 1]), posix.readlink(way)
        onwards = target if target[:1] == "/" else f"{above}/{target}"
        return _is_ours("/".join([onwards.rstrip("/"), *names[depth:]]), links + 1)
    return True


def _severity(line: bytes) -> int:
    """By the level, at its own place in either form of a line."""
    for level, number in _SEVERITY.items():
        if b'"level":"%s"' % level in line[:80] or line[24:].startswith(b" initd %s " % level):
            return number
    return _SEVERITY[b"info"]


class Descriptor(Stderr):
    """One that init was given, and that the app gets as well."""

    def __init__(self, number: int) -> None:
        import fcntl

        super().__init__(fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10))


def destination(to: str) -> Destination:
    """For --log-to. Raises OSError."""
    if to == "none":
        return Nowhere()
    if to == "syslog":
        return Syslog()
    if to.startswith("fd:"):
        return Descriptor(int(to.removeprefix("fd:")))
    return File(to)
