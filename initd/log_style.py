"""How this container's log lines look: as was said, or as suits where they go."""

from __future__ import annotations

import posix

from initd.core.value import with_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings

_STDERR = 2


def for_reader(settings: Settings) -> Settings:
    """The same settings, without a wish for JSON that is not about this init.

    Variables and files speak to the container's own init, whose lines a log pipeline reads. One
    that `docker exec -t` starts inherits them: there, on a terminal, only its own flag counts.
    """
    is_own = posix.getpid() == 1 or settings.origins["log_format"].startswith("--")
    if settings.log_format != "json" or is_own or not _is_on_terminal(settings):
        return settings
    return with_fields(settings, log_format="auto")


def _is_on_terminal(settings: Settings) -> bool:
    return settings.log_to == "stderr" and posix.isatty(_STDERR)


def style_of(settings: Settings) -> str:
    """A person at a terminal is not spoken to in JSON. NO_COLOR is that of https://no-color.org."""
    from initd.log_line import COLOUR, JSON, PLAIN, TERMINAL  # the app does not wait for it

    on_terminal = _is_on_terminal(settings)
    if settings.log_format == "json" or (settings.log_format == "auto" and not on_terminal):
        return JSON
    if not on_terminal:
        return PLAIN
    environ = settings.environ
    plain = environ.get(b"NO_COLOR") or environ.get(b"TERM", b"dumb") == b"dumb"
    return TERMINAL if plain else COLOUR
