"""Log lines: one event a line on stderr, JSON or for people; never blocking.

What is written, and how it reads, is log_line's: the monitor writes the same.
"""

from __future__ import annotations

from initd.json_codec import encode
from initd.linux.stderr import PIPE_BUF, Stderr
from initd.log_line import console_line, json_line, shown_levels, timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    #: Writes one event: level, name, facts. A Log is one, an EarlyLog another.
    LogEvent = Callable[[str, str, dict[str, Any]], None]


#: How many events the status page shows, and how many characters of each.
_REMEMBERED = 20
_REMEMBERED_SIZE = 500


class Log:
    """Writes events at or above a level; counts what a full stderr swallowed."""

    def __init__(self, verbosity: int = 0, console: bool = False) -> None:
        self.dropped = 0
        #: The last events, for the monitor's status page; kept where `remember` is set.
        self.recent: list[dict[str, Any]] = []
        self.remember = False
        self._shown = shown_levels(verbosity)
        self._line = console_line if console else json_line
        self._stderr = Stderr()

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes one event, if its level is shown."""
        if level not in self._shown:
            return
        if self.remember:
            self._remember(level, event, facts)
        if self.dropped and self._put("warning", "log.dropped", {"lines": self.dropped}):
            self.dropped = 0
        if self.dropped or not self._put(level, event, facts):
            self.dropped += 1

    def shows(self, level: str) -> bool:
        """Whether an event of that level is written."""
        return level in self._shown

    def _remember(self, level: str, event: str, facts: dict[str, Any]) -> None:
        kept = {"timestamp": timestamp(), "level": level, "event": event}
        said = {**kept, **facts}
        self.recent.append(said if len(encode(said)) <= _REMEMBERED_SIZE else kept)
        del self.recent[:-_REMEMBERED]

    def descriptors(self) -> tuple[int, ...]:
        """Those that writing needs."""
        return self._stderr.descriptors()

    def write(self, line: bytes) -> bool:
        """One whole line of the monitor's; False where there was no room for it."""
        return self._stderr.write(line)

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
