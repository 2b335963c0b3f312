"""Keys of a hundred thousand parts, for which TOML's reader takes the square of that in time."""

from __future__ import annotations

#: No key of the file has more than six, with its table's.
PARTS_AT_MOST = 100

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
#: What may be a key, up to its last dot: each place in a text is looked at once.
_KEY = rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{{PARTS_AT_MOST},}}+"


def line_of_deep_key(text: str) -> int:
    """The line, counted from 1, of a key with more parts than a file may have; 0 without one. A
    string that looks like such a key counts."""
    import re  # TOML's reader does so as well: not without a file

    found = re.search(_KEY, text)
    return text.count("\n", 0, found.start()) + 1 if found else 0
