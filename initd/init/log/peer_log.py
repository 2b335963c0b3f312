"""The log under another init's name."""

from __future__ import annotations

from initd.init.log.log import Log
from initd.linux.stderr import PIPE_BUF, Stderr
from initd.log_line import facts_line, shown_levels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.emulation import PeerMessages
    from initd.init.log.destination import Destination

_OUT, _ERR = 1, 2


class PeerLog(Log):
    """Writes another init's messages. Warnings and errors about what that init does not have
    look like its own. With `also_own`, initd's log is written too, at its own level, and
    has those instead."""

    def __init__(
        self,
        messages: PeerMessages,
        also_own: bool,
        depth: int,
        style: str,
        out: Destination | None = None,
    ) -> None:
        super().__init__(depth, style, out)
        self.messages = self._messages = messages
        self._also_own = also_own
        self._stdout = Stderr(_OUT)
        self._own_shown = self._shown if also_own else shown_levels(-1)

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes the lines for one event."""
        self.write_lines(self._messages.lines(level, event, facts), level, event, facts)

    def write_lines(
        self, lines: list[tuple[int, str]] | None, level: str, event: str, facts: dict[str, Any]
    ) -> None:
        """The same, with `lines` that the messages have given already."""
        if self.dropped and not self._also_own:
            self._report_dropped()
        self._write_all(lines or [])
        if self._also_own:
            super().__call__(level, event, facts)
            return
        if self.remember and level in self._shown:
            self._remember(level, event, facts)
        if lines is None and level in self._own_shown:
            self._write_all(self._messages.extra_lines(level, facts_line(event, facts)))

    def shows(self, level: str) -> bool:
        """The messages decide, event by event."""
        return True

    def _report_dropped(self) -> None:
        """Once there is room again; until then the lines stay counted."""
        dropped, self.dropped = self.dropped, 0
        text = facts_line("log.dropped", {"lines": dropped})
        for descriptor, line in self._messages.extra_lines("warning", text):
            if not self._write_line(descriptor, line):
                self.dropped = dropped

    def _write_all(self, lines: list[tuple[int, str]]) -> None:
        for descriptor, text in lines:
            self._write_line(descriptor, text)

    def _write_line(self, descriptor: int, text: str) -> bool:
        stream = self._stdout if descriptor == _OUT else self._stderr
        data = text.encode(errors="surrogateescape")[: PIPE_BUF - 1] + b"\n"
        written = stream.write(data)
        self.dropped += not written
        return written

    def say(self, sentence: str, exec_error: int | None = None) -> None:
        """As Log.say; after a failed exec another init may have more lines."""
        if exec_error is not None:
            self._write_all(self._messages.exec_failed(exec_error))
        self._write_line(_ERR, sentence)
        self._own_line.beside_app = False
