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
        if owner not in (0, *inits_users()):
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


def inits_users() -> tuple[int, ...]:
    """Who an init to be asked may belong to: this user, or whoever pid 1 is."""
    mine = posix.geteuid()
    try:
        pid_1 = posix.stat("/proc/1").st_uid
    except OSError:
        return (mine,)
    return (mine,) if pid_1 == mine else (mine, pid_1)


def answers(path: str, kind: int) -> bool:
    """Whether somebody has a socket of this kind (SOCK_STREAM, SOCK_DGRAM) there."""
    probe = socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK)
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
