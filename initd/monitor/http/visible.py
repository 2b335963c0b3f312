"""Text from outside, made harmless for a line that people read."""

from __future__ import annotations


def visible(text: str) -> str:
    """What can't be printed (line ends, terminal controls, bidirectional overrides, bytes
    that were no UTF-8) is shown as an escape: the text stays one line and says what it says."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
