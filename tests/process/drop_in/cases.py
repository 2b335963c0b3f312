"""All the rows, by the program that they are about."""

from __future__ import annotations

import itertools

from .catatonit_cases import CATATONIT
from .dumb_init_cases import DUMB_INIT
from .side import Case
from .tini_cases import TINI


def unique(cases: list[Case]) -> list[Case]:
    """The rows, no two of which may be called the same."""
    for says, rows in itertools.groupby(sorted(cases, key=lambda c: c.says), key=lambda c: c.says):
        assert len(list(rows)) == 1, f"two cases are called {says!r}"
    return cases


CASES = {
    "tini": unique(TINI),
    "dumb-init": unique(DUMB_INIT),
    "catatonit": unique(CATATONIT),
}
