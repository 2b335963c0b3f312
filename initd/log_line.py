"""What a log line looks like, as JSON or for people: pid 1's and the monitor's alike.

Keys are those of structlog's processors (`event`, `level`, `timestamp`, `logger`).
"""

from __future__ import annotations

import time

from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    #: Level, event, facts, and how many seconds ago it was.
    Render = Callable[[str, str, dict[str, Any], float], str]

LEVELS = ("error", "warning", "info", "debug")
#: Whose lines these are, among an app's.
LOGGER = "initd"
#: Where verbosity is 0: warnings, and the life of the container.
_SHOWN_AT_ZERO = 2
#: How lines look: for programs; for people, in a file, on a terminal, and there in colour.
JSON, PLAIN, TERMINAL, COLOUR = "json", "plain", "terminal", "colour"
#: Select Graphic Rendition (ECMA-48): bold red, yellow; faint.
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[33m", "debug": "\x1b[2m"}
_FAINT, _NORMAL = "\x1b[2m", "\x1b[0m"
#: Facts whose names end so are seconds.
_SECONDS = "seconds"


def shown_levels(verbosity: int) -> frozenset[str]:
    """The levels that are written: at 0 up to info, at -3 none."""
    return frozenset(LEVELS[: max(0, _SHOWN_AT_ZERO + 1 + verbosity)])


def timestamp(late: float = 0.0) -> str:
    """The time `late` seconds ago, in UTC, to the millisecond."""
    now = time.time() - late
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"


def renderer(style: str) -> Render:
    """What makes a line of that look."""
    if style == JSON:
        return json_line
    return {PLAIN: plain_line, TERMINAL: terminal_line, COLOUR: coloured_line}[style]


def json_line(level: str, event: str, facts: dict[str, Any], late: float = 0.0) -> str:
    """The line for programs about what happened `late` seconds ago."""
    return json_line_at(timestamp(late), level, event, facts)


def json_line_at(time: str, level: str, event: str, facts: dict[str, Any]) -> str:
    """The same, with the text of its time."""
    head = {"timestamp": time, "level": level, "logger": LOGGER, "event": event}
    return encode({**head, **facts})


def plain_line(level: str, event: str, facts: dict[str, Any], late: float = 0.0) -> str:
    """The line for people who read it later."""
    return plain_line_at(timestamp(late), level, event, facts)


def plain_line_at(time: str, level: str, event: str, facts: dict[str, Any]) -> str:
    """The same, with the text of its time."""
    return f"{time} {LOGGER} {level:7} {facts_line(event, facts)}"


def terminal_line(level: str, event: str, facts: dict[str, Any], late: float = 0.0) -> str:
    """The line for people who are there: they know the date."""
    return f"{timestamp(late)[11:19]} {LOGGER} {level:7} {facts_line(event, facts)}"


def coloured_line(level: str, event: str, facts: dict[str, Any], late: float = 0.0) -> str:
    """The same in colour: its time is faint, and a warning is seen."""
    colour = _COLOURS.get(level, "")
    text = f"{level:7} {facts_line(event, facts)}"
    head = f"{_FAINT}{timestamp(late)[11:19]} {LOGGER}{_NORMAL}"
    return f"{head} {colour}{text}{_NORMAL}" if colour else f"{head} {text}"


def facts_line(event: str, facts: dict[str, Any]) -> str:
    """An event and its facts for people: without those that say nothing."""
    shown = ", ".join(filter(None, (_fact(name, value) for name, value in facts.items())))
    line = f"{event}: {shown}" if shown else event
    # A command's words come from outside: they must not steer the reader's terminal.
    return line if line.isprintable() else repr(line)[1:-1]


def _fact(name: str, value: Any) -> str:
    words = name.replace("_", " ")
    if value is None or value is False or value == "" or value == [] or value == {}:
        return ""
    if value is True:
        return words
    if name == _SECONDS or name.endswith(f"_{_SECONDS}"):
        return f"{words.removesuffix(_SECONDS)}{value:g} s" if _is_number(value) else ""
    return f"{words} {_text(value)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(each)}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(map(_text, value))
    return str(value)
