"""The nearest known words to one that is misspelt. Import it where a person needs the sentence:
difflib is heavy."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_AT_MOST = 3
_ALIKE = 0.6
#: Words about as near as the nearest one are named too.
_SAME = 0.05


def did_you_mean(word: str, known: Iterable[str], alike: float = _ALIKE) -> str:
    """`did you mean TERM?`, or "" where no known word is near. `alike` is how near, up to 1."""
    names = nearest(word, known, alike)
    if not names:
        return ""
    *others, last = names
    return f"did you mean {', '.join(others) + ' or ' if others else ''}{last}?"


def nearest(word: str, known: Iterable[str], alike: float = _ALIKE) -> list[str]:
    """The nearest word, and up to two that are about as near; none below `alike`."""
    from difflib import SequenceMatcher, get_close_matches

    close = get_close_matches(word, list(known), n=_AT_MOST, cutoff=alike)
    ratios = [SequenceMatcher(None, each, word).ratio() for each in close]
    return [each for each, ratio in zip(close, ratios) if ratio >= ratios[0] - _SAME]


def three_nearest(word: str, known: Iterable[str]) -> list[str]:
    """Three words, however far they are."""
    from difflib import get_close_matches

    return get_close_matches(word, list(known), n=_AT_MOST, cutoff=0.0)
