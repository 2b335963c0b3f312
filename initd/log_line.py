"""What a log line looks like, as JSON or for people: pid 1's and the monitor's alike.

Keys are those of structlog's processors (`event`, `level`, `timestamp`).
"""

from __future__ import annotations

import time

from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEVELS = ("error", "warning", "info", "debug")
#: The last one that is shown without --verbose: warnings, and the life of the container.
_SHOWN_WITHOUT_VERBOSE = 2


def shown_levels(verbosity: int) -> frozenset[str]:
    """The levels that are written when --verbose is given so many times."""
    return frozenset(LEVELS[: _SHOWN_WITHOUT_VERBOSE + 1 + verbosity])


def timestamp(late: float = 0.0) -> str:
    """The time `late` seconds ago, in UTC, to the millisecond."""
    now = time.time() - late
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"


def json_line(level: str, event: str, facts: dict[str, Any], late: float = 0.0) -> str:
    """The line for programs about what happened `late` seconds ago."""
    return json_line_at(timestamp(late), level, event, facts)


def json_line_at(time: str, level: str, event: str, facts: dict[str, Any]) -> str:
    """The same, with the text of its time."""
    return encode({"timestamp": time, "level": level, "event": event, **facts})


def console_line(level: str, event: str, facts: dict[str, Any], late: float = 0.0) -> str:
    """The line for people."""
    return console_line_at(timestamp(late)[11:23], level, event, facts)


def console_line_at(time: str, level: str, event: str, facts: dict[str, Any]) -> str:
    """The same, with the text of its time of day."""
    return f"{time} {level:7} {facts_line(event, facts)}"


def facts_line(event: str, facts: dict[str, Any]) -> str:
    """The line for people without its time and level."""
    shown = " ".join(f"{name}={value}" for name, value in facts.items())
    line = f"{event} {shown}".rstrip()
    # A command's words come from outside: they must not steer the reader's terminal.
    return line if line.isprintable() else repr(line)[1:-1]
