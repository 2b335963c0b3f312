"""dumb-init 1.2.5: https://github.com/Yelp/dumb-init.

All its messages go to stderr.
"""

from __future__ import annotations

from initd import __version__
from initd.core.drop_in.getopt import WRONG, Getopt
from initd.core.drop_in.numbers import scan
from initd.core.drop_in.translation import ERR, ImmediateExit, InheritedSignals, Translation
from initd.core.emulation import Emulation
from initd.core.signals.numbers import CHLD, CONT, DROP, HUP, JOB_CONTROL, STOP, TERM, number_of
from initd.core.start.outcome import explain_failure
from initd.core.start.stage import Stage
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VERSION = "dumb-init v1.2.5"
_LAST_SIGNAL = 31
_EXIT_EXEC = 2
_LONG = {"help": "h", "single-child": "c", "rewrite": "r", "verbose": "v", "version": "V"}
_HELP = """\
{version}
Usage: {called} [option] command [[arg] ...]

Runs the command, forwards signals to its session, reaps zombies, and exits with its exit code.
This is initd {initd} under the name of dumb-init; docs/drop-in.md lists the differences.

   -c, --single-child   start no session, and forward signals only to the command itself
   -r, --rewrite s:r    forward signal r when s arrives; 0 forwards nothing; repeatable
   -v, --verbose        write what is done
   -h, --help           show this text
   -V, --version        show the version

Variables: DUMB_INIT_SETSID=0 means -c, DUMB_INIT_DEBUG=1 means -v; initd's own begin with INITD_.
"""
_HOW_TO_REWRITE = """\
Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.
This option can be specified multiple times.
Use --help for full usage.
"""


def translate(
    called: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    pid: int,
    inherited_signals: InheritedSignals,
) -> ImmediateExit | Translation:
    """As drop_in.translate."""
    session, debug = True, False
    rewrites: dict[int, int] = {}
    getopt = Getopt(called, words, "hvVr:c", _LONG, False)
    for letter, value in getopt:
        if letter == WRONG:
            return ImmediateExit(value, ERR, 1)
        if letter == "h":
            return ImmediateExit(
                _HELP.format(version=VERSION, called=called, initd=__version__), ERR
            )
        if letter == "V":
            return ImmediateExit(VERSION + "\n", ERR)
        if letter == "c":
            session = False
        elif letter == "v":
            debug = True
        else:
            rewrite = _rewrite(value)
            if rewrite is None:
                return ImmediateExit(_HOW_TO_REWRITE, ERR, 1)
            rewrites[rewrite[0]] = rewrite[1]
    if not getopt.operands:
        usage = f"Usage: {called} [option] program [args]\nTry {called} --help for full usage.\n"
        return ImmediateExit(usage, ERR, 1)
    first_lines: list[str] = []
    if environ.get("DUMB_INIT_DEBUG") == "1":
        debug = True
        first_lines.append("Running in debug mode.")
    if environ.get("DUMB_INIT_SETSID") == "0":
        session = False
        first_lines.append("Not running in setsid mode.")
    if session:
        # The three have no effect on an orphaned group, such as that of a session's leader.
        rewrites = {**dict.fromkeys(JOB_CONTROL, STOP), **rewrites}
    emulation = Emulation(
        name="dumb-init",
        transparent=True,
        leaves_survivors=True,
        terminates_group=True,
        suspends=True,
        subreaper=False,
        reserved_signals=frozenset((CHLD,)),
        forwards_faults=True,
        death_signal=0,
        rewrites=rewrites,
        same_group=not session,
        takes_terminal=session,
        shell_fallback=True,
        leaves_directory=True,
        message_style=DumbInitStyle(
            pid=pid,
            first_lines=tuple(first_lines),
            debug=debug,
            session=session,
            rewrites=rewrites,
        ),
    )
    options: dict[str, tuple[str, ...]] = {"target": ("group" if session else "process",)}
    if session:
        options["session"] = ("",)
    return Translation(command=tuple(getopt.operands), emulation=emulation, options=options)


def _rewrite(text: str) -> tuple[int, int] | None:
    """`15:3`, as scanf(3) reads it: further text is ignored."""
    incoming = scan(text)
    if incoming is None or not incoming[1].startswith(":"):
        return None
    outgoing = scan(incoming[1][1:])
    if (
        outgoing is None
        or not 1 <= incoming[0] <= _LAST_SIGNAL
        or not 0 <= outgoing[0] <= _LAST_SIGNAL
    ):
        return None
    return incoming[0], outgoing[0]


class DumbInitStyle(Value):
    """`first_lines` are written first of all; only `debug` writes anything but errors."""

    pid: int
    first_lines: tuple[str, ...]
    debug: bool
    session: bool
    rewrites: Mapping[int, int]

    def explain_failure(
        self, stage: int, error: int, reason: str, command: str, asked: str = ""
    ) -> tuple[int, str]:
        """The exit code and the sentence for an app that could not be started."""
        if stage == Stage.FORK:
            return 1, "[dumb-init] Unable to fork. Exiting."
        if stage != Stage.EXEC:
            return explain_failure(stage, error, reason, command, asked)
        return _EXIT_EXEC, f"[dumb-init] {command}: {reason}"

    @property
    def tells_of_signals(self) -> bool:
        """As MessageStyle.tells_of_signals."""
        return self.debug

    def new_messages(self) -> DumbInitMessages:
        """For one log."""
        return DumbInitMessages(self)


