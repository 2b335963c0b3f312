"""The control socket's descriptors: bound with mode 0600, peers known by the kernel."""

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

_BACKLOG = 16
_MSG_NOSIGNAL = 0x4000


def default_paths() -> tuple[str, ...]:
    """Where the socket is bound and looked for, best first. A read-only root leaves
    only /dev/shm writable."""
    uid = posix.getuid()
    return (
        "/run/initd/control.sock",
        f"/tmp/initd-{uid}/control.sock",
        f"/dev/shm/initd-{uid}/control.sock",
    )


def listen(path: str) -> socket:
    """A listening socket at `path`; raises OSError. A dead socket there is replaced."""
    server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
    try:
        _own_directory(path)
        _bind(server, path)
        server.listen(_BACKLOG)
    except BaseException:
        server.close()
        raise
    return server


def _own_directory(path: str) -> None:
    directory = path.rpartition("/")[0]
    if not directory:
        return
    try:
        posix.mkdir(directory, 0o755)
    except FileExistsError:
        # In /tmp somebody else could have made it, to answer in init's place.
        if posix.stat(directory).st_uid not in (0, posix.geteuid()):
            raise PermissionError(1, f"{directory} belongs to somebody else") from None


def _bind(server: socket, path: str) -> None:
    before = posix.umask(0o177)  # bind creates the file: never for a moment with more
    try:
        try:
            server.bind(path)
        except OSError as error:
            if error.errno != 98 or _answers(path):  # EADDRINUSE
                raise
            posix.unlink(path)
            server.bind(path)
    finally:
        posix.umask(before)


def _answers(path: str) -> bool:
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


def accept(server: socket) -> socket | None:
    """The next connection, or None."""
    try:
        fd, _ = server._accept()  # type: ignore[attr-defined]  # typeshed has the wrapper's only
    except OSError:
        return None  # gone again, or no descriptor to be had: the next wait tells
    connection = socket(fileno=fd)
    connection.setblocking(False)
    return connection


def peer_uid(connection: socket) -> int:
    """Who connected, as the kernel noted at that moment (SO_PEERCRED, unix(7))."""
    credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], "little")


def send_whole(connection: socket, data: bytes) -> bool:
    """Whether it all went into the socket's buffer at once; the peer may be slow."""
    try:
        return connection.send(data, _MSG_NOSIGNAL) == len(data)
    except OSError:
        return False


def ask(path: str, request: bytes, timeout: float) -> bytes:
    """One request, one answer, for the client. Raises OSError."""
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
        owner = peer_uid(connection)
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
