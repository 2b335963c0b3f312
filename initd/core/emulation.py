"""What initd does differently when it runs under another init's name. Plain, immutable data."""

from __future__ import annotations

from initd.core.signals.numbers import KILL, OWN
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    class PeerMessages(Protocol):
        """What another init writes while it runs. Stateful, since what it writes depends on what
        has happened before: one for each log. Lines are (descriptor, text). `STATE` names the
        attributes that have it, as in core/frozen.py."""

        @property
        def STATE(self) -> tuple[str, ...]:
            """Names of attributes."""

        def lines(
            self, level: str, event: str, facts: Mapping[str, Any]
        ) -> list[tuple[int, str]] | None:
            """The lines for an event; None where that init has no such event."""

        def extra_lines(self, level: str, text: str) -> list[tuple[int, str]]:
            """The lines for an event of initd's, in the other init's format."""

        def exec_failed(self, error: int) -> list[tuple[int, str]]:
            """The lines that come before the sentence on a failed exec; `error` is errno."""

    class MessageStyle(Protocol):
        """Which messages another init writes, and how many. Immutable."""

        @property
        def tells_of_signals(self) -> bool:
            """Whether it writes a message for each signal."""

        def explain_failure(
            self, stage: int, error: int, reason: str, command: str, asked: str = ""
        ) -> tuple[int, str]:
            """As outcome.explain_failure."""

        def new_messages(self) -> PeerMessages:
            """For one log."""


class Emulation(Value, kw_only=True):
    """How initd behaves under a name: by default under its own. See docs/drop-in.md."""

    name: str = "initd"
    #: Every signal is forwarded as it comes, the stop signal included: no plan, and no SIGCONT.
    transparent: bool = False
    #: Processes that outlive the app are left to the kernel, which kills them with pid 1.
    leaves_survivors: bool = False
    #: The rest of the app's group gets TERM (or what that is rewritten to) when the app has ended.
    terminates_group: bool = False
    #: TSTP, TTIN and TTOU stop init itself, too.
    suspends: bool = False
    #: Whether init becomes a subreaper where it is not pid 1.
    subreaper: bool = True
    #: Signals that init keeps to itself.
    reserved_signals: frozenset[int] = OWN
    #: Whether SEGV and the other faults are forwarded, when a process sends them.
    forwards_faults: bool = False
    #: The default for what the app gets when init is killed; 0: nothing.
    death_signal: int = KILL
    #: Incoming signal to delivered signal; 0 drops it.
    rewrites: Mapping[int, int] = {}
    #: The app stays in init's process group.
    same_group: bool = False
    #: The terminal becomes the controlling one of the app's session.
    takes_terminal: bool = False
    #: Signals that the app starts with blocked and ignored, one bit each.
    blocked: int = 0
    ignored: int = 0
    #: A file that the kernel cannot execute is run as a script of /bin/sh (execvp(3)).
    shell_fallback: bool = False
    #: Init itself changes to / once the app's process has its directory.
    leaves_directory: bool = False
    #: The app is an initd itself, which is asked by the verbs and is told by the variables.
    fronts_initd: bool = False
    #: None for initd's own messages.
    message_style: MessageStyle | None = None

    @property
    def is_peer(self) -> bool:
        """Whether initd stands in for another init."""
        return self.name != NO_EMULATION.name

    def before_initd(self) -> Emulation:
        """The same in front of another initd."""
        names: tuple[str, ...] = self.__match_args__
        same = {each: getattr(self, each) for each in names}
        return Emulation(**{**same, "fronts_initd": True})


#: initd under its own name.
NO_EMULATION = Emulation()
