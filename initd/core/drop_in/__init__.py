"""Other inits that initd stands in for under their names: their flags, variables, words.

What is known of them is from their documentation and from watching them run: tini 0.19.0,
dumb-init 1.2.5 and catatonit 0.1.7, as Debian has them. tests/process/drop_in runs the real
ones beside initd.
"""

from __future__ import annotations

from initd.core.drop_in.translation import NOTHING_UNUSUAL, last_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.core.drop_in.translation import Answer, InheritedSignals, Orders

#: Each name, and the program of that name (shim/launcher.c has them again).
PEERS = {
    "tini": "tini",
    "tini-static": "tini",
    "docker-init": "tini",
    "dumb-init": "dumb-init",
    "catatonit": "catatonit",
}


def translate(
    called: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    pid: int,
    began: InheritedSignals = NOTHING_UNUSUAL,
) -> Answer | Orders:
    """What the init that is `called` so (a name or a path of one of PEERS) would do with
    these words and variables, as process `pid` that `began` with such signals."""
    peer = PEERS[last_part(called)]
    if peer == "tini":
        from initd.core.drop_in.tini import translate as translate_it
    elif peer == "dumb-init":
        from initd.core.drop_in.dumb_init import translate as translate_it
    else:
        from initd.core.drop_in.catatonit import translate as translate_it
    return translate_it(called, words, environ, pid, began)
