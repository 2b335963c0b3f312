"""Profiles: how each program stops, and how a program is recognised.

The facts are in initd/profiles, from which the build makes `profile_table`.
"""

from __future__ import annotations

from initd.core.signals.unwrap import unwrap
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Profile(Value):
    """One program's facts, with the conditions of `when` already applied to `stop` and `hurry`.
    `because` says why it was chosen."""

    name: str
    stop: str
    target: str = "process"
    clean: tuple[int, ...] = ()
    #: What is sent shortly before the engine's KILL, as a plan; empty: nothing.
    hurry: str = ""
    facts: Mapping[str, Any] = {}
    because: str = ""


def profile_of(
    row: Mapping[str, Any], argv: Sequence[str], environ: Mapping[str, str], because: str
) -> Profile:
    """A row of the table, as it applies to this command line and environment."""
    stop, hurry = row.get("stop", "TERM"), row.get("hurry", "")
    for condition in row.get("when", ()):
        if _holds(condition, argv, environ):
            stop, hurry = condition["stop"], condition.get("hurry", hurry)
            because += ", " + (condition.get("env") or condition["argument"])
            break
    clean = tuple(row.get("clean", ()))
    return Profile(
        name=row["name"],
        stop=stop,
        target=row.get("target", "process"),
        clean=clean,
        hurry=hurry,
        facts=row,
        because=because,
    )


def _holds(condition: Mapping[str, str], argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    if "env" in condition:
        return bool(environ.get(condition["env"]))
    return any(matches(condition["argument"], argument) for argument in argv)


def recognise(
    table: Sequence[Mapping[str, Any]], argv: Sequence[str], environ: Mapping[str, str]
) -> Profile | None:
    """The first profile that the command line matches, or None.

    The first match wins, so the user's own rows go before those of `profile_table`. A row
    without `match` is only ever chosen by name.
    """
    words = unwrap(tuple(argv))
    if not words:
        return None
    title = " ".join(words)
    for row in table:
        for pattern in row.get("match", ()):
            if matches(pattern, title if " " in pattern else words[0]):
                return profile_of(row, argv, environ, f"{title!r} matches {pattern!r}")
    return None


def matches(pattern: str, text: str) -> bool:
    """Whether the glob matches; it knows `*` only. (fnmatch imports `re`, which pid 1 does
    without.)"""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(rest[-1]) and text.endswith(rest[-1])
