"""What is said before the app starts. It is rarely anything, so the log that writes it is
not imported until it is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.settings import Settings
    from initd.init.log import Log


class EarlyLog:
    """`log` is there where something had to be written."""

    def __init__(self, settings: Settings) -> None:
        self.log: Log | None = None
        self._settings = settings
        self._words = settings.manner.words if not settings.wants_own_log else None

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes one event. Another init's words are asked first: of most that happens they
        say nothing."""
        if self._words is None:
            self.get()(level, event, facts)
            return
        lines = self._words.lines(level, event, facts)
        if lines != []:
            from initd.init.drop_in import SpokenLog

            log = self.get()
            assert isinstance(log, SpokenLog)
            log.tell(lines, level, event, facts)

    def get(self) -> Log:
        """The log itself."""
        if self.log is None:
            from initd.init.log import log_of

            self.log = log_of(self._settings)
        return self.log
