"""Header lines that can be read in one way only."""

from __future__ import annotations

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NAME = _LETTERS + b"0123456789-"
VISIBLE = bytes(range(0x21, 0x7F))
_VALUE = VISIBLE + b" \t"


class Unusual(Exception):
    """What has come is for somebody who knows all of HTTP."""


class NotHttp(Exception):
    """And that is what such a one says of it."""


def plain_fields(lines: list[bytes], once: frozenset[bytes]) -> dict[bytes, bytes] | None:
    """Values by name in lower case: names of letters and hyphens, values of printable ASCII, each
    on its own line. None if there is anything else, or one of `once` twice. Any other that comes
    twice is a list, of which the parts are taken together (RFC 9110, 5.3)."""
    values: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.translate(None, _NAME) or value.translate(None, _VALUE):
            return None
        name, value = name.lower(), value.strip(b" \t")
        if name in values:
            if name in once:
                return None
            value = values[name] + b", " + value
        values[name] = value
    return values
