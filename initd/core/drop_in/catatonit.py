"""catatonit 0.1.7: https://github.com/openSUSE/catatonit.

It writes only errors and warnings, to stderr.
"""

from __future__ import annotations

from initd import __version__
from initd.core.drop_in.getopt import WRONG, Getopt
from initd.core.drop_in.translation import (
    ERR,
    LICENSE,
    ImmediateExit,
    InheritedSignals,
    Translation,
    basename,
)
from initd.core.emulation import Emulation
from initd.core.signals.numbers import CHLD, JOB_CONTROL
from initd.core.start.outcome import explain_failure
from initd.core.start.stage import Stage
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: It calls itself tini, because Docker looks for that.
VERSION = "tini version 0.1.7_catatonit"
_USAGE = "usage: {called} [-ghLPV] [--] <progname> [<arguments>...]\n"
_HELP = """
options:
  -g              forward signals to the process group of progname
  -h              show this text
  -L              show the license
  -P              pause: run no program, only reap, and exit on SIGINT or SIGTERM
  -V, --version   show the version

This is initd {initd} under the name of catatonit; docs/drop-in.md lists the differences.
Variables: initd's own, which begin with INITD_.
"""


def translate(
    called: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    pid: int,
    inherited_signals: InheritedSignals,
) -> ImmediateExit | Translation:
    """As drop_in.translate."""
    usage = _USAGE.format(called=basename(called))
    options: dict[str, tuple[str, ...]] = {}
    pause = False
    permute = "POSIXLY_CORRECT" not in environ
    getopt = Getopt(called, words, "ghLPV", {"version": "V"}, permute)
    for letter, value in getopt:
        if letter == WRONG:
            return ImmediateExit(value + usage, ERR, 1)
        if letter == "h":
            return ImmediateExit(usage + _HELP.format(initd=__version__), ERR)
        if letter == "L":
            return ImmediateExit(LICENSE.format(initd=__version__))
        if letter == "V":
            return ImmediateExit(VERSION + "\n")
        if letter == "g":
            options["target"] = ("group",)
        else:
            pause = True
    if not pause and not getopt.operands:
        mistake = f"ERROR ({basename(called)}:{pid}): missing program name\n"
        return ImmediateExit(mistake + usage, ERR, 1)
    emulation = Emulation(
        name="catatonit",
        transparent=True,
        leaves_survivors=True,
        death_signal=0,
        reserved_signals=JOB_CONTROL | {CHLD},
        blocked=inherited_signals.blocked,
        ignored=inherited_signals.ignored,
        shell_fallback=True,
        message_style=CatatonitStyle(name=basename(called), pid=pid),
    )
    return Translation(
        command=tuple(getopt.operands), emulation=emulation, options=options, pause=pause
    )


class CatatonitStyle(Value):
    """`name` is what it was called; each message shows it, and `pid`."""

    name: str
    pid: int

    @property
    def tells_of_signals(self) -> bool:
        """As MessageStyle.tells_of_signals."""
        return False

    def explain_failure(
        self, stage: int, error: int, reason: str, command: str, asked: str = ""
    ) -> tuple[int, str]:
        """The exit code and the sentence for an app that could not be started."""
        if stage == Stage.FORK:
            reasons = (f"failed to fork child: {reason}", f"failed to spawn pid1: {reason}")
            return 1, "\n".join(f"ERROR ({self.name}:{self.pid}): {each}" for each in reasons)
        if stage != Stage.EXEC:
            return explain_failure(stage, error, reason, command, asked)
        # The child writes this line. Its pid is unknown here; usually it is the one after init's.
        return 1, f"ERROR ({self.name}:{self.pid + 1}): failed to exec pid1: {reason}"

    def new_messages(self) -> CatatonitMessages:
        """For one log."""
        return CatatonitMessages(self)


class CatatonitMessages:
    """catatonit's messages, from initd's events."""

    STATE: tuple[str, ...] = ()

    def __init__(self, style: CatatonitStyle) -> None:
        self._prefix = f"({style.name}:{style.pid})"

    def lines(
        self, level: str, event: str, facts: Mapping[str, Any]
    ) -> list[tuple[int, str]] | None:
        """As PeerMessages.lines."""
        return [] if event in _SILENT else None

    def extra_lines(self, level: str, text: str) -> list[tuple[int, str]]:
        """As PeerMessages.extra_lines."""
        tag = "ERROR" if level == "error" else "WARN"
        return [(ERR, f"{tag} {self._prefix}: {text}")]

    def exec_failed(self, error: int) -> list[tuple[int, str]]:
        """As PeerMessages.exec_failed."""
        return []


#: Events that catatonit has too, and does not mention.
_SILENT = ("app.exited", "init.no-reaper", "control.unavailable", "control.elsewhere")
