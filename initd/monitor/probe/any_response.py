"""Reads any response there may be, by h11: imported for the first that is out of the ordinary."""

from __future__ import annotations

import h11

from initd.monitor.http.fields import NotHttp


class AnyResponse:
    """The response to one GET, as far as it has come."""

    def __init__(self, head_at_most: int, body_at_most: int) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=head_at_most)
        self._http.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
        self._http.send(h11.EndOfMessage())
        self._body_at_most = body_at_most
        self._status = 0
        self._body = b""

    def receive(self, data: bytes) -> tuple[int, bytes] | None:
        """Status and body, of a long body the beginning, as soon as they are there; b"" is the
        end. Raises NotHttp."""
        self._http.receive_data(data)
        try:
            while len(self._body) < self._body_at_most:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    return None
                if isinstance(event, h11.Response):
                    self._status = event.status_code
                elif isinstance(event, h11.Data):
                    self._body += event.data
                elif not isinstance(event, h11.InformationalResponse):
                    break
        except h11.RemoteProtocolError as error:
            raise NotHttp(str(error)) from None
        return self._status, self._body[: self._body_at_most]
