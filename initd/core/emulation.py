"""What differs where initd stands in for another init, under that one's name."""

from __future__ import annotations

from initd.core.signals.numbers import KILL, OWN
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    class PeerMessages(Protocol):
        """How another init speaks of what happens (core/peers): lines, each for a descriptor."""

        def lines(
            self, level: str, event: str, facts: Mapping[str, Any]
        ) -> list[tuple[int, str]] | None:
            """None for what it has no words for."""

        def foreign(self, level: str, text: str) -> list[tuple[int, str]]:
            """A line about what only initd has."""

        def explain(
            self, stage: int, error: int, reason: str, command: str, asked: str = ""
        ) -> tuple[int, str]:
            """As outcome.explain_failure."""


class Emulation(Value):
    """What differs where initd stands in for another init, under its name; by default
    initd's own emulation. See docs/drop-in.md."""

    name: str = "initd"
    #: Signals are handed on as they come, a stop's too: no plan, no SIGCONT along with it.
    transparent: bool = False
    #: What outlives the app is left to the kernel, which ends it with pid 1.
    leaves_survivors: bool = False
    #: What is left of the app's group gets TERM (as rewritten) when the app has ended.
    terminates_group: bool = False
    #: TSTP, TTIN and TTOU stop init itself, too.
    suspends: bool = False
    #: Whether init adopts orphans where it is not pid 1.
    subreaper: bool = True
    #: Signals that are init's own and never handed on.
    reserved_signals: frozenset[int] = OWN
    #: Whether SEGV and its kin are handed on, when somebody sends them.
    forwards_faults: bool = False
    #: What the app gets when init is killed, unless something else is said; 0: nothing.
    death_signal: int = KILL
    #: Signal to signal, 0 drops.
    rewrites: Mapping[int, int] = {}
    #: The app stays in init's process group.
    same_group: bool = False
    #: The terminal becomes that of the app's session.
    takes_terminal: bool = False
    #: The app inherits descriptors beyond 0, 1 and 2.
    passes_descriptors: bool = False
    #: Signals that the app begins with blocked and ignored, a bit each.
    blocked: int = 0
    ignored: int = 0
    #: A file that is no program is a script of /bin/sh.
    by_shell: bool = False
    #: Init itself goes to / once the app's process has its directory.
    leaves_directory: bool = False
    #: LISTEN_PID, where it names init, is to name the app.
    tells_listener: bool = False
    messages: PeerMessages | None = None


#: initd's own.
NO_EMULATION = Emulation()
