"""Where initd differs from a peer on purpose: what is seen with each, and why.

docs/drop-in.md gives the same list to people. A difference that is not here fails a test,
and so does one here that can no longer be seen. `fact` and `case` are whole names, or
patterns of fnmatch.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from .side import Case, Facts


class Difference(NamedTuple):
    """The real one shows `theirs` where initd shows `ours`; both exactly, "*" for all."""

    fact: str
    theirs: str
    ours: str
    why: str
    case: str = "*"
    peers: tuple[str, ...] = ("tini", "dumb-init", "catatonit")

    def explains(self, peer: str, case: Case, fact: str, theirs: str, ours: str) -> bool:
        return (
            peer in self.peers
            and _like(case.says, self.case)
            and _like(fact, self.fact)
            and _like(theirs, self.theirs)
            and _like(ours, self.ours)
        )


def _like(text: str, pattern: str) -> bool:
    return text == pattern or fnmatchcase(text, pattern)


DIFFERENCES = [
    Difference(
        "app parent*",
        "init",
        "<ppidshim>",
        "One more process: the shim stands between, so that no app sees ppid 1.",
    ),
    Difference(
        "app blocked",
        "TSTP TTIN TTOU",
        "",
        "catatonit starts its app with these blocked, so that Ctrl-Z does nothing to it.",
        peers=("catatonit",),
    ),
    Difference(
        "app blocked",
        "USR1 TSTP TTIN TTOU RTMIN",
        "USR1 RTMIN",
        "catatonit starts its app with these blocked, so that Ctrl-Z does nothing to it.",
        case="USR1 and RTMIN blocked",
        peers=("catatonit",),
    ),
]


def unexplained(peer: str, case: Case, theirs: Facts, ours: Facts) -> tuple[list[str], set[int]]:
    """What differs and is not in the table, a line each; and which rows were needed."""
    lines, needed = [], set()
    for fact in sorted({*theirs, *ours}):
        real, mine = theirs.get(fact, "(no such fact)"), ours.get(fact, "(no such fact)")
        if real == mine:
            continue
        reasons = [
            number
            for number, row in enumerate(DIFFERENCES)
            if row.explains(peer, case, fact, real, mine)
        ]
        needed.update(reasons)
        if not reasons:
            lines.append(f"{fact}\n    {peer}: {real!r}\n    initd: {mine!r}")
    return lines, needed
