"""What was configured about the app's life. It does not change while init lives."""

from __future__ import annotations

from initd.core.emulation import NO_EMULATION, Emulation
from initd.core.health.roles import PRESTART
from initd.core.life.restart import NOTHING, RestartPolicy
from initd.core.start.outcome import explain_failure
from initd.core.start.stage import Stage
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.health.check import Check
    from initd.core.life.hook import Hook
    from initd.core.life.upward_policy import UpwardPolicy
    from initd.core.secrets import Reload
    from initd.core.signals.route import SignalPolicy
    from initd.core.signals.stop_plan import Plan


class AimPolicy(Value, kw_only=True):
    """Who gets signals where that is not always the app's first process (core/signals/aim.py)."""

    #: What the command line shows to be in front of the program; "" for nothing.
    behind: str = ""
    #: How the profile recognises its program; () for none.
    match: tuple[str, ...] = ()
    #: Whether a stop follows the profile of the program that it finds: nobody has said how to
    #: stop, and the command line did not tell.
    adapts: bool = False
    #: The user's profiles, for that.
    own: tuple[Mapping[str, Any], ...] = ()


class Policy(Value, kw_only=True):
    """See docs/reference.md for what each option means."""

    command: tuple[str, ...]
    signals: SignalPolicy
    stop_plan: Plan
    clean_codes: tuple[int, ...] = ()
    #: The engine's patience, in seconds, where it is known.
    grace: float | None = None
    #: Seconds between the beginning of a stop and its first signal.
    drain: float = 0.0
    #: Commands for moments of the app's life.
    hooks: tuple[Hook, ...] = ()
    #: Whether the app is entered in a registry.
    registers: bool = False
    #: How long a stop waits for the entry to be taken out of it.
    leave: float = 0.0
    #: What is watched in a registry, and the signal that the app gets for each, 0 for none.
    watches: Mapping[str, int] = {}
    #: None where every signal is for the app's first process, and no stop looks any further.
    aim: AimPolicy | None = None
    #: What becomes of processes that outlive the app, where somebody has said so.
    leftovers: Plan | None = None
    #: The name of the program's profile, for status.
    profile: str | None = None
    restart: RestartPolicy = RestartPolicy()
    on_unhealthy: str = NOTHING
    checks: tuple[Check, ...] = ()
    #: Whether there is to be a monitor.
    monitor: bool = False
    #: Whether the app is heard over sd_notify: then it may name another main process.
    notify: bool = False
    #: How the profile recognises its program; () for none.
    program: tuple[str, ...] = ()
    #: Where the app writes which of its processes is the main one.
    pid_file: str | None = None
    #: Whether whoever started init is told of the app over sd_notify, and how.
    upward: UpwardPolicy | None = None
    #: Whether the app was given descriptors that its next start would lack.
    lets_go: bool = False
    #: What each stage of the start was asked for, for the message that says it failed.
    asked: Mapping[int, tuple[str, ...]] = {}
    #: Whether each reaped orphan is worth a warning.
    warn_reaped: bool = False
    #: Whether the reason for the end is to be written somewhere.
    leaves_note: bool = False
    #: What follows when the app's secrets have been read again; None where it has none.
    reload: Reload | None = None
    emulation: Emulation = NO_EMULATION

    @property
    def has_moments(self) -> bool:
        """Whether anything holds a start or a stop, or is to be told of one."""
        return bool(self.hooks or self.registers or self.watches) or any(
            PRESTART in check.roles for check in self.checks
        )

    @property
    def lead(self) -> float:
        """The seconds that a stop may take before its first signal."""
        return (
            self.leave
            + self.drain
            + sum(hook.patience for hook in self.hooks if hook.moment == "stop")
        )

    def explain(self, stage: int, error: int, reason: str, which: int = 0) -> tuple[int, str]:
        """The exit code and the message for a start that failed for good; of what the stage was
        asked for, `which` is the index of what failed."""
        asked = self.asked.get(stage, ())
        what = asked[which] if which < len(asked) else ""
        style = self.emulation.message_style
        explain = explain_failure
        if style is not None and stage != Stage.SECRETS:  # for which no other init has words
            explain = style.explain_failure
        return explain(stage, error, reason, self.command[0], what)
