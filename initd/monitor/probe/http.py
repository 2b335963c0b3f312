"""http: a GET, judged by its status and by what its body contains.

As with the kubelet, certificates are not verified, and the body is read to its end,
within bounds, so that the app does not see a client that hangs up. Unlike the kubelet it
does not follow redirects: their status is judged.
"""

from __future__ import annotations

import h11

from initd.core.address import read_url
from initd.core.health.check import ProbeResult
from initd.monitor.probe.connection import connect, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from initd.core.health.check import Check
    from initd.monitor.probe import Context
    from initd.monitor.probe.connection import Connection
    from initd.monitor.probe.tls import TlsConnection

_BODY_AT_MOST = 64 * 1024
_HEAD_AT_MOST = 16 * 1024


class HttpProbe:
    """One request, one connection."""

    def __init__(self, check: Check, context: Context) -> None:
        self.check = check
        self.url = read_url(check.target)
        self.tls = _unverified() if self.url.secure else None
        self.wanted = check.body.encode()

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
        except h11.RemoteProtocolError as error:
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
        """Status and body, of a long body the beginning; (0, b"") without a response."""
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_AT_MOST)
        headers = [
            ("Host", self.url.authority),
            ("User-Agent", "initd"),
            ("Accept", "*/*"),
            ("Connection", "close"),
        ]
        request = h11.Request(method="GET", target=self.url.path, headers=headers)
        sent = (http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b"")
        await connection.write(sent)
        status, body, silent = 0, b"", True
        while len(body) < _BODY_AT_MOST:
            event = http.next_event()
            if event is h11.NEED_DATA:
                data = await connection.read(_BODY_AT_MOST)
                if not data and silent:
                    break
                silent = False
                http.receive_data(data)
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            elif not isinstance(event, h11.InformationalResponse):
                break
        return status, body[:_BODY_AT_MOST]


def _unverified() -> SSLContext:
    from initd.monitor.probe.tls import unverified

    return unverified()
