"""The client of the control socket, for verbs. They are short-lived, so it may block."""

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


def ask(path: str, request: bytes, timeout: float, anybody: bool = False) -> bytes:
    """One request, one answer. Raises OSError, also where the listener has no pid here, which is
    another container's with the same directory, unless `anybody` is meant."""
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
        pid, owner = _peer(connection)
        if pid == 0 and not anybody:
            raise OSError(1, "another container's init")
        if owner not in (0, *inits_users()):
            raise PermissionError(
                1, f"{path} belongs to uid {owner}, which is neither this user nor pid 1's"
            )
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
    """The users whose init is trusted: this one, and pid 1's."""
    mine = posix.geteuid()
    try:
        pid_1 = posix.stat("/proc/1").st_uid
    except OSError:
        return (mine,)
    return (mine,) if pid_1 == mine else (mine, pid_1)


def answers(path: str, kind: int) -> bool:
    """Whether a process has a socket of this kind (SOCK_STREAM, SOCK_DGRAM) open there."""
    probe = socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK)
    try:
        probe.connect(path)
    except BlockingIOError:
        return True  # it listens, and its queue is full
    except OSError:
        return False
    finally:
        probe.close()
    return True


def listener(path: str) -> int:
    """The pid of the process that listens there; 0 if it has none here, so that it is another
    container's. Negative if nobody does."""
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
    try:
        probe.connect(path)
        return _peer(probe)[0]
    except OSError:
        return -1
    finally:
        probe.close()


def _peer(connection: socket) -> tuple[int, int]:
    """Its pid, 0 if it has none here, and its uid."""
    credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
    return int.from_bytes(credentials[:4], "little"), int.from_bytes(credentials[4:8], "little")
