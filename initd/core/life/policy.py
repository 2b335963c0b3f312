"""What was configured about the app's life; it does not change while init lives."""

from __future__ import annotations

from initd.core.emulation import NO_EMULATION, Emulation
from initd.core.life.restart import RestartPolicy
from initd.core.start.outcome import explain_failure
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.core.health.check import Check
    from initd.core.signals.numbers import Rule
    from initd.core.signals.stop_plan import Plan

#: What follows when a liveness check fails beyond its threshold.
NOTHING, RESTART, STOP = "nothing", "restart", "stop"
ON_UNHEALTHY = (NOTHING, RESTART, STOP)


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
    emulation: Emulation = NO_EMULATION
    #: Whether the emulation's way with a stop holds: not where a plan or profile is asked for.
    transparent: bool = False

    def explain(self, stage: int, error: int, reason: str, asked: str) -> tuple[int, str]:
        """The exit code and the sentence for a start that failed for good."""
        words = self.emulation.messages
        tell = explain_failure if words is None else words.explain
        return tell(stage, error, reason, self.command[0], asked)
