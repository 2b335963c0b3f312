"""http: a GET, judged by its status and by what its body contains.

As with the kubelet, certificates are not verified, and the body is read to its end,
within bounds, so that the app does not see a client that hangs up. Unlike the kubelet it
does not follow redirects: their status is judged.
"""

from __future__ import annotations

from initd.core.address import read_url
from initd.core.health.check import ProbeResult
from initd.monitor.http.fields import NotHttp, Unusual
from initd.monitor.probe.connection import connect, reason
from initd.monitor.probe.plain_response import read_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from initd.core.health.check import Check
    from initd.monitor.probe import Context
    from initd.monitor.probe.connection import Connection
    from initd.monitor.probe.tls import TlsConnection

_BODY_AT_MOST = 64 * 1024
_HEAD_AT_MOST = 16 * 1024
_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: initd\r\nAccept: */*\r\n"
    "Connection: close\r\n\r\n"
)


class HttpProbe:
    """One request, one connection."""

    def __init__(self, check: Check, context: Context) -> None:
        self.check = check
        self.url = read_url(check.target)
        self.tls = _unverified() if self.url.secure else None
        self.wanted = check.body.encode()
        self.request = _REQUEST.format(path=self.url.path, host=self.url.authority).encode()

    async def ask(self, app: int) -> ProbeResult:
        """The status, or why there is none."""
        try:
            connection = await self._connect()
        except OSError as error:
            return ProbeResult(False, f"cannot connect to {self.url.authority}: {reason(error)}")
        try:
            status, body = await self._get(connection)
        except OSError as error:
            return ProbeResult(False, f"connection lost: {reason(error)}")
        except NotHttp as error:
            return ProbeResult(False, f"not HTTP: {error}")
        finally:
            connection.close()
        return self._judge(status, body)

    def _judge(self, status: int, body: bytes) -> ProbeResult:
        if not status:
            return ProbeResult(False, "connection closed without a response")
        if not any(low <= status <= high for low, high in self.check.statuses):
            return ProbeResult(False, f"status {status}")
        if self.wanted not in body:
            return ProbeResult(
                False, f"status {status}, but {self.check.body!r} is not in the body"
            )
        return ProbeResult(True, f"status {status}")

    async def _connect(self) -> Connection | TlsConnection:
        """Raises OSError."""
        plain = await connect(self.url.host, self.url.port)
        if self.tls is None:
            return plain
        from initd.monitor.probe.tls import TlsConnection

        try:
            secure = TlsConnection(plain, self.tls, self.url.host)
            await secure.shake_hands()
        except BaseException:
            plain.close()
            raise
        return secure

    async def _get(self, connection: Connection | TlsConnection) -> tuple[int, bytes]:
        """Status and body, of a long body the beginning; (0, b"") without a response. Raises
        OSError, NotHttp."""
        await connection.write(self.request)
        come = b""
        while True:
            data = await connection.read(_BODY_AT_MOST)
            if not come and not data:
                return 0, b""
            come += data
            try:
                found = read_response(come, not data, _HEAD_AT_MOST, _BODY_AT_MOST)
            except Unusual:
                return await self._get_any(connection, come, not data)
            if found is not None:
                return found

    async def _get_any(
        self, connection: Connection | TlsConnection, come: bytes, ended: bool
    ) -> tuple[int, bytes]:
        from initd.monitor.probe.any_response import AnyResponse  # brings in h11

        reading = AnyResponse(_HEAD_AT_MOST, _BODY_AT_MOST)
        found = reading.receive(come) or (reading.receive(b"") if ended else None)
        while found is None:
            found = reading.receive(await connection.read(_BODY_AT_MOST))
        return found


def _unverified() -> SSLContext:
    from initd.monitor.probe.tls import unverified

    return unverified()
