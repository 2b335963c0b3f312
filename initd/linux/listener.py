"""TCP sockets for HTTP: pid 1 binds them before the app runs, and the monitor serves them.
So connections are accepted even while the monitor restarts."""

from __future__ import annotations

import posix

from initd.linux import _kernel


def listen_inet(address: str, port: int) -> int:
    """A listening TCP socket at a numeric address of either family, or at all of both ("").
    Raises OSError."""
    fd = _kernel.listen_inet(address.encode(), port)
    if fd < 0:
        raise OSError(-fd, posix.strerror(-fd))
    return fd
