"""The control socket's descriptors: bound with mode 0600, peers known by the kernel."""

from __future__ import annotations

import posix

from initd.linux import unix_socket
from initd.linux._kernel import lib


def default_paths(uid: int) -> tuple[str, ...]:
    """Where an init of user `uid` binds its socket, best first."""
    return unix_socket.default_paths("control.sock", uid)


def listen(path: str) -> int:
    """A listening socket at `path`; raises OSError. A dead socket there is replaced."""
    if path in default_paths(posix.geteuid()):
        unix_socket.own_directory(path)
    return unix_socket.bind(path, unix_socket.STREAM, 0o600)


def accept(server: int) -> int:
    """The next connection, or a negative number: none, or gone again, or no descriptor
    to be had, of which the next wait tells."""
    return lib.initd_accept(server)


def peer_uid(connection: int) -> int:
    """Who connected; negative where the kernel can't tell."""
    return lib.initd_peer_uid(connection)


def send_whole(connection: int, data: bytes) -> bool:
    """Whether it all went into the socket's buffer at once; the peer may be slow."""
    return lib.initd_send(connection, data, len(data)) == len(data)
