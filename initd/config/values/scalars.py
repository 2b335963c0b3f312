"""Readers of one value: from text to what it means. They raise ValueError, with a sentence
for people."""

from __future__ import annotations

from initd.config import mistake
from initd.core.signals.numbers import FORWARDED, name_of, number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: What --termination-log takes for no file at all.
NEVER = "no"
NO_FILE = "none"
#: What --profile takes for no profile at all.
NO_PROFILE = "none"
#: And, as by default, for the profile that COMMAND is recognised by.
RECOGNISED = "auto"


def one_of(what: str, allowed: tuple[str, ...]) -> Callable[[str], str]:
    """Reads one of these words; `what` they are is for people."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"unknown {what} {text!r}{mistake.instead(text, allowed)}")
        return text

    return read


def stop_signal(text: str) -> int:
    """Reads a signal that can ask init for a stop."""
    number = number_of(text)
    if number not in FORWARDED:
        raise ValueError(
            f"{name_of(number)} never reaches init: use a signal such as TERM, QUIT or INT"
        )
    return number


def signal_or_none(text: str) -> int:
    """Reads a signal, or 0 for none."""
    return 0 if text == "0" else number_of(text)


def absolute_path(text: str) -> str:
    """Reads a path that does not depend on where init is."""
    if not text.startswith("/"):
        raise ValueError(f"expected an absolute path, such as /run/app.pid, got {text!r}")
    return text


def umask(text: str) -> int:
    """Reads an octal mask."""
    if len(text) > 5 or not text or any(digit not in "01234567" for digit in text):
        raise ValueError(f"invalid umask {text!r}: use octal digits, such as 022")
    mask = int(text, 8)
    if mask > 0o777:
        raise ValueError(f"invalid umask {text!r}: expected 0 to 777")
    return mask


def number_in(what: str, least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number of this range."""

    def read(text: str) -> int:
        digits = text[1:] if text.startswith(("-", "+")) else text
        number = int(text) if digits.isdecimal() and digits.isascii() and len(text) < 7 else None
        if number is None or not least <= number <= most:
            raise ValueError(f"invalid {what} {text!r}: expected a number from {least} to {most}")
        return number

    return read


def seconds(text: str) -> float:
    """Reads a time in seconds, up to a year."""
    try:
        found = float(text.removesuffix("s"))
    except ValueError:
        found = 0.0
    if not 0 < found <= 86400 * 365:
        raise ValueError(f"invalid time {text!r}: expected a number of seconds, such as 30")
    return found


def seconds_or_never(text: str) -> float | None:
    """Reads a time in seconds, or that what it is about never happens."""
    if text == NEVER:
        return None
    try:
        return seconds(text)
    except ValueError:
        raise ValueError(f"invalid time {text!r}: use seconds, such as 3, or {NEVER}") from None


def file_or_none(text: str) -> str | None:
    """Reads a file's full name, or that there is none."""
    if text == NO_FILE:
        return None
    if not text.startswith("/"):
        raise ValueError(f"invalid file {text!r}: use its full name, or {NO_FILE}")
    return text


def log_destination(text: str) -> str:
    """Reads where log lines go."""
    number = text.removeprefix("fd:")
    if text in ("stderr", "syslog", "none") or text.startswith("/"):
        return text
    if number != text and number.isdecimal() and number.isascii() and 2 < int(number) < 2**20:
        return text
    raise ValueError(
        f"invalid log destination {text!r}: use stderr, a file's full name, fd:N with a"
        " descriptor from 3 on, syslog, or none"
    )


def directory(text: str) -> str:
    """Reads a directory's name."""
    if not text:
        raise ValueError("the name is empty: expected a directory")
    return text


def unknown_profile(name: str, names: Sequence[str]) -> str:
    """The sentence for a profile that nobody has defined."""
    from initd.core.nearest import did_you_mean

    nearest = did_you_mean(name, names)
    hint = f"; {nearest}" if nearest else ""
    return (
        f"unknown profile {name!r}: use {RECOGNISED}, {NO_PROFILE}, or a name that"
        f" `initd profiles` lists{hint}"
    )
