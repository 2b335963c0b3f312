"""catatonit 0.1.7: https://github.com/openSUSE/catatonit.

It says nothing but what goes wrong, on stderr.
"""

from __future__ import annotations

from initd import __version__
from initd.core.drop_in.getopt import WRONG, Getopt
from initd.core.drop_in.translation import ERR, LICENSE, Answer, InheritedSignals, Orders, last_part
from initd.core.emulation import Emulation
from initd.core.signals.numbers import CHLD, JOB_CONTROL
from initd.core.start.outcome import explain_failure
from initd.core.start.stage import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: It calls itself tini, because Docker looks for that.
VERSION = "tini version 0.1.7_catatonit"
_USAGE = "usage: {called} [-ghLPV] [--] <progname> [<arguments>...]\n"
_HELP = """
options:
  -g              signals are for the process group of progname
  -h              this text
  -L              the license
  -P              pause: run nothing, reap, and end on SIGINT or SIGTERM
  -V, --version   the version

This is initd {initd} under the name of catatonit; docs/drop-in.md says what differs.
Variables: those of initd, INITD_...
"""


def translate(
    called: str, words: Sequence[str], environ: Mapping[str, str], pid: int, began: InheritedSignals
) -> Answer | Orders:
    """As `peers.translate`."""
    usage = _USAGE.format(called=last_part(called))
    options: dict[str, tuple[str, ...]] = {}
    pause = False
    permute = "POSIXLY_CORRECT" not in environ
    getopt = Getopt(called, words, "ghLPV", {"version": "V"}, permute)
    for letter, value in getopt:
        if letter == WRONG:
            return Answer(value + usage, ERR, 1)
        if letter == "h":
            return Answer(usage + _HELP.format(initd=__version__), ERR)
        if letter == "L":
            return Answer(LICENSE.format(initd=__version__))
        if letter == "V":
            return Answer(VERSION + "\n")
        if letter == "g":
            options["target"] = ("group",)
        else:
            pause = True
    if not pause and not getopt.operands:
        mistake = f"ERROR ({last_part(called)}:{pid}): missing program name\n"
        return Answer(mistake + usage, ERR, 1)
    spoken = Spoken(last_part(called), pid)
    emulation = Emulation(
        name="catatonit",
        transparent=True,
        leaves_survivors=True,
        death_signal=0,
        reserved_signals=JOB_CONTROL | {CHLD},
        passes_descriptors=True,
        blocked=began.blocked,
        ignored=began.ignored,
        by_shell=True,
        tells_listener=True,
        messages=spoken,
    )
    return Orders(tuple(getopt.operands), emulation, options, pause)


class Spoken:
    """catatonit's messages, from initd's events."""

    def __init__(self, name: str, pid: int) -> None:
        self._name = name
        self._pid = pid

    def lines(
        self, level: str, event: str, facts: Mapping[str, Any]
    ) -> list[tuple[int, str]] | None:
        """What catatonit says of this; None for what it has no words for."""
        return [] if event in _UNSAID else None

    def foreign(self, level: str, text: str) -> list[tuple[int, str]]:
        """A line about what catatonit doesn't have."""
        tag = "ERROR" if level == "error" else "WARN"
        return [(ERR, f"{tag} ({self._name}:{self._pid}): {text}")]

    def explain(
        self, stage: int, error: int, reason: str, command: str, asked: str = ""
    ) -> tuple[int, str]:
        """The exit code and the words for an app that could not be started."""
        if stage == Stage.FORK:
            said = (f"failed to fork child: {reason}", f"failed to spawn pid1: {reason}")
            return 1, "\n".join(f"ERROR ({self._name}:{self._pid}): {each}" for each in said)
        if stage != Stage.EXEC:
            return explain_failure(stage, error, reason, command, asked)
        # The child says it: its pid is told to nobody, but as a rule the shim's is this.
        return 1, f"ERROR ({self._name}:{self._pid + 1}): failed to exec pid1: {reason}"


_UNSAID = ("app.exited", "init.no-reaper", "control.unavailable")
