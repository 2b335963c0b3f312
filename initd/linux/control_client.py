"""The other end of the control socket, for verbs: short-lived, so that it may wait."""

from __future__ import annotations

import posix
from _socket import (  # the built-in half of `socket`: no enums, no selectors
    AF_UNIX,
    SO_PEERCRED,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
    socket,
)


def ask(path: str, request: bytes, timeout: float) -> bytes:
    """One request, one answer. Raises OSError."""
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
        owner = _peer_uid(connection)
        if owner not in (0, posix.geteuid()):
            raise PermissionError(1, f"{path} is answered by somebody else, uid {owner}")
        connection.sendall(request)
        answer = b""
        while not answer.endswith(b"\n"):
            data = connection.recv(65536)
            if not data:
                break
            answer += data
        return answer
    finally:
        connection.close()


def answers(path: str) -> bool:
    """Whether somebody listens there."""
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
    try:
        probe.connect(path)
    except BlockingIOError:
        return True  # somebody listens, and is busy
    except OSError:
        return False
    finally:
        probe.close()
    return True


def _peer_uid(connection: socket) -> int:
    credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], "little")
