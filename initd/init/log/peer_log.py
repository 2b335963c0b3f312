"""The ends of the loop under another init's name: its log, and the way it takes a terminal."""

from __future__ import annotations

from initd.init.log.log import Log
from initd.linux.stderr import PIPE_BUF, Stderr
from initd.log_line import facts_line, shown_levels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.emulation import PeerMessages

_OUT = 1


class PeerLog(Log):
    """Says what happens in another init's words, and what that init has no words for in a
    line that looks like its own: warnings and errors. initd's own log comes beside, at its
    own verbosity, where somebody has asked for it."""

    def __init__(self, words: PeerMessages, verbosity: int, console: bool, also_own: bool) -> None:
        super().__init__(verbosity, console)
        self._words = words
        self._also_own = also_own
        self._stdout = Stderr(_OUT)
        self._own_shown = self._shown if also_own else shown_levels(-1)

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes what there is to say of one event."""
        self.tell(self._words.lines(level, event, facts), level, event, facts)

    def tell(
        self, lines: list[tuple[int, str]] | None, level: str, event: str, facts: dict[str, Any]
    ) -> None:
        """The same, where the words have been asked for their `lines` already."""
        if self.dropped and not self._also_own:
            self._say_what_was_dropped()
        for descriptor, text in lines or ():
            self._put_line(descriptor, text)
        if self._also_own:
            super().__call__(level, event, facts)
            return
        if self.remember and level in self._shown:
            self._remember(level, event, facts)
        if lines is None and level in self._own_shown:
            for descriptor, text in self._words.foreign(level, facts_line(event, facts)):
                self._put_line(descriptor, text)

    def shows(self, level: str) -> bool:
        """Its words decide, event by event."""
        return True

    def _say_what_was_dropped(self) -> None:
        """Once there is room again; what has been dropped stays counted until then."""
        dropped, self.dropped = self.dropped, 0
        for descriptor, text in self._words.foreign(
            "warning", facts_line("log.dropped", {"lines": dropped})
        ):
            if not self._put_line(descriptor, text):
                self.dropped = dropped

    def _put_line(self, descriptor: int, text: str) -> bool:
        stream = self._stdout if descriptor == _OUT else self._stderr
        data = text.encode(errors="surrogateescape")[: PIPE_BUF - 1] + b"\n"
        written = stream.write(data)
        self.dropped += not written
        return written

    def say(self, sentence: str) -> None:
        """A plain line for the person who starts the container."""
        self._put_line(2, sentence)
