"""One line for a person: what is wrong, where, and what would be right."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


#: Nobody mends more of them at once, and each may take a search for the nearest known word.
AT_MOST = 50
#: Characters of a sentence: what somebody wrote may be a hundred thousand long.
_LONGEST = 600
#: So many words are read at a glance.
_FEW = 6


class Mistake(Value):
    """`where` is a flag, a variable, or a file with its key."""

    where: str
    what: str

    @property
    def sentence(self) -> str:
        """`what`, as it may be shown: it quotes what somebody wrote."""
        from initd.core.redact import without_secrets_of_urls

        return without_secrets_of_urls(self.what)

    def __str__(self) -> str:
        return f"initd: {_cut(self.where)}: {_cut(self.sentence)}"


class Mistakes(Exception):
    """Everything that is wrong with a configuration. Nothing has been started."""

    def __init__(self, found: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = found


def keep(mistakes: list[Mistake], where: str, what: str) -> None:
    """Adds a mistake. Raises Mistakes where it is one too many to go on."""
    if len(mistakes) >= AT_MOST:
        raise Mistakes((*mistakes, Mistake(where, f"{AT_MOST} mistakes came before: mend them")))
    mistakes.append(Mistake(where, what))


def _cut(text: str) -> str:
    """Its beginning, and its end, which says what would be right."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"


def instead(word: str, known: Iterable[str], listed: str = "") -> str:
    """What a person may have meant, after a colon: the nearest known words; else all of them, or,
    where that would be many, the nearest three and where they are `listed`."""
    from initd.core.nearest import did_you_mean, three_nearest

    known = list(known)
    near = did_you_mean(word, known)
    if near or len(known) <= _FEW or not listed:
        return f": {near or 'use ' + one_of(known)}"
    return f": use one such as {one_of(three_nearest(word, known))}; {listed} has them all"


def one_of(known: Iterable[str]) -> str:
    """`process, group or all`."""
    *others, last = known
    return f"{', '.join(others)} or {last}" if others else last
