"""Other inits that initd replaces under their names: their flags, variables and messages.

Known from their documentation and from watching them run: tini 0.19.0, dumb-init 1.2.5 and
catatonit 0.1.7, as packaged by Debian. tests/process/drop_in runs the real ones beside initd.
"""

from __future__ import annotations

from initd.core.drop_in.translation import NO_INHERITED_SIGNALS, basename

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.core.drop_in.translation import ImmediateExit, InheritedSignals, Translation

#: Each name, and the program of that name (shim/launcher.c lists them too).
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
    inherited_signals: InheritedSignals = NO_INHERITED_SIGNALS,
) -> ImmediateExit | Translation:
    """What the init `called` so (a name of PEERS, or a path that ends in one) would do with
    these words and variables as process `pid`, started with `inherited_signals`."""
    peer = PEERS[basename(called)]
    if peer == "tini":
        from initd.core.drop_in.tini import translate as translate_it
    elif peer == "dumb-init":
        from initd.core.drop_in.dumb_init import translate as translate_it
    else:
        from initd.core.drop_in.catatonit import translate as translate_it
    return translate_it(called, words, environ, pid, inherited_signals)
