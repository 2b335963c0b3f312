"""Init's end and the monitor's end of the channel between them: whole messages."""

from __future__ import annotations

import posix

from initd.linux._kernel import ffi, lib

#: A longer message is cut when it is read, and is then no JSON any more.
MESSAGE_AT_MOST = 65536
_EAGAIN = 11


def open_channel() -> tuple[int, int]:
    """Two connected descriptors that keep messages apart (SOCK_SEQPACKET). Raises OSError."""
    ends = ffi.new("int[2]")
    error = -lib.initd_channel(ends)
    if error > 0:
        raise OSError(error, posix.strerror(error))
    return ends[0], ends[1]


def send(channel: int, message: bytes) -> bool:
    """False when the other end has to read first; a dead end takes everything."""
    return lib.initd_send(channel, message, len(message)) != -_EAGAIN


def receive(channel: int) -> bytes | None:
    """The next message; None when there is none yet, empty when the other end is gone."""
    try:
        return posix.read(channel, MESSAGE_AT_MOST)
    except BlockingIOError:
        return None
    except OSError:
        return b""
