"""What a request asks for, and what is refused whatever its path."""

from __future__ import annotations

from initd.core.value import Value
from initd.monitor.http.response import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import h11

    from initd.monitor.http.response import Response

_READS = (b"GET", b"HEAD")
#: Methods with a meaning (RFC 9110, 9.3, and RFC 5789) get 405, all others 501.
_KNOWN = (b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH")
_HEXADECIMAL = b"0123456789ABCDEFabcdef"


class Request(Value, kw_only=True):
    """A GET, or with `head_only` a HEAD. `last`: nothing that comes behind it is answered.
    `accept` is the header, b"" if there is none."""

    target: bytes
    head_only: bool = False
    last: bool = False
    accept: bytes = b""


class Refused(Exception):
    """What has come is not served, and nothing that follows is."""

    def __init__(self, response: Response, head_only: bool = False) -> None:
        super().__init__(response)
        self.response = response
        self.head_only = head_only


class Target(Value):
    """A path, decoded, and the names of its query's parameters."""

    path: str
    names: frozenset[str] = frozenset()


def refusal(request: h11.Request, next_event: Any, head_at_most: int) -> Response | None:
    """The error response for a request that is not served; None if it is.

    `next_event` is what h11 has after the head: the end, unless a body is announced.
    """
    from h11 import EndOfMessage  # whoever calls this has imported it

    if request.http_version[:2] != b"1.":
        return plain(505, "only HTTP/1.0 and HTTP/1.1 are supported")
    if _size_of(request) > head_at_most:
        return plain(431, f"request line and headers are limited to {head_at_most} bytes")
    if request.method not in _READS:
        status = 405 if request.method in _KNOWN else 501
        return plain(status, "only GET and HEAD are supported", ((b"Allow", b"GET, HEAD"),))
    if type(next_event) is not EndOfMessage:
        return plain(413, "requests with a body are not supported")
    return None


def _size_of(request: h11.Request) -> int:
    """Bytes of the head; h11 limits only one that is not complete yet."""
    lines = sum(len(name) + len(value) + 4 for name, value in request.headers)
    return len(request.method) + len(request.target) + lines + 12


def parse_target(target: bytes) -> Target:
    """Raises ValueError, with a sentence for the client, for what is not a path in UTF-8."""
    path, _, query = _origin_form(target).partition(b"?")
    return Target(_decoded(path), frozenset(_names(query)))


def _origin_form(target: bytes) -> bytes:
    """The path of an absolute URL: a server must accept it (RFC 9112, 3.2.2)."""
    if target[:7].lower() == b"http://":
        _, slash, rest = target[7:].partition(b"/")
        return slash + rest or b"/"
    if target[:1] != b"/":
        raise ValueError("the request target is neither a path nor an http URL")
    return target


def _names(query: bytes) -> list[str]:
    return [_decoded(part.partition(b"=")[0]) for part in query.split(b"&") if part]


def _decoded(text: bytes) -> str:
    first, *rest = text.split(b"%")
    text = first + b"".join(map(_unescaped, rest))
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise ValueError("the request target is not UTF-8") from None


def _unescaped(behind_percent: bytes) -> bytes:
    digits, rest = behind_percent[:2], behind_percent[2:]
    if len(digits) < 2 or digits.translate(None, _HEXADECIMAL):
        raise ValueError("a % in the request target is not followed by two hexadecimal digits")
    return bytes((int(digits, 16),)) + rest
