"""The notify socket, pid 1's side: bound before the app starts, read by the monitor.

It holds while monitors come and go, and what is sent meanwhile queues; but not without
end: the kernel queues net.unix.max_dgram_qlen datagrams and one more (11 in a fresh
network namespace), and who sends another one waits in sendmsg(2). So pid 1 discards what
nobody will read.
"""

from __future__ import annotations

import posix

from initd.linux import unix_socket

#: More than a queue holds where the host has raised its limit as systemd does, to 512.
_DISCARDED_AT_ONCE = 1024


def default_paths(uid: int) -> tuple[str, ...]:
    """Where an init of user `uid` binds its socket, best first."""
    return unix_socket.default_paths("notify.sock", uid)


def listen(path: str) -> int:
    """A datagram socket at `path` that knows its senders (SO_PASSCRED, set before there
    is a name to send to); raises OSError. A dead socket there is replaced.

    Any user of the container may send: who it was the kernel tells.
    """
    if path in default_paths(posix.geteuid()):
        unix_socket.own_directory(path)
    return unix_socket.bind(path, unix_socket.DATAGRAM, 0o666)


def discard(fd: int) -> int:
    """Drops all that has queued, unread; returns how many datagrams that were.

    Before a new app starts, so that nothing the last one said counts for it; and while
    there is no monitor, so that no sender waits. Descriptors in them are closed.
    """
    for count in range(_DISCARDED_AT_ONCE):
        try:
            posix.read(fd, 1)  # the rest of a datagram is cut off, unix(7)
        except BlockingIOError:
            return count
    return _DISCARDED_AT_ONCE
