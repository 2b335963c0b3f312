"""tcp and unix: something listens. Also the connection of http probes."""

from __future__ import annotations

import asyncio
import errno
import os
import socket

from initd.core.address import read_endpoint
from initd.core.health.check import Check, ProbeResult
from initd.monitor.probe import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

#: RFC 6761, 6.3: the name is the loopback address. A look-up would take a thread.
_LOOPBACK = ("127.0.0.1", "::1")


async def connect(
    host: str, port: int, tls: SSLContext | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection. Raises OSError: the first address's, if none answers."""
    addresses = _LOOPBACK if host == "localhost" else (host,)
    first: OSError | None = None
    for address in addresses:
        try:
            return await asyncio.open_connection(
                address, port, ssl=tls, server_hostname=host if tls else None
            )
        except OSError as error:
            first = first or error
    assert first is not None
    raise first


def reason(error: OSError) -> str:
    """What the kernel, the resolver or TLS said, without the address, which people know.

    asyncio puts a sentence of its own after an errno; getaddrinfo(3)'s numbers, and those
    of ssl.SSLError, which has a `reason` (None where its table has no name), are not errnos."""
    told_by_tls: str | None = getattr(error, "reason", None)
    if hasattr(error, "reason") or isinstance(error, socket.gaierror) or not error.errno:
        return told_by_tls or error.strerror or str(error) or type(error).__name__
    return os.strerror(error.errno)


class TcpProbe:
    """A connection is enough, even one that is closed at once."""

    def __init__(self, check: Check, context: Context) -> None:
        self.target = check.target
        self.host, self.port = read_endpoint(check.target)

    async def ask(self, app: int) -> ProbeResult:
        """Nothing is sent."""
        try:
            _, writer = await connect(self.host, self.port)
        except OSError as error:
            return ProbeResult(False, f"{self.target}: {reason(error)}")
        writer.transport.abort()
        return ProbeResult(True, f"{self.target} accepts connections")


class UnixProbe:
    """A stream socket by its path, or @NAME for an abstract one."""

    def __init__(self, check: Check, context: Context) -> None:
        self.target = check.target
        self.address = "\0" + check.target[1:] if check.target[:1] == "@" else check.target

    async def ask(self, app: int) -> ProbeResult:
        """Takes no time: connect(2) on a unix socket waits only for room in the backlog.
        asyncio would take EAGAIN, a full backlog, for a connection under way."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.setblocking(False)
            try:
                connection.connect(self.address)
            except OSError as error:
                full = error.errno == errno.EAGAIN
                why = "nobody accepts: its backlog is full" if full else reason(error)
                return ProbeResult(False, f"{self.target}: {why}")
        return ProbeResult(True, f"{self.target} accepts connections")
