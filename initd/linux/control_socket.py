"""The control socket: bound with mode 0600; the kernel tells who has connected."""

from __future__ import annotations

import posix

from initd.linux import _kernel, unix_socket


def default_paths(uid: int) -> tuple[str, ...]:
    """Where an init of user `uid` binds its socket, preferred path first."""
    return unix_socket.default_paths("control.sock", uid)


def listen(path: str) -> int:
    """A listening socket at `path`; raises OSError. A dead socket there is replaced."""
    if path in default_paths(posix.geteuid()):
        unix_socket.own_directory(path)
    return unix_socket.bind(path, unix_socket.STREAM, 0o600)


def accept(server: int) -> int:
    """The next connection. Negative if there is none, it is gone again, or init is out of
    descriptors: then the next poll reports it again."""
    return _kernel.accept(server)


def peer_uid(connection: int) -> int:
    """The uid of the process that connected; negative if the kernel does not know it."""
    return _kernel.peer_uid(connection)


def send_whole(connection: int, data: bytes) -> bool:
    """Whether all of it fitted into the socket's buffer at once: a slow peer is not awaited."""
    return _kernel.send(connection, data) == len(data)
