"""Log lines: one event a line on stderr, JSON or for people; never blocking.

Keys are those of structlog's processors (`event`, `level`, `timestamp`), so that
what the monitor writes and what pid 1 writes read alike.
"""

from __future__ import annotations

import time

from initd.linux.stderr import PIPE_BUF, Stderr
from initd.wire import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEVELS = ("error", "warning", "info", "debug")
#: What is shown with no --verbose: warnings, and the life of the container.
_SHOWN_WITHOUT_VERBOSE = 2


class Log:
    """Writes events at or above a level; counts what a full stderr swallowed."""

    def __init__(self, verbosity: int = 0, console: bool = False) -> None:
        self.dropped = 0
        self._shown = frozenset(LEVELS[: _SHOWN_WITHOUT_VERBOSE + 1 + verbosity])
        self._line = _console_line if console else _json_line
        self._stderr = Stderr()

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes one event, if its level is shown."""
        if level not in self._shown:
            return
        if self.dropped and self._put("warning", "log.dropped", {"lines": self.dropped}):
            self.dropped = 0
        if self.dropped or not self._put(level, event, facts):
            self.dropped += 1

    def say(self, sentence: str) -> None:
        """A plain line for the person who starts the container."""
        if not self._stderr.write(_bytes(sentence)[: PIPE_BUF - 1] + b"\n"):
            self.dropped += 1

    def _put(self, level: str, event: str, facts: dict[str, Any]) -> bool:
        data = _bytes(self._line(level, event, facts))
        if len(data) >= PIPE_BUF:
            data = _bytes(self._line(level, event, {"too_long": len(data)}))
        return self._stderr.write(data + b"\n")


def _bytes(text: str) -> bytes:
    return text.encode(errors="backslashreplace")


def _timestamp() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"


def _json_line(level: str, event: str, facts: dict[str, Any]) -> str:
    return encode({"timestamp": _timestamp(), "level": level, "event": event, **facts})


def _console_line(level: str, event: str, facts: dict[str, Any]) -> str:
    said = " ".join(f"{name}={value}" for name, value in facts.items())
    line = f"{_timestamp()[11:23]} {level:7} {event} {said}".rstrip()
    # A command's words are somebody else's: they must not steer the reader's terminal.
    return line if line.isprintable() else repr(line)[1:-1]
