"""The monitor's log: structlog, with the same keys and the same look as pid 1's lines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from initd.log_line import LEVELS, console_line, json_line, shown_levels, timestamp

#: A line is shorter than a pipe takes at once, so that it is written whole or not at all.
_LINE_AT_MOST = 4095
#: How many events are kept for the status page.
REMEMBERED = 20

_NUMBERS = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


class Lines:
    """Where structlog's lines end up: a stderr that nobody waits for. What it had no room
    for is counted, and told of later."""

    def __init__(self, write: Callable[[bytes], bool], render: Callable[..., str]) -> None:
        self.dropped = 0
        self.recent: list[dict[str, Any]] = []
        self._write = write
        self._render = render

    def put(self, level: str, event: str, facts: Mapping[str, Any]) -> None:
        """Writes one event."""
        if self.dropped and self._line("warning", "log.dropped", {"lines": self.dropped}):
            self.dropped = 0
        if self.dropped or not self._line(level, event, facts):
            self.dropped += 1
        self.recent.append({"timestamp": timestamp(), "level": level, "event": event, **facts})
        del self.recent[:-REMEMBERED]

    def _line(self, level: str, event: str, facts: Mapping[str, Any]) -> bool:
        line = self._render(level, event, dict(facts)).encode(errors="backslashreplace")
        if len(line) >= _LINE_AT_MOST:
            line = self._render(level, event, {"too_long": len(line)}).encode()
        return self._write(line + b"\n")


class _Sink:
    """What structlog calls a logger: one method a level."""

    def __init__(self, lines: Lines) -> None:
        for level in LEVELS:
            setattr(self, level, self._writer(lines, level))

    @staticmethod
    def _writer(lines: Lines, level: str) -> Callable[..., None]:
        def write(event: str, **facts: Any) -> None:
            lines.put(level, event, facts)

        return write


def _as_call(
    logger: Any, method: str, event_dict: structlog.typing.EventDict
) -> tuple[tuple[str], structlog.typing.EventDict]:
    """What the sink's methods take."""
    event = str(event_dict.pop("event"))
    return (event,), event_dict


def open_log(
    verbosity: int, console: bool, write: Callable[[bytes], bool]
) -> tuple[structlog.typing.FilteringBoundLogger, Lines]:
    """The log, and what holds its last events."""
    lines = Lines(write, console_line if console else json_line)
    lowest = min(_NUMBERS[level] for level in shown_levels(verbosity))
    log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        _Sink(lines),
        processors=[_as_call],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
    )
    return log, lines
