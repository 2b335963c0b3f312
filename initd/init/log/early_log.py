"""The log before the app starts. There is rarely anything to write, so the module that writes
is imported only then."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.emulation import PeerMessages
    from initd.core.settings import Settings
    from initd.init.log.destination import Destination
    from initd.init.log.log import Log


class EarlyLog:
    """Makes the log on first use. Another init's messages exist from the beginning, since they
    depend on the early events too."""

    def __init__(self, settings: Settings) -> None:
        style = settings.emulation.message_style
        self._settings = settings
        self._messages = style.new_messages() if style is not None else None
        self._log: Log | None = None

    def __call__(self, level: str, event: str, facts: dict[str, Any]) -> None:
        """Writes one event. Another init writes nothing for most of them: then no log is made."""
        if self._messages is None or self._settings.wants_own_log:
            self.get()(level, event, facts)
            return
        lines = self._messages.lines(level, event, facts)
        if lines != []:
            from initd.init.log.peer_log import PeerLog

            log = self.get()
            assert isinstance(log, PeerLog)
            log.write_lines(lines, level, event, facts)

    def get(self) -> Log:
        """The log itself: initd's own, or one that writes another init's messages."""
        if self._log is None:
            self._log = self._new_log()
        return self._log

    def _new_log(self) -> Log:
        from initd.log_style import style_of

        settings = self._settings
        style, (out, failure) = style_of(settings), self._destination()
        if self._messages is None:
            from initd.init.log.log import Log

            log = Log(settings.log_depth, style, out)
        else:
            log = self._peer_log(self._messages, style, out)
        if failure:
            log("warning", "log.unavailable", {"why": failure})
        return log

    def _peer_log(self, messages: PeerMessages, style: str, out: Destination | None) -> Log:
        from initd.init.log.peer_log import PeerLog

        settings = self._settings
        log = PeerLog(messages, settings.wants_own_log, settings.log_depth, style, out)
        told = settings.emulation.message_style
        own = settings.wants_own_log and settings.log_depth > 0
        log.tells_of_orphans = own or (told is not None and told.tells_of_signals)
        return log

    def _destination(self) -> tuple[Destination | None, str]:
        """None for stderr; and why it is not what was asked for."""
        to = self._settings.log_to
        if to == "stderr":
            return None, ""
        from initd.init.log.destination import destination

        try:
            return destination(to), ""
        except OSError as error:
            return None, f"{to}: {error.strerror or error}"
