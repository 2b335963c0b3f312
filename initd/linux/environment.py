"""The environment that the container was given."""

from __future__ import annotations

import posix


def given_environment() -> dict[bytes, bytes]:
    """As it was at exec: CPython adds LC_CTYPE to its own in the C locale (PEP 538),
    and the app is not to inherit that. Of a name that stands twice the first one
    counts, as getenv(3) has it. Without /proc, CPython's view less its addition."""
    try:
        fd = posix.open("/proc/self/environ", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        environ = dict(posix.environ)
        if environ.get(b"LC_CTYPE") == b"C.UTF-8":
            del environ[b"LC_CTYPE"]
        return environ
    data = b""
    while chunk := posix.read(fd, 65536):
        data += chunk
    posix.close(fd)
    found: dict[bytes, bytes] = {}
    for entry in data.split(b"\0"):
        name, equals, value = entry.partition(b"=")
        if name and equals:
            found.setdefault(name, value)
    return found
