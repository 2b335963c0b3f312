"""What is sent back: a status, a body, and the headers that every response has."""

from __future__ import annotations

import time

from initd.core.value import Value

PLAIN = "text/plain; charset=utf-8"

#: `http.HTTPStatus` would bring an enum of sixty for the dozen that are used.
REASONS = {
    200: b"OK",
    400: b"Bad Request",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    503: b"Service Unavailable",
    505: b"HTTP Version Not Supported",
}

Headers = tuple[tuple[bytes, bytes], ...]


class Response(Value):
    """A whole response; `headers` are those beside the ones that all have."""

    status: int
    body: bytes
    content_type: str = PLAIN
    headers: Headers = ()


def plain(status: int, text: str, headers: Headers = ()) -> Response:
    """Text for people and programs."""
    return Response(status, text.encode(errors="replace") + b"\n", PLAIN, headers)


class Date:
    """The Date header: an origin server with a clock sends one (RFC 9110, 6.6.1).

    Formatted once a second. `email.utils` would cost a megabyte; strftime's names of
    days and months are English because nobody calls setlocale(LC_TIME) here.
    """

    def __init__(self) -> None:
        self._second = -1
        self._text = b""

    def now(self) -> bytes:
        """In the preferred format (RFC 9110, 5.6.7): Sun, 06 Nov 1994 08:49:37 GMT."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._text = date(second)
        return self._text


def date(second: int) -> bytes:
    """The header's value for a second of the epoch."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(second)).encode()


def encoded(response: Response, now: bytes, head_only: bool, last: bool) -> bytes:
    """As it is sent; `last`: the connection is closed behind it. `now` is the value of Date."""
    reason = REASONS.get(response.status, b"")
    lines = [b"HTTP/1.1 %d %s" % (response.status, reason)]
    lines += [name + b": " + value for name, value in headers_of(response, now)]
    if last:
        lines.append(b"Connection: close")
    return b"\r\n".join((*lines, b"", b"" if head_only else response.body))


def headers_of(response: Response, now: bytes) -> list[tuple[bytes, bytes]]:
    """All of them; `now` is the value of Date."""
    return [
        (b"Date", now),
        (b"Content-Type", response.content_type.encode()),
        (b"Content-Length", b"%d" % len(response.body)),
        (b"Cache-Control", b"no-store"),
        (b"X-Content-Type-Options", b"nosniff"),
        *response.headers,
    ]
