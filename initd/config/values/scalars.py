"""Readers of one value: text to what it means, or ValueError with a sentence for people."""

from __future__ import annotations

from initd.core.signals.numbers import FORWARDED, name_of, number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: What --profile says for no profile at all.
NO_PROFILE = "none"
#: And for the one that COMMAND is recognised by, which is what happens unasked.
RECOGNISED = "auto"


def one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    """Reads a word that is one of these."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(allowed)}{_nearest(text, allowed)}")
        return text

    return read


def stop_signal(text: str) -> int:
    """Reads a signal that can ask for a stop."""
    number = number_of(text)
    if number not in FORWARDED:
        raise ValueError(f"{name_of(number)} never reaches init: TERM, QUIT, INT ...")
    return number


def signal_or_none(text: str) -> int:
    """Reads a signal, or 0 for none."""
    return 0 if text == "0" else number_of(text)


def umask(text: str) -> int:
    """Reads an octal mask."""
    if len(text) > 5 or not text or any(digit not in "01234567" for digit in text):
        raise ValueError(f"{text!r} is no umask: octal, for example 022")
    mask = int(text, 8)
    if mask > 0o777:
        raise ValueError(f"{text!r} is no umask: 0 to 777")
    return mask


def number_in(what: str, least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number of this range."""

    def read(text: str) -> int:
        digits = text[1:] if text.startswith(("-", "+")) else text
        number = int(text) if digits.isdecimal() and digits.isascii() and len(text) < 7 else None
        if number is None or not least <= number <= most:
            raise ValueError(f"{text!r} is no {what}: {least} to {most}")
        return number

    return read


def directory(text: str) -> str:
    """Reads a directory's name."""
    if not text:
        raise ValueError("an empty name is no directory")
    return text


def no_such_profile(name: str, table: tuple[Mapping[str, str], ...]) -> str:
    """The sentence for a profile that is none, with the nearest."""
    names = [row["name"] for row in table]
    known = ", ".join(sorted(names))
    return f"no profile {name!r}: {known}, {RECOGNISED}, or {NO_PROFILE}{_nearest(name, names)}"


def _nearest(word: str, known: Iterable[str]) -> str:
    from initd.core.nearest import did_you_mean

    nearest = did_you_mean(word, known)
    return nearest and f"; {nearest}"
