"""The monitor's log: structlog, with the same keys and the same look as pid 1's lines.

An event passes through two processors, which remember and render it; the line then goes to
stderr, which nobody waits for: what it has no room for is counted, and told of later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import structlog

from initd.log_line import console_line, json_line, shown_levels, timestamp

#: A shorter line fits into a pipe at once, so that it is written whole or not at all.
_LINE_AT_MOST = 4095
#: How many events are kept for the status page.
REMEMBERED = 20


class Lines:
    """What structlog calls the logger: takes rendered lines. Its processors are methods."""

    def __init__(self, write: Callable[[bytes], bool], line_of: Callable[..., str]) -> None:
        self.dropped = 0
        self.recent: list[dict[str, Any]] = []
        self._write = write
        self._line_of = line_of

    def remember(
        self, logger: Any, level: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        """Keeps the event for the status page."""
        self.recent.append({"timestamp": timestamp(), "level": level, **event})
        del self.recent[:-REMEMBERED]
        return event

    def render(self, logger: Any, level: str, event: structlog.typing.EventDict) -> bytes:
        """The line for the event, without its facts if they are too long."""
        name = str(event.pop("event"))
        line = self._line_of(level, name, dict(event)).encode(errors="backslashreplace")
        if len(line) < _LINE_AT_MOST:
            return line
        return self._line_of(level, name, {"too_long": len(line)}).encode()

    def put(self, line: bytes) -> None:
        """Writes a line, after one about those that were dropped before."""
        if self.dropped:
            told = self._line_of("warning", "log.dropped", {"lines": self.dropped})
            if self._write(told.encode() + b"\n"):
                self.dropped = 0
        if self.dropped or not self._write(line + b"\n"):
            self.dropped += 1

    error = warning = info = debug = put


def open_log(
    verbosity: int, console: bool, write: Callable[[bytes], bool]
) -> tuple[structlog.typing.FilteringBoundLogger, Lines]:
    """The log, and what holds its last events."""
    lines = Lines(write, console_line if console else json_line)
    numbers = logging.getLevelNamesMapping()
    lowest = min(numbers[level.upper()] for level in shown_levels(verbosity))
    log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        lines,
        processors=[lines.remember, lines.render],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
    )
    return log, lines
