"""TLS over a probe's connection: imported where there is an https check, with its 1.3 MB.

As with the kubelet, certificates are not verified.
"""

from __future__ import annotations

import ssl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from initd.monitor.probe.connection import Connection

    _T = TypeVar("_T")

#: Bytes that are taken from the connection at once.
_AT_ONCE = 65536


def unverified() -> ssl.SSLContext:
    """The kubelet's: the app is asked how it is, not who."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class TlsConnection:
    """As Connection, encrypted. OpenSSL sees no descriptor: bytes are carried to and from it."""

    def __init__(self, plain: Connection, context: ssl.SSLContext, host: str) -> None:
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    async def shake_hands(self) -> None:
        """Raises OSError."""
        await self._carry(self._tls.do_handshake)

    async def write(self, data: bytes) -> None:
        """All of it. Raises OSError."""
        while data:
            data = data[await self._carry(lambda data=data: self._tls.write(data)) :]  # type: ignore[misc]

    async def read(self, at_most: int) -> bytes:
        """What has come; b"" at its end, also at one that TLS was not told of. Raises OSError."""
        try:
            return await self._carry(lambda: self._tls.read(at_most))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def close(self) -> None:
        """At once, without telling the other side: it might never answer."""
        self._plain.close()

    async def _carry(self, do: Callable[[], _T]) -> _T:
        """Does it, as soon as OpenSSL has the bytes for it."""
        while True:
            try:
                done = do()
            except ssl.SSLWantReadError:
                await self._plain.write(self._outgoing.read())
                data = await self._plain.read(_AT_ONCE)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            else:
                await self._plain.write(self._outgoing.read())
                return done
