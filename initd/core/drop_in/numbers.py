"""Numbers as the C library reads them."""

from __future__ import annotations

_SPACE = " \t\n\v\f\r"


def scan(text: str) -> tuple[int, str] | None:
    """The decimal number at the beginning of `text`, after white space and a sign, and the rest
    of the text; None without a number (strtol(3))."""
    rest = text.lstrip(_SPACE)
    sign = rest[:1] if rest[:1] in ("+", "-") else ""
    rest = rest[len(sign) :]
    length = 0
    while length < len(rest) and rest[length] in "0123456789":
        length += 1
    if not length:
        return None
    number = int(rest[: min(length, 18)])  # no option takes a longer number
    return (-number if sign == "-" else number), rest[length:]


def atoi(text: str) -> int:
    """0 for a text that does not begin with a number (atoi(3))."""
    found = scan(text)
    return found[0] if found is not None else 0
