"""What was configured about the app's life; it does not change while init lives."""

from __future__ import annotations

from initd.core.outcome import explain_failure
from initd.core.restart import RestartPolicy
from initd.core.signals import KILL, OWN
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from initd.core.check import Check
    from initd.core.signals import Rule
    from initd.core.stop_plan import Plan

    class Words(Protocol):
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


#: What follows when a liveness check fails beyond its threshold.
NOTHING, RESTART, STOP = "nothing", "restart", "stop"
ON_UNHEALTHY = (NOTHING, RESTART, STOP)


class Manner(Value):
    """What differs where initd stands in for another init, under its name; by default
    initd's own manner. See docs/drop-in.md."""

    name: str = "initd"
    #: Signals are handed on as they come, a stop's too: no plan, no SIGCONT along with it.
    transparent: bool = False
    #: What outlives the app is left to the kernel, which ends it with pid 1.
    leaves: bool = False
    #: What is left of the app's group gets TERM (as rewritten) when the app has ended.
    farewell: bool = False
    #: TSTP, TTIN and TTOU stop init itself, too.
    suspends: bool = False
    #: Whether init adopts orphans where it is not pid 1.
    subreaper: bool = True
    #: Signals that are init's own and never handed on.
    own: frozenset[int] = OWN
    #: Whether SEGV and its kin are handed on, when somebody sends them.
    faults: bool = False
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
    #: LISTEN_PID, where it names init, is to name the app.
    tells_listener: bool = False
    words: Words | None = None


#: initd's own.
OWN_MANNER = Manner()


class Policy(Value):
    """See docs/reference.md for what each option means."""

    command: tuple[str, ...]
    signal_map: dict[int, Rule]
    stop_signal: int
    stop_plan: Plan
    target: str = "process"
    clean_codes: tuple[int, ...] = ()
    profile: str | None = None
    #: Whether init leads a job of an interactive shell: not pid 1, on a terminal.
    job_control: bool = False
    restart: RestartPolicy = RestartPolicy()
    on_unhealthy: str = NOTHING
    checks: tuple[Check, ...] = ()
    #: Whether a monitor is wanted: without one, a container costs pid 1 and the shim alone.
    monitor: bool = False
    #: Whether the app is heard by sd_notify: it may name another main process then.
    notify: bool = False
    #: What each stage of the start was asked for, for the sentence that says it failed.
    asked: Mapping[int, tuple[str, ...]] = {}
    #: Whether each orphan that is reaped is worth a warning.
    warn_reaped: bool = False
    manner: Manner = OWN_MANNER
    #: Whether the manner's way with a stop holds: not where a plan or profile is asked for.
    transparent: bool = False

    def explain(self, stage: int, error: int, reason: str, asked: str) -> tuple[int, str]:
        """The exit code and the sentence for a start that failed for good."""
        words = self.manner.words
        tell = explain_failure if words is None else words.explain
        return tell(stage, error, reason, self.command[0], asked)
