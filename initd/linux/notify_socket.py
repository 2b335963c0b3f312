"""Pid 1's side of the notify socket: bound before the app starts, read by the monitor. And what
init itself says, to the socket of whoever started it.

It stays open while the monitor restarts, and datagrams queue meanwhile. But the kernel queues
only net.unix.max_dgram_qlen datagrams and one more (11 in a fresh network namespace); then
sendmsg(2) blocks the sender. So pid 1 discards what no monitor will read.
"""

from __future__ import annotations

import posix

from initd.linux import _kernel, unix_socket

#: More than a queue holds, even on a host where systemd has raised the limit to 512.
_DISCARDED_AT_ONCE = 1024


def default_paths(uid: int) -> tuple[str, ...]:
    """Where an init of user `uid` binds its socket, preferred path first."""
    return unix_socket.default_paths("notify.sock", uid)


def listen(path: str) -> int:
    """A datagram socket at `path` that learns its senders' credentials (SO_PASSCRED, set before
    the socket has a name). Raises OSError. Replaces a dead socket.

    Every user of the container may send: the kernel tells who did.
    """
    if path in default_paths(posix.geteuid()):
        unix_socket.own_directory(path)
    return unix_socket.bind(path, unix_socket.DATAGRAM, 0o666)


def send(path: bytes, message: bytes) -> int:
    """Sends one datagram to the socket at `path`, `@NAME` in the abstract namespace; never waits.
    Returns 0 or errno: EAGAIN where the receiver's queue is full."""
    return -min(0, _kernel.send_datagram(path, message))


def discard(fd: int) -> int:
    """Discards the whole queue; returns how many datagrams there were.

    Called before an app starts, so that the messages of the previous one do not count for it,
    and while no monitor runs, so that no sender blocks. Descriptors in them are closed.
    """
    for count in range(_DISCARDED_AT_ONCE):
        try:
            posix.read(fd, 1)  # the rest of the datagram is discarded, unix(7)
        except BlockingIOError:
            return count
    return _DISCARDED_AT_ONCE
