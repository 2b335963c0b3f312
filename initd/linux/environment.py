"""The environment that a container was given, and the words with which init was started."""

from __future__ import annotations

import posix
import sys


def given_environment() -> dict[bytes, bytes]:
    """As it was at exec: CPython adds LC_CTYPE to its own in the C locale (PEP 538),
    and the app is not to inherit that. Without /proc, CPython's view less its addition."""
    try:
        return environment_of("self")
    except OSError:
        environ = dict(posix.environ)
        if environ.get(b"LC_CTYPE") == b"C.UTF-8":
            del environ[b"LC_CTYPE"]
        return environ


def environment_of(pid: int | str) -> dict[bytes, bytes]:
    """A process's, as it was at its exec. Of a name that stands twice the first one counts,
    as getenv(3) has it. Raises OSError."""
    found: dict[bytes, bytes] = {}
    for entry in _strings(f"/proc/{pid}/environ"):
        name, equals, value = entry.partition(b"=")
        if name and equals:
            found.setdefault(name, value)
    return found


def words_of(pid: int) -> list[str]:
    """A process's command line, decoded as this one's was. Raises OSError."""
    words = _strings(f"/proc/{pid}/cmdline")[:-1]  # each is ended by a NUL, the last one too
    encoding = sys.getfilesystemencoding()
    return [word.decode(encoding, "surrogateescape") for word in words]


def _strings(path: str) -> list[bytes]:
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    data = b""
    try:
        while chunk := posix.read(fd, 65536):
            data += chunk
    finally:
        posix.close(fd)
    return data.split(b"\0")
