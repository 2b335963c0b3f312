"""A process's environment, as it was at its exec."""

from __future__ import annotations

import posix

from initd.files import read

#: execve(2) takes 6 MiB at the most, both together.
_AT_MOST = 8 << 20
#: shim/contract.h says why.
HIDDEN = (b"LD_", b"GLIBC_TUNABLES=", b"GCONV_PATH=", b"OPENSSL_")
HIDDEN_BIT = 0x80


def given_environment() -> dict[bytes, bytes]:
    """This process's. CPython adds LC_CTYPE in the C locale (PEP 538), and the app must not
    inherit that. Without /proc, CPython's view without the addition."""
    try:
        return environment_of("self")
    except OSError:
        environ = {_shown(name): value for name, value in posix.environ.items()}
        if environ.get(b"LC_CTYPE") == b"C.UTF-8":
            del environ[b"LC_CTYPE"]
        return environ


def environment_of(pid: int | str) -> dict[bytes, bytes]:
    """That of a process. If a name occurs twice, the first value counts, as for getenv(3).
    Raises OSError."""
    found: dict[bytes, bytes] = {}
    for entry in _strings(f"/proc/{pid}/environ"):
        name, equals, value = entry.partition(b"=")
        if name and equals:
            found.setdefault(_shown(name), value)
    return found


def _shown(name: bytes) -> bytes:
    """As the container was given it: the launcher hides from the loader what is not for init."""
    shown = bytes((name[0] & ~HIDDEN_BIT,)) + name[1:] if name[:1] >= b"\x80" else name
    return shown if (shown + b"=").startswith(HIDDEN) else name


def _strings(path: str) -> list[bytes]:
    return read(path, _AT_MOST).split(b"\0")
