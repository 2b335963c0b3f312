"""tcp and unix: something listens. Also the connection of http probes."""

from __future__ import annotations

import errno
import posix
from _socket import (
    AF_UNIX,
    IPPROTO_TCP,
    SO_ERROR,
    SO_KEEPALIVE,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    gaierror,
    socket,
)

from initd.core.address import read_endpoint
from initd.core.health.check import ProbeResult
from initd.monitor.resolver import places
from initd.monitor.tasks import readable, writable
from initd.monitor.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.check import Check
    from initd.monitor.probe import Context
    from initd.monitor.resolver import Place

#: Seconds of silence before the kernel asks whether the other side is still there, between its
#: questions, and how many it asks.
_KEEPALIVE = ((TCP_KEEPIDLE, 15), (TCP_KEEPINTVL, 5), (TCP_KEEPCNT, 3))
#: RFC 6761, 6.3: the name is the loopback address. A look-up would take a thread.
_LOOPBACK = ("127.0.0.1", "::1")


class Connection:
    """A stream, read and written without keeping the loop waiting."""

    def __init__(self, connected: socket) -> None:
        self._socket = connected

    async def write(self, data: bytes) -> None:
        """All of it. Raises OSError."""
        while data:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                await writable(self._socket.fileno())

    async def read(self, at_most: int) -> bytes:
        """What has come; b"" at its end. Raises OSError."""
        while True:
            try:
                return self._socket.recv(at_most)
            except BlockingIOError:
                await readable(self._socket.fileno())

    def outlive_silence(self) -> None:
        """Of a TCP connection on which nothing may come for hours: the kernel finds out whether
        the other side is still there."""
        self._socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            self._socket.setsockopt(IPPROTO_TCP, option, value)

    def close(self) -> None:
        """At once."""
        self._socket.close()


async def connect(host: str, port: int) -> Connection:
    """A connection. Raises OSError: the first address's, if none answers."""
    first: OSError | None = None
    for name in _LOOPBACK if host == "localhost" else (host,):
        try:
            found = await places(name, port, SOCK_STREAM)
        except OSError as error:
            first = first or error
            continue
        for place in found:
            try:
                return Connection(await _connected(place))
            except OSError as error:
                first = first or error
    assert first is not None
    raise first


async def _connected(place: Place) -> socket:
    family, address = place
    connection = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
    try:
        refusal = connection.connect_ex(address)
        if refusal == errno.EINPROGRESS:
            await writable(connection.fileno())
            refusal = connection.getsockopt(SOL_SOCKET, SO_ERROR)
        if refusal:
            raise OSError(refusal, posix.strerror(refusal))
    except BaseException:
        connection.close()
        raise
    return connection


def reason(error: OSError) -> str:
    """What the kernel, the resolver or TLS said, without the address, which people know.

    getaddrinfo(3)'s numbers, and those of ssl.SSLError, which has a `reason` (None where its
    table has no name), are not errnos."""
    told_by_tls: str | None = getattr(error, "reason", None)
    if hasattr(error, "reason") or isinstance(error, gaierror) or not error.errno:
        return told_by_tls or error.strerror or str(error) or type(error).__name__
    return posix.strerror(error.errno)


class TcpProbe:
    """A connection is enough, even one that is closed at once."""

    def __init__(self, check: Check, context: Context) -> None:
        self.target = check.target
        self.host, self.port = read_endpoint(check.target)

    async def ask(self, app: int) -> ProbeResult:
        """Nothing is sent."""
        try:
            connection = await connect(self.host, self.port)
        except OSError as error:
            return ProbeResult(False, f"{self.target}: {reason(error)}")
        connection.close()
        return ProbeResult(True, f"{self.target} accepts connections")


class UnixProbe:
    """A stream socket by its path, or @NAME for an abstract one."""

    def __init__(self, check: Check, context: Context) -> None:
        self.target = check.target
        self.is_path = check.target[:1] != "@"
        self.address = check.target if self.is_path else "\0" + check.target[1:]
        self._worker = Worker()

    async def ask(self, app: int) -> ProbeResult:
        """connect(2) on a unix socket waits only for room in the backlog, or says EAGAIN. Where
        its mount is dead it never returns: so the path is looked at beforehand."""
        if self._worker.busy:
            return ProbeResult(False, f"{self.target}: an earlier look has not come back")
        connection = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
        try:
            if self.is_path:
                await self._worker.run(lambda: posix.stat(self.target))
            connection.connect(self.address)
        except OSError as error:
            full = error.errno == errno.EAGAIN
            why = "nobody accepts: its backlog is full" if full else reason(error)
            return ProbeResult(False, f"{self.target}: {why}")
        finally:
            connection.close()
        return ProbeResult(True, f"{self.target} accepts connections")
