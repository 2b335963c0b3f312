"""Reads the responses that apps give day by day; all others are for h11 (any_response.py).

As the monitor reads requests (http/plain_requests.py): what can be read in one way only is read
here, the rest is Unusual. A test compares the two.
"""

from __future__ import annotations

from initd.monitor.http.fields import Unusual, plain_fields

_END = b"\r\n\r\n"
_LINE = b"\r\n"
_BEGIN = (b"HTTP/1.1 ", b"HTTP/1.0 ")
_TEXT = bytes(range(0x20, 0x7F)) + b"\t"
_DIGITS = b"0123456789"
_HEXADECIMAL = _DIGITS + b"ABCDEFabcdef"
_LENGTH, _CODING = b"content-length", b"transfer-encoding"
_ONCE = frozenset((_LENGTH, _CODING))
_WITHOUT_BODY = (204, 304)
#: Digits of a number that is not worth reading.
_LONGEST_NUMBER = 12


def read_response(
    data: bytes, ended: bool, head_at_most: int, body_at_most: int
) -> tuple[int, bytes] | None:
    """Status and body of a response to a GET, of a long body the beginning; None as long as it is
    not there. `ended`: nothing will follow `data`. Raises Unusual."""
    head, end, body = data.partition(_END)
    if not end:
        if ended or len(data) >= head_at_most or not _may_begin_one(data):
            raise Unusual
        return None
    if len(head) + len(end) > head_at_most:
        raise Unusual
    line, *lines = head.split(_LINE)
    status = _status_of(line)
    fields = plain_fields(lines, _ONCE)
    if fields is None or (_CODING in fields and _LENGTH in fields):
        raise Unusual
    if status in _WITHOUT_BODY:
        if not _ONCE.isdisjoint(fields):
            raise Unusual
        return status, b""
    found = _body(body, fields, ended, body_at_most)
    return None if found is None else (status, found[:body_at_most])


def _may_begin_one(data: bytes) -> bool:
    """So that nonsense is an answer at once."""
    begins = any(data[: len(each)] == each[: len(data)] for each in _BEGIN)
    return begins and data.count(b"\n") == data.count(_LINE)


def _status_of(line: bytes) -> int:
    """Of a final response."""
    begin, digits, rest = line[:9], line[9:12], line[12:]
    if begin not in _BEGIN or len(digits) < 3 or digits.translate(None, _DIGITS):
        raise Unusual
    if digits[:1] not in b"2345" or (rest and rest[:1] != b" ") or rest.translate(None, _TEXT):
        raise Unusual
    return int(digits)


def _body(data: bytes, fields: dict[bytes, bytes], ended: bool, at_most: int) -> bytes | None:
    """What there is of it, once it is whole or long enough."""
    if _CODING in fields:
        if fields[_CODING].lower() != b"chunked":
            raise Unusual
        found, whole = _unchunked(data, at_most)
    elif _LENGTH in fields:
        length = _number(fields[_LENGTH], 10)
        found, whole = data[:length], len(data) >= length
    else:
        found, whole = data, ended
    if whole or len(found) >= at_most:
        return found
    if ended:
        raise Unusual  # broken off
    return None


def _unchunked(data: bytes, at_most: int) -> tuple[bytes, bool]:
    """What there is, and whether it is all."""
    found = b""
    while len(found) < at_most:
        size, line_end, data = data.partition(_LINE)
        if not line_end:
            if len(size) > _LONGEST_NUMBER or b"\n" in size:
                raise Unusual
            return found, False
        length = _number(size, 16)
        if not length:
            if data[:2] not in (b"", b"\r", _LINE):
                raise Unusual  # trailers
            return found, data[:2] == _LINE
        found += data[:length]
        behind, data = data[length : length + 2], data[length + 2 :]
        if behind != _LINE:
            if behind not in (b"", b"\r"):
                raise Unusual
            return found, False
    return found, True


def _number(text: bytes, base: int) -> int:
    digits = _DIGITS if base == 10 else _HEXADECIMAL
    if not text or len(text) > _LONGEST_NUMBER or text.translate(None, digits):
        raise Unusual
    return int(text, base)
