"""Where log lines go, if not to stderr. Imported only then."""

from __future__ import annotations

import posix

from initd.linux import _kernel
from initd.linux.stderr import Stderr

SYSLOG = b"/dev/log"
#: syslog(3): daemon's lines, and the number of each level.
_DAEMON = 3 << 3
_SEVERITY = {b"error": 3, b"warning": 4, b"info": 6, b"debug": 7}
#: Within so many bytes a line says its level.
_HEAD = 80
_MODE = 0o640
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
        self._fd = posix.open(path, _FLAGS, _MODE)

    def write(self, line: bytes) -> bool:
        """False where the disk is full."""
        try:
            self._follow()
            return posix.write(self._fd, line) == len(line)
        except OSError:
            return False

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
            renewed = posix.open(self._path, _FLAGS, _MODE)
        except OSError:
            return  # the monitor may not: its lines stay in the old one
        posix.dup2(renewed, self._fd, inheritable=False)
        posix.close(renewed)


class Syslog:
    """The machine's, or a sidecar's, at /dev/log: a datagram a line (RFC 3164)."""

    def __init__(self) -> None:
        self._tag = f">initd[{posix.getpid()}]: ".encode()

    def write(self, line: bytes) -> bool:
        """False where nobody listens."""
        head = line[:_HEAD]
        severity = next((number for word, number in _SEVERITY.items() if word in head), 6)
        data = b"<%d" % (_DAEMON + severity) + self._tag + line.rstrip(b"\n")
        return _kernel.send_datagram(SYSLOG, data) >= 0

    def descriptors(self) -> tuple[int, ...]:
        return ()


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
