"""Profiles: how each program stops, and how a program is recognised.

The facts are in initd/profiles, from which the build makes `profile_rows`, which has what pid 1
acts on, with an index, and `profile_table`, which has all of it for people.
"""

from __future__ import annotations

from initd.core.signals.known import (
    BEHIND,
    BY_EXEC,
    DIRECTLY,
    PERHAPS_BEHIND,
    matches,
    numbers_of,
    unversioned,
)
from initd.core.signals.unwrap import layers
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from initd.core.signals.unwrap import Layer

    Row = Mapping[str, Any]
    #: The rows that may match a command line with this first word.
    Known = Callable[[str], Iterable[Row]]

#: What a condition of `when` may change.
CHANGES = ("stop", "target", "clean", "hurry")


class Profile(Value, kw_only=True):
    """One program's facts, with the conditions of `when` already applied. `because` says why it
    was chosen."""

    name: str
    stop: str
    target: str = "process"
    clean: tuple[int, ...] = ()
    #: What is sent shortly before the engine's KILL, as a plan; empty: nothing.
    hurry: str = ""
    facts: Row = {}
    because: str = ""
    #: How the program is reached from the process that init starts, as in known.py.
    reached: str = DIRECTLY
    #: The first wrapper that stays in front of it, or may; "" for none.
    wrapper: str = ""
    #: Whether this is itself a wrapper: of what, the command line does not tell (npm start).
    is_wrapper: bool = False
    #: What no signal can mend, in words.
    warnings: tuple[str, ...] = ()


def profile_of(
    row: Row,
    argv: Sequence[str],
    environ: Mapping[str, str],
    because: str,
    layer: Layer | None = None,
    around: Sequence[tuple[Row, Sequence[str]]] = (),
) -> Profile:
    """A row of the table, as it applies to this command line and environment. `around` has what
    stands in front of the program, with its words: it warns too."""
    found = layers(tuple(argv))
    layer = layer or (found[-1] if found else None)
    words = layer.words if layer is not None else ()
    chosen = {key: row[key] for key in CHANGES if key in row}
    warned: tuple[str, ...] = ()
    if any("when" in each or "warn" in each for each in (row, *(other for other, _ in around))):
        from initd.core.signals.condition import asked, assigned, holds, warnings

        environ = {**environ, **assigned(found)}
        for condition in row.get("when", ()):
            if holds(condition, words, environ):
                chosen.update((key, condition[key]) for key in CHANGES if key in condition)
                because += f", {asked(condition)}"
                break
        warned = warnings(((row, words), *around), environ)
    return Profile(
        name=row["name"],
        stop=chosen.get("stop", "TERM"),
        target=chosen.get("target", "process"),
        clean=tuple(chosen.get("clean", ())),
        hurry=chosen.get("hurry", ""),
        facts=row,
        because=because,
        reached=layer.reached if layer is not None else DIRECTLY,
        wrapper=layer.wrapper if layer is not None else "",
        is_wrapper=bool(row.get("wrapper")),
        warnings=warned,
    )


def recognise(
    own: Sequence[Row], argv: Sequence[str], environ: Mapping[str, str], known: Known | None = None
) -> Profile | None:
    """The first profile that the command line matches, or None; `own` are the user's rows, which
    go before those that initd has.

    The program is tried before what stands around it: `npx next start` is next, and `npm start`,
    of which nobody knows what it starts, is npm. A row without `match` is only ever chosen by name.
    """
    found = layers(tuple(argv))
    inward = found[::-1]
    rows = known or known_rows
    matching = [
        each
        for each in (
            *(_first(own, layer) for layer in inward),
            *(_first(rows(_first_word(layer)), layer) for layer in inward),
        )
        if each is not None
    ]
    if not matching:
        return None
    row, pattern, layer = matching[0]
    because = f"{' '.join(layer.words)!r} matches {pattern!r}"
    if layer.reached in (PERHAPS_BEHIND, BEHIND):
        because += f", {layer.reached} {layer.wrapper}"
    around = [(other, within.words) for other, _, within in matching[1:]]
    return profile_of(row, argv, environ, because, layer, around)


def is_program(row: Row, argv: Sequence[str]) -> bool:
    """Whether a process with this command line is the program of the row, and not a wrapper that
    has it somewhere below: what a stop looks for in the tree of processes."""
    return any(
        _first((row,), layer) is not None
        for layer in layers(tuple(argv))
        if layer.reached in (DIRECTLY, BY_EXEC)
    )


def known_rows(first_word: str) -> list[Row]:
    """Those of initd's own rows that may match, in the order of the table."""
    numbers = numbers_of(first_word)
    if not numbers:
        return []
    from marshal import loads

    from initd.core.signals.profile_rows import ROWS

    return [loads(ROWS[number]) for number in numbers]


def known_row(name: str) -> Row | None:
    """The row of initd's own with this name."""
    from marshal import loads

    from initd.core.signals.profile_rows import NAMES, ROWS

    at = NAMES.find(f"\n{name}\n")
    row: Row | None = loads(ROWS[NAMES.count("\n", 0, at)]) if name and at >= 0 else None
    return row


def _first_word(layer: Layer) -> str:
    return unversioned(layer.words[0]).partition(" ")[0]


def _first(rows: Iterable[Row], layer: Layer) -> tuple[Row, str, Layer] | None:
    """The first row that matches these words, and by which pattern."""
    title = " ".join(layer.words)
    plain = " ".join((unversioned(layer.words[0]), *layer.words[1:]))
    for row in rows:
        for pattern in row.get("match", ()):
            if " " not in pattern:
                found = matches(pattern, layer.words[0])
            else:
                found = matches(pattern, title) or (plain != title and matches(pattern, plain))
            if found:
                return row, pattern, layer
    return None
