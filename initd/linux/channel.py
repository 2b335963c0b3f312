"""The channel between init and the monitor. It keeps messages whole."""

from __future__ import annotations

import posix

from initd.linux import _kernel

#: In bytes. A longer message is truncated when it is read, and then fails to parse.
MESSAGE_AT_MOST = 65536
_EAGAIN = 11


def open_channel() -> tuple[int, int]:
    """Two connected descriptors that keep messages apart (SOCK_SEQPACKET). Raises OSError."""
    result, ours, theirs = _kernel.channel()
    if result < 0:
        raise OSError(-result, posix.strerror(-result))
    return ours, theirs


def send(channel: int, message: bytes) -> bool:
    """False if the buffer is full; messages to a dead peer are dropped, and count as sent."""
    return _kernel.send(channel, message) != -_EAGAIN


def receive(channel: int) -> bytes | None:
    """The next message; None if there is none yet, empty if the peer is gone."""
    try:
        return posix.read(channel, MESSAGE_AT_MOST)
    except BlockingIOError:
        return None
    except OSError:
        return b""
