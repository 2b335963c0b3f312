"""Becomes the sleeper: the launcher's code in this process (shim/asleep.h)."""

from __future__ import annotations

import posix
import sys

from initd.installed import sleeper

#: Of what pid 1 writes about itself. The number changes when an older initd could misread it.
FORMAT = 1
#: Seconds from what the sleeper has done to the line about it.
LINGER = 1.0
#: Names the descriptor of the orders (shim/contract.h).
VARIABLE = b"INITD_ORDERS"


def execute_sleeper(orders: int) -> None:
    """With the orders in that file, which is to be inherited like all that they name. Raises
    OSError."""
    posix.execve(sleeper(), _words(), {**posix.environ, VARIABLE: b"%d" % orders})


def write_line(text: str) -> None:
    """To stderr, before there is a log."""
    try:
        posix.write(2, text.encode(errors="backslashreplace") + b"\n")
    except OSError:
        pass


def _words() -> list[str]:
    """The command line that this process was started with, its name first."""
    words = sys.argv[1:]
    if words[:1] != ["--as"]:
        return ["initd", *words]
    name, rest = words[1], words[2:]
    return [name, *(rest[2:] if rest[:1] == ["--signals"] else rest)]
