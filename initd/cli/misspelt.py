"""`initd helth`: a verb that is misspelt would be taken for a program."""

from __future__ import annotations

import posix

from initd.cli.verb_table import BY_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_ALIKE = 0.75
#: Letters that may be wrong, before it is worth a closer look.
_WRONG = 2


def meant_verb(word: str, environ: Mapping[bytes, bytes]) -> str:
    """A sentence where the word is nearly a verb, and no program along PATH has that name; else
    "". `environ` is the app's."""
    if "/" in word or not any(_is_like(word, verb) for verb in BY_NAME):
        return ""
    path = environ.get(b"PATH", b"").decode(errors="surrogateescape")
    if any(_exists(f"{place or '.'}/{word}") for place in path.split(":")):
        return ""
    from initd.core.nearest import did_you_mean

    right = did_you_mean(word, BY_NAME, _ALIKE)
    return right and f"initd: {word}: unknown verb, and no program in PATH has that name: {right}"


def _is_like(word: str, verb: str) -> bool:
    return abs(len(word) - len(verb)) <= _WRONG and len(set(word) ^ set(verb)) <= _WRONG


def _exists(path: str) -> bool:
    try:
        posix.stat(path)
    except OSError:
        return False
    return True