class DumbInitMessages:
    """dumb-init's messages, from initd's events."""

    STATE: tuple[str, ...] = ("_terminal_lines", "_failed", "_early", "_has_exited")

    def __init__(self, style: DumbInitStyle) -> None:
        self._style = style
        #: The process that failed to become the app. Its pid is unknown here; usually it is the
        #: one after init's.
        self._child = style.pid + 1
        #: What to write about the terminal once the app has been spawned.
        self._terminal_lines: list[str] = []
        self._failed = False
        #: What arrived while the app was being started: dumb-init would not have looked yet.
        self._early: list[str] | None = []
        self._has_exited = False

    def lines(
        self, level: str, event: str, facts: Mapping[str, Any]
    ) -> list[tuple[int, str]] | None:
        """As PeerMessages.lines."""
        if event not in _LINES:
            return None
        return self._debug_lines(_LINES[event](self, facts))

    def extra_lines(self, level: str, text: str) -> list[tuple[int, str]]:
        """As PeerMessages.extra_lines."""
        return [(ERR, f"[dumb-init] {text}")]

    def exec_failed(self, error: int) -> list[tuple[int, str]]:
        """As PeerMessages.exec_failed: the child fails after all that is written of a child."""
        self._failed = True
        return self._debug_lines(self._spawned({"app": self._child}))

    def _debug_lines(self, texts: list[str]) -> list[tuple[int, str]]:
        return [(ERR, f"[dumb-init] {text}") for text in texts] if self._style.debug else []

    # ---- one event each -------------------------------------------------------

    def _started(self, facts: Mapping[str, Any]) -> list[str]:
        return list(self._style.first_lines)

    def _terminal(self, facts: Mapping[str, Any]) -> list[str]:
        if "error" in facts:
            why = f"(errno={facts['error']} {facts['why']})."
            self._terminal_lines = [f"Unable to attach to controlling tty {why}"]
            return [f"Unable to detach from controlling tty {why}"]
        if facts["leader"]:
            for number in (HUP, CONT):
                ignoring = f"Ignoring tty hand-off signal {number}."
                self._terminal_lines += [f"Received signal {number}.", ignoring]
            return [
                "Detached from controlling tty, ignoring the first SIGHUP and SIGCONT we receive."
            ]
        return ["Detached from controlling tty, but was not session leader."]

    def _spawned(self, facts: Mapping[str, Any]) -> list[str]:
        lines = [f"Child spawned with PID {facts['app']}."]
        if self._style.session:
            lines += [*self._terminal_lines, "setsid complete."]
        early, self._early = self._early or [], None
        return [*lines, *early]

    def _received(self, facts: Mapping[str, Any]) -> list[str]:
        number = number_of(facts["signal"])
        suspends = ["Suspending self due to TTY signal."] if number in JOB_CONTROL else []
        lines = [f"Received signal {number}.", *self._forwarded(number), *suspends]
        if self._early is None:
            return lines
        self._early += lines
        return []

    def _forwarded(self, number: int) -> list[str]:
        out = self._style.rewrites.get(number, number)
        lines = [f"Translating signal {number} to {out}."] if number in self._style.rewrites else []
        if out == DROP:
            return [*lines, f"Not forwarding signal {out} to children (ignored)."]
        return [*lines, f"Forwarded signal {out} to children."]

    def _reaped(self, facts: Mapping[str, Any]) -> list[str]:
        if self._has_exited:
            return []  # dumb-init itself has exited by now
        pid = facts["pid"]
        if "signal" in facts:
            end = f"was terminated by signal {number_of(facts['signal'])}"
        else:
            end = f"exited with exit status {facts['code']}"
        return [f"Received signal {CHLD}.", f"A child with PID {pid} {end}."]

    def _changed(self, facts: Mapping[str, Any]) -> list[str]:
        return [f"Received signal {CHLD}."]

    def _exited(self, facts: Mapping[str, Any]) -> list[str]:
        lines = [*self._reaped(facts), *self._forwarded(TERM)]
        self._has_exited = True
        return lines

    def _left(self, facts: Mapping[str, Any]) -> list[str]:
        lines = self._exited({"pid": self._child, "code": _EXIT_EXEC}) if self._failed else []
        return [*lines, f"Child exited with status {facts['code']}. Goodbye."]

    def _silent(self, facts: Mapping[str, Any]) -> list[str]:
        return []


_LINES = {
    "init.as": DumbInitMessages._started,
    "terminal.left": DumbInitMessages._terminal,
    "app.started": DumbInitMessages._spawned,
    "signal.received": DumbInitMessages._received,
    "app.stopped": DumbInitMessages._changed,
    "app.continued": DumbInitMessages._changed,
    "orphan.reaped": DumbInitMessages._reaped,
    "app.exited": DumbInitMessages._exited,
    "init.exit": DumbInitMessages._left,
    "init.no-reaper": DumbInitMessages._silent,
    "control.elsewhere": DumbInitMessages._silent,
    "control.unavailable": DumbInitMessages._silent,
}
