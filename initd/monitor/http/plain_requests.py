"""Reads the requests that kubelets, Prometheus, curl and browsers send; all others are for h11.

What is taken here is a part of what RFC 9112 allows, in which nothing is left to be interpreted: a
GET or HEAD without a body, every line ended by CRLF, header names of letters and hyphens, values of
printable ASCII, one Host. Whatever else begins a request, in form or in size, is Unusual: h11 then
reads this connection from that request on, and is imported for it (4 MB, so not before). A test
compares the two, request by request.
"""

from __future__ import annotations

from initd.monitor.http.fields import VISIBLE, Unusual, plain_fields
from initd.monitor.http.request import Request

_END = b"\r\n\r\n"
_METHODS = (b"GET ", b"HEAD ")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
#: These change what a message is, or where it ends.
_MEANINGFUL = frozenset(
    (b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer")
)
_ONCE = frozenset((b"host", b"connection"))
_KEPT, _CLOSED = b"keep-alive", b"close"


class PlainRequests:
    """Bytes go in, requests come out. After Unusual all that has come is `rest`."""

    def __init__(self, head_at_most: int) -> None:
        self._head_at_most = head_at_most
        self.rest = b""
        #: Whether the client has sent all that it will.
        self.ended = False

    def receive(self, data: bytes) -> None:
        """b"" is the end."""
        self.rest += data
        self.ended = self.ended or not data

    def next(self) -> Request | None:
        """The next one; None if it is not whole yet, or nothing more will come. Raises Unusual."""
        end = self.rest.find(_END)
        if end < 0:
            if self.rest and not self._may_become_plain():
                raise Unusual
            return None
        found = read_plain(self.rest[:end], self._head_at_most)
        if found is None:
            raise Unusual
        self.rest = self.rest[end + len(_END) :]
        return found

    def _may_become_plain(self) -> bool:
        """So that nonsense is answered at once, as h11 does, and not when its time is over."""
        rest = self.rest
        begins = any(rest[: len(each)] == each[: len(rest)] for each in _METHODS)
        lines_end_well = rest.count(b"\n") == rest.count(b"\r\n")
        return begins and lines_end_well and len(rest) < self._head_at_most and not self.ended


def read_plain(head: bytes, head_at_most: int) -> Request | None:
    """The request of a head without the empty line; None if there is anything unusual in it."""
    line, *headers = head.split(b"\r\n")
    method, _, rest = line.partition(b" ")
    target, _, version = rest.partition(b" ")
    size = len(head) + len(headers) + len(_END)  # as request.py counts: a blank behind each colon
    if method + b" " not in _METHODS or version not in _VERSIONS or size > head_at_most:
        return None
    if not target or target.translate(None, VISIBLE):
        return None
    values = plain_fields(headers, _ONCE)
    if values is None or not _has_host(values, version) or not _MEANINGFUL.isdisjoint(values):
        return None
    connection = values.get(b"connection", b"").lower()
    if connection not in (b"", _KEPT, _CLOSED):
        return None
    return Request(
        target=target,
        head_only=method == b"HEAD",
        last=connection == _CLOSED or version == b"HTTP/1.0",
        accept=values.get(b"accept", b""),
    )


def _has_host(values: dict[bytes, bytes], version: bytes) -> bool:
    """Once; HTTP/1.0 does not know it."""
    return b"host" in values or version == b"HTTP/1.0"
