"""What is said before the app starts. It is rarely anything, so the log that writes it is
not imported until it is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.settings import Settings
    from initd.init.log.log import Log


class EarlyLog:
    """`log` is there where something had to be written."""

    def __init__(self, settings: Settings) -> None:
        self.log: Log | None = None
        self._settings = settings
        self._words = settings.emulation.messages if not settings.wants_own_log else None

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes one event. Another init's words are asked first: of most that happens they
        say nothing."""
        if self._words is None:
            self.get()(level, event, facts)
            return
        lines = self._words.lines(level, event, facts)
        if lines != []:
            from initd.init.log.peer_log import PeerLog

            log = self.get()
            assert isinstance(log, PeerLog)
            log.tell(lines, level, event, facts)

    def get(self) -> Log:
        """The log itself."""
        if self.log is None:
            self.log = log_of(self._settings)
        return self.log


def log_of(settings: Settings) -> Log:
    """initd's own, or the one that speaks another init's words."""
    console = settings.log_format == "console"
    words = settings.emulation.messages
    if words is None:
        from initd.init.log.log import Log

        return Log(settings.verbosity, console)
    from initd.init.log.peer_log import PeerLog

    return PeerLog(words, settings.verbosity, console, settings.wants_own_log)
