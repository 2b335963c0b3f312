"""Sockets that listen for HTTP: bound by pid 1, before the app runs, and served by the
monitor, so that nobody is refused while a monitor is started anew."""

from __future__ import annotations

import posix

from initd.linux._kernel import lib


def listen_inet(address: str, port: int) -> int:
    """A listening TCP socket at a numeric address of either family. Raises OSError."""
    fd = lib.initd_listen_inet(address.encode(), port)
    if fd < 0:
        raise OSError(-fd, posix.strerror(-fd))
    return fd
