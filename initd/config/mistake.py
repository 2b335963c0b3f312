"""What was wrong, where, and what would be right: one line for a person."""

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
    """All that is wrong with a configuration; nothing has been started."""

    def __init__(self, found: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = found


def instead(word: str, known: Iterable[str]) -> str:
    """What a person may have meant: the nearest that is known, else all that are."""
    # A rare path: a person is about to read the sentence.
    from difflib import get_close_matches

    known = list(known)
    close = get_close_matches(word, known, n=1)
    return f": did you mean {close[0]}?" if close else f": {', '.join(known)}"
