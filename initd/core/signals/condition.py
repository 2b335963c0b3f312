"""Conditions of a profile's row: on variables and arguments of the command. Imported where a row
has some."""

from __future__ import annotations

from initd.core.signals.known import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from initd.core.signals.unwrap import Layer

    Row = Mapping[str, Any]

#: What a condition may ask for; all that it asks for has to hold.
CONDITIONS = ("env", "no_env", "argument", "no_argument")


def warnings(
    rows: Iterable[tuple[Row, Sequence[str]]], environ: Mapping[str, str]
) -> tuple[str, ...]:
    """What no signal can mend, in words: of each row with the words that it matched."""
    found = (
        warning["text"]
        for row, words in rows
        for warning in row.get("warn", ())
        if holds(warning, words, environ)
    )
    return tuple(dict.fromkeys(found))


def holds(condition: Row, words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether all that is asked for is so; what asks for nothing always holds."""
    return (
        all(environ.get(name) for name in texts(condition, "env"))
        and not any(environ.get(name) for name in texts(condition, "no_env"))
        and ("argument" not in condition or _argued(texts(condition, "argument"), words))
        and not _argued(texts(condition, "no_argument"), words)
    )


def _argued(patterns: Sequence[str], words: Sequence[str]) -> bool:
    """Whether one of the globs matches an argument, or an option with its value: "-w 2"."""
    pairs = (" ".join(words[at : at + 2]) for at in range(1, len(words) - 1))
    arguments = (*words[1:], *pairs)
    return any(matches(pattern, argument) for pattern in patterns for argument in arguments)


def texts(condition: Row, key: str) -> tuple[str, ...]:
    """What one key of a condition has: a text or several."""
    value = condition.get(key, ())
    return (value,) if isinstance(value, str) else tuple(value)


def asked(condition: Row) -> str:
    """All that it asks for."""
    return ", ".join(text for key in CONDITIONS for text in texts(condition, key))


def assigned(found: Sequence[Layer]) -> dict[str, str]:
    """Variables that the command line itself sets: for env(1), a shell, or rake."""
    found_here: dict[str, str] = {}
    for layer in found:
        for word in layer.words:
            name, equals, value = word.partition("=")
            if equals and name.replace("_", "a").isalnum():
                found_here[name] = value
    return found_here
