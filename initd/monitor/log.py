"""The monitor's log: lines with the keys and the look of pid 1's (log_line.py).

They go to stderr, which nobody waits for: what it has no room for is counted, and told of later.
Not structlog: importing it imports asyncio, together 10 MB in every container with a monitor, to
write the line that log_line.py makes.
"""

from __future__ import annotations

from initd.log_line import renderer, shown_levels, timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Log(Protocol):
        """What others need of it. An event is a row of docs/events.md."""

        def debug(self, event: str, **facts: Any) -> Any: ...
        def info(self, event: str, **facts: Any) -> Any: ...
        def warning(self, event: str, **facts: Any) -> Any: ...
        def recovery(self, event: str, **facts: Any) -> Any: ...


#: A shorter line fits into a pipe at once, so that it is written whole or not at all.
_LINE_AT_MOST = 4094
#: How many events are kept for the status page.
REMEMBERED = 20


class MonitorLog:
    """Writes events at or above a level, and keeps the last ones for the status page."""

    def __init__(self, depth: int, style: str, write: Callable[[bytes], bool]) -> None:
        self.dropped = 0
        self.recent: list[dict[str, Any]] = []
        self._shown = shown_levels(depth)
        self._line_of = renderer(style)
        self._write = write

    def error(self, event: str, **facts: Any) -> None:
        """A bug, or what can't be gone on from."""
        self._log("error", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """What somebody should look at."""
        self._log("warning", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """A change."""
        self._log("info", event, facts)

    def recovery(self, event: str, **facts: Any) -> None:
        """What ends a state that a warning has told of: who has read the one reads the other."""
        self._log("info", event, facts, seen_as="warning")

    def debug(self, event: str, **facts: Any) -> None:
        """Every step."""
        self._log("debug", event, facts)

    def _log(self, level: str, event: str, facts: dict[str, Any], seen_as: str = "") -> None:
        if (seen_as or level) not in self._shown:
            return
        self.recent.append({"timestamp": timestamp(), "level": level, "event": event, **facts})
        del self.recent[:-REMEMBERED]
        self._put(self._render(level, event, facts))

    def _render(self, level: str, event: str, facts: dict[str, Any]) -> bytes:
        """The line, without its facts if they are too long."""
        line = self._line_of(level, event, facts, 0.0).encode(errors="backslashreplace")
        if len(line) < _LINE_AT_MOST:
            return line
        return self._line_of(level, event, {"too_long": len(line)}, 0.0).encode()

    def _put(self, line: bytes) -> None:
        """Writes a line, after one about those that were dropped before."""
        if self.dropped:
            told = self._line_of("warning", "log.dropped", {"lines": self.dropped}, 0.0)
            if self._write(told.encode() + b"\n"):
                self.dropped = 0
        if self.dropped or not self._write(line + b"\n"):
            self.dropped += 1
