"""Variables that begin as initd's do, and set no option: nothing is more easily overlooked than a
misspelt one, as Compose and Kubernetes have little else than variables."""

from __future__ import annotations

from initd.config.mistake import AT_MOST, Mistake, one_of
from initd.config.options import OPTIONS, PREFIX, SHORT_FOR
from initd.core.injected import is_injected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Set by pid 1 for its own next program (shim/contract.h).
_OF_INIT = "INITD_ORDERS"
_KNOWN = frozenset((_OF_INIT, *(option.variable for option in OPTIONS)))
#: From here on, a name is a misspelt one, and not another one.
_MISSPELT = 0.8
_SIMILAR = 0.6


def strangers(environ: Mapping[str, str]) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    """Mistakes, and warnings: of the variables that set no option, those that are nearly an
    option's, and the rest, no more than a person mends at once. One that is empty sets nothing,
    whatever its name."""
    mistakes: list[Mistake] = []
    warnings: list[Mistake] = []
    for name, value in environ.items():
        if len(mistakes) + len(warnings) == AT_MOST:
            break
        if name in _KNOWN or not value or not name.startswith(PREFIX):
            continue
        if is_injected(name.removeprefix(PREFIX), value):
            continue
        right, is_misspelt = _meant(name)
        found = mistakes if is_misspelt else warnings
        found.append(Mistake(name, f"unknown variable, which sets nothing: {right}"))
    return tuple(mistakes), tuple(warnings)


def _meant(name: str) -> tuple[str, bool]:
    """What would be right, and whether nothing else can have been meant."""
    for flag, meaning in SHORT_FOR.items():
        if meaning is not None and _plain(flag) == _plain(name.removeprefix(PREFIX)):
            option, value = meaning
            return f"did you mean {PREFIX}{option.upper()}={value}?", True
    from difflib import SequenceMatcher

    plain = _plain(name.removeprefix(PREFIX))
    alike = [
        (SequenceMatcher(None, plain, _plain(known.removeprefix(PREFIX))).ratio(), known)
        for known in _KNOWN - {_OF_INIT}
    ]
    best = max(ratio for ratio, _ in alike)
    near = sorted(known for ratio, known in alike if ratio >= max(_SIMILAR, best - 0.01))
    if not near:
        return "`initd --help` lists the options, whose variables begin so", False
    return f"did you mean {one_of(near[:3])}?", best >= _MISSPELT


def _plain(name: str) -> str:
    """Without what is most easily forgotten."""
    return name.replace("_", "").replace("-", "").upper()
