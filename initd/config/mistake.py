"""One line for a person: what is wrong, where, and what would be right."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Mistake(Value):
    """`where` is a flag, a variable, or a file with its key."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"initd: {self.where}: {self.what}"


class Mistakes(Exception):
    """Everything that is wrong with a configuration. Nothing has been started."""

    def __init__(self, found: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = found


def instead(word: str, known: Iterable[str]) -> str:
    """What a person may have meant, after a colon: the nearest known word, else all of them."""
    from initd.core.nearest import did_you_mean

    known = list(known)
    return f": {did_you_mean(word, known) or 'use ' + one_of(known)}"


def one_of(known: Iterable[str]) -> str:
    """`process, group or all`."""
    *others, last = known
    return f"{', '.join(others)} or {last}" if others else last
