"""Text from outside, made safe for a line that people read."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with escapes for what can't be printed (line ends, terminal controls,
    bidirectional overrides, bytes that were not UTF-8): it stays one line, and readable."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
