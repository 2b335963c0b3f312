"""How a log line reads, JSON or for people: pid 1's and the monitor's alike.

Keys are those of structlog's processors (`event`, `level`, `timestamp`).
"""

from __future__ import annotations

import time

from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEVELS = ("error", "warning", "info", "debug")
#: What is shown with no --verbose: warnings, and the life of the container.
_SHOWN_WITHOUT_VERBOSE = 2


def shown_levels(verbosity: int) -> frozenset[str]:
    """Those that are written when --verbose was said so often."""
    return frozenset(LEVELS[: _SHOWN_WITHOUT_VERBOSE + 1 + verbosity])


def timestamp() -> str:
    """Now, in UTC, to the millisecond."""
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"


def json_line(level: str, event: str, facts: dict[str, Any]) -> str:
    """For programs."""
    return encode({"timestamp": timestamp(), "level": level, "event": event, **facts})


def console_line(level: str, event: str, facts: dict[str, Any]) -> str:
    """For people."""
    return f"{timestamp()[11:23]} {level:7} {facts_line(event, facts)}"


def facts_line(event: str, facts: dict[str, Any]) -> str:
    """What a line for people says beside when."""
    said = " ".join(f"{name}={value}" for name, value in facts.items())
    line = f"{event} {said}".rstrip()
    # A command's words are somebody else's: they must not steer the reader's terminal.
    return line if line.isprintable() else repr(line)[1:-1]
