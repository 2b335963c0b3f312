"""How this container's log lines look: as was said, or as suits where they go."""

from __future__ import annotations

import posix

from initd.log_line import COLOUR, JSON, PLAIN, TERMINAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings

_STDERR = 2


def style_of(settings: Settings) -> str:
    """A person at a terminal is not spoken to in JSON. NO_COLOR is that of https://no-color.org."""
    on_terminal = settings.log_to == "stderr" and posix.isatty(_STDERR)
    if settings.log_format == "json" or (settings.log_format == "auto" and not on_terminal):
        return JSON
    if not on_terminal:
        return PLAIN
    environ = settings.environ
    plain = environ.get(b"NO_COLOR") or environ.get(b"TERM", b"dumb") == b"dumb"
    return TERMINAL if plain else COLOUR
