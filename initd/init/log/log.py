"""The log: one event a line, on stderr if nothing else was said, as JSON or for people; never
blocking.

log_line decides what is written and how it reads; the monitor writes the same lines.
"""

from __future__ import annotations

from initd.json_codec import encode
from initd.linux.own_line import OwnLine
from initd.linux.stderr import LINE_AT_MOST, PIPE_BUF, Stderr
from initd.log_line import JSON, renderer, shown_levels, timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.emulation import PeerMessages
    from initd.init.log.destination import Destination

    #: Writes one event: level, name, facts. A Log is one, an EarlyLog another.
    LogEvent = Callable[[str, str, dict[str, Any]], None]


#: How many events the status page shows, and how many characters of each.
_REMEMBERED = 20
_REMEMBERED_SIZE = 500
#: From this event on the app may have written.
_APP_BEGINS = "app.started"
#: What a hook prints is the image's and not init's: it is seen where a warning is.
_OF_HOOKS = "hook.output"


class Log:
    """Writes events at or above a level; counts the lines that a full stderr did not take."""

    def __init__(self, depth: int = 0, style: str = JSON, out: Destination | None = None) -> None:
        self.dropped = 0
        #: The latest events, for the monitor's status page; kept only if `remember` is set.
        self.recent: list[dict[str, Any]] = []
        self.remember = False
        #: How long ago that was which is being logged, in seconds.
        self.late = 0.0
        #: Another init's messages, if it is that init's log.
        self.messages: PeerMessages | None = None
        self._shown = shown_levels(depth)
        #: Whether each orphan that is reaped has a line, at the level of debug.
        self.tells_of_orphans = self.shows("debug")
        self._line = renderer(style)
        self._stderr = Stderr()
        self._own_line = OwnLine(self._stderr)
        self._out = out if out is not None else self._own_line

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes one event, if its level is shown."""
        if event == _APP_BEGINS:
            self.begin_beside_app()
        if level not in self._shown and not (event == _OF_HOOKS and "warning" in self._shown):
            return
        if self.remember:
            self._remember(level, event, facts)
        if self.dropped and self._put("warning", "log.dropped", {"lines": self.dropped}):
            self.dropped = 0
        if self.dropped or not self._put(level, event, facts):
            self.dropped += 1

    def begin_beside_app(self) -> None:
        """From now on the app may write where the log goes, and leave a line unfinished."""
        self._own_line.beside_app = True

    def shows(self, level: str) -> bool:
        """Whether an event of that level is written."""
        return level in self._shown

    def _remember(self, level: str, event: str, facts: dict[str, Any]) -> None:
        short = {"timestamp": timestamp(self.late), "level": level, "event": event}
        full = {**short, **facts}
        self.recent.append(full if len(encode(full)) <= _REMEMBERED_SIZE else short)
        del self.recent[:-_REMEMBERED]

    def descriptors(self) -> tuple[int, ...]:
        """The descriptors that writing needs."""
        return (*self._stderr.descriptors(), *self._out.descriptors())

    def write(self, line: bytes) -> bool:
        """Writes one whole line of the monitor's; False if there was no room for it."""
        return self._out.write(line)

    def say(self, sentence: str, exec_error: int | None = None) -> None:
        """A plain line for the person who starts the container. `exec_error` is the errno of a
        failed exec, if the sentence is about one."""
        if not self._stderr.write(_bytes(sentence)[: PIPE_BUF - 1] + b"\n"):
            self.dropped += 1
        self._own_line.beside_app = False  # it tells of a start that failed

    def _put(self, level: str, event: str, facts: dict[str, Any]) -> bool:
        data = _bytes(self._line(level, event, facts, self.late))
        if len(data) >= LINE_AT_MOST:
            data = _bytes(self._line(level, event, {"too_long": len(data)}, self.late))
        return self._out.write(data + b"\n")


def _bytes(text: str) -> bytes:
    return text.encode(errors="backslashreplace")
