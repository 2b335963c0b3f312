"""Reads any request there may be, by h11: imported for the first that is out of the ordinary.

h11 is sans-io and pure Python, so a hostile client meets no C code; it follows RFC 9112 to the
letter, and what it rejects gets the status that it names. httptools is faster: a C parser, lenient
by design.
"""

from __future__ import annotations

import h11

from initd.monitor.http.printable import printable
from initd.monitor.http.request import Refused, Request, refusal
from initd.monitor.http.response import plain

#: What a client sent is quoted to it, cut after so many characters.
_QUOTED_AT_MOST = 200


class AnyRequests:
    """Begins with what a PlainRequests has left."""

    def __init__(self, head_at_most: int, rest: bytes, ended: bool) -> None:
        self._head_at_most = head_at_most
        self._begin(rest, ended)

    def _begin(self, rest: bytes, ended: bool) -> None:
        """Each request has a parser of its own: the responses are not h11's business."""
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=self._head_at_most)
        if rest:
            self._http.receive_data(rest)
        if ended:
            self._http.receive_data(b"")

    @property
    def rest(self) -> bytes:
        """What has come and was not read yet."""
        return self._http.trailing_data[0]

    @property
    def ended(self) -> bool:
        """Whether the client has sent all that it will."""
        return self._http.trailing_data[1]

    def receive(self, data: bytes) -> None:
        """b"" is the end."""
        self._http.receive_data(data)

    def next(self) -> Request | None:
        """The next one; None if it is not whole yet, or nothing more will come. Raises Refused."""
        try:
            event = self._http.next_event()
            if not isinstance(event, h11.Request):
                return None
            behind = self._http.next_event()
        except h11.RemoteProtocolError as error:
            why = printable(str(error))[:_QUOTED_AT_MOST]
            raise Refused(plain(error.error_status_hint, why)) from None
        refused = refusal(event, behind, self._head_at_most)
        if refused is not None:
            raise Refused(refused, head_only=event.method == b"HEAD")
        self._begin(*self._http.trailing_data)
        return _request(event)


def _request(event: h11.Request) -> Request:
    values: dict[bytes, list[bytes]] = {}
    for name, value in event.headers:
        values.setdefault(name, []).append(value)
    options = b",".join(values.get(b"connection", ())).lower().split(b",")
    return Request(
        target=event.target,
        head_only=event.method == b"HEAD",
        last=b"close" in map(bytes.strip, options) or event.http_version < b"1.1",
        accept=b", ".join(values.get(b"accept", ())),
    )
