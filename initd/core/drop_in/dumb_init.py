"""dumb-init 1.2.5: https://github.com/Yelp/dumb-init.

All that it says goes to stderr.
"""

from __future__ import annotations

from initd import __version__
from initd.core.drop_in.getopt import WRONG, Getopt
from initd.core.drop_in.numbers import scan
from initd.core.drop_in.translation import ERR, Answer, InheritedSignals, Orders
from initd.core.emulation import Emulation
from initd.core.signals.numbers import CHLD, CONT, DROP, HUP, JOB_CONTROL, STOP, TERM, number_of
from initd.core.start.outcome import explain_failure
from initd.core.start.stage import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VERSION = "dumb-init v1.2.5"
_LAST = 31
_EXIT_EXEC = 2
_LONG = {"help": "h", "single-child": "c", "rewrite": "r", "verbose": "v", "version": "V"}
_HELP = """\
{version}
Usage: {called} [option] command [[arg] ...]

Runs the command, hands signals on to its session, reaps, and ends with its exit code.
This is initd {initd} under the name of dumb-init; docs/drop-in.md says what differs.

   -c, --single-child   no session of its own, and signals for the command alone
   -r, --rewrite s:r    hand on signal r where s arrives; 0 hands on nothing; repeatable
   -v, --verbose        say what is done
   -h, --help           this text
   -V, --version        the version

Variables: DUMB_INIT_SETSID=0 as -c, DUMB_INIT_DEBUG=1 as -v; and those of initd, INITD_...
"""
_HOW_TO_REWRITE = """\
Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.
This option can be specified multiple times.
Use --help for full usage.
"""


def translate(
    called: str, words: Sequence[str], environ: Mapping[str, str], pid: int, began: InheritedSignals
) -> Answer | Orders:
    """As `peers.translate`."""
    session, debug = True, False
    rewrites: dict[int, int] = {}
    getopt = Getopt(called, words, "hvVr:c", _LONG, False)
    for letter, value in getopt:
        if letter == WRONG:
            return Answer(value, ERR, 1)
        if letter == "h":
            return Answer(_HELP.format(version=VERSION, called=called, initd=__version__), ERR)
        if letter == "V":
            return Answer(VERSION + "\n", ERR)
        if letter == "c":
            session = False
        elif letter == "v":
            debug = True
        else:
            rewrite = _rewrite(value)
            if rewrite is None:
                return Answer(_HOW_TO_REWRITE, ERR, 1)
            rewrites[rewrite[0]] = rewrite[1]
    if not getopt.operands:
        usage = f"Usage: {called} [option] program [args]\nTry {called} --help for full usage.\n"
        return Answer(usage, ERR, 1)
    first: list[str] = []
    if environ.get("DUMB_INIT_DEBUG") == "1":
        debug = True
        first.append("Running in debug mode.")
    if environ.get("DUMB_INIT_SETSID") == "0":
        session = False
        first.append("Not running in setsid mode.")
    if session:
        # They do nothing to the orphaned group that a session's leader is in.
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
        passes_descriptors=True,
        by_shell=True,
        leaves_directory=True,
        messages=Spoken(pid, first, debug, session, rewrites),
    )
    options: dict[str, tuple[str, ...]] = {"target": ("group" if session else "process",)}
    if session:
        options["session"] = ("",)
    return Orders(tuple(getopt.operands), emulation, options)


def _rewrite(text: str) -> tuple[int, int] | None:
    """`15:3`, as scanf(3) reads it: what follows is nobody's business."""
    incoming = scan(text)
    if incoming is None or not incoming[1].startswith(":"):
        return None
    outgoing = scan(incoming[1][1:])
    if outgoing is None or not 1 <= incoming[0] <= _LAST or not 0 <= outgoing[0] <= _LAST:
        return None
    return incoming[0], outgoing[0]


class Spoken:
    """dumb-init's messages, from initd's events."""

    def __init__(
        self, pid: int, first: list[str], debug: bool, session: bool, rewrites: Mapping[int, int]
    ) -> None:
        #: Of what did not become the app: told to nobody, but as a rule the shim's is this.
        self._child = pid + 1
        self._first = first
        self._debug = debug
        self._session = session
        self._rewrites = rewrites
        #: What there is to say of the terminal once the app has been spawned.
        self._terminal_news: list[str] = []
        self._failed = False
        #: What arrived while the app was being started: dumb-init would not have looked yet.
        self._early: list[str] | None = []
        self._has_exited = False

    def lines(
        self, level: str, event: str, facts: Mapping[str, Any]
    ) -> list[tuple[int, str]] | None:
        """What dumb-init says of this; None for what it has no words for."""
        if event not in _SAID:
            return None
        said = _SAID[event](self, facts)
        return [(ERR, f"[dumb-init] {text}") for text in said] if self._debug else []

    def foreign(self, level: str, text: str) -> list[tuple[int, str]]:
        """A line about what dumb-init doesn't have."""
        return [(ERR, f"[dumb-init] {text}")]

    def explain(
        self, stage: int, error: int, reason: str, command: str, asked: str = ""
    ) -> tuple[int, str]:
        """The exit code and the words for an app that could not be started."""
        if stage == Stage.FORK:
            return 1, "[dumb-init] Unable to fork. Exiting."
        if stage != Stage.EXEC:
            return explain_failure(stage, error, reason, command, asked)
        self._failed = True
        # The child says it, after all that is said of a child.
        spawned = self._spawned({"app": self._child}) if self._debug else []
        said = [*spawned, f"{command}: {reason}"]
        return _EXIT_EXEC, "\n".join(f"[dumb-init] {line}" for line in said)

    # ---- one event each -------------------------------------------------------

    def _begun(self, facts: Mapping[str, Any]) -> list[str]:
        return self._first

    def _terminal(self, facts: Mapping[str, Any]) -> list[str]:
        if "error" in facts:
            why = f"(errno={facts['error']} {facts['why']})."
            self._terminal_news = [f"Unable to attach to controlling tty {why}"]
            return [f"Unable to detach from controlling tty {why}"]
        if facts["leader"]:
            for number in (HUP, CONT):
                ignoring = f"Ignoring tty hand-off signal {number}."
                self._terminal_news += [f"Received signal {number}.", ignoring]
            return [
                "Detached from controlling tty, ignoring the first SIGHUP and SIGCONT we receive."
            ]
        return ["Detached from controlling tty, but was not session leader."]

    def _spawned(self, facts: Mapping[str, Any]) -> list[str]:
        said = [f"Child spawned with PID {facts['app']}."]
        if self._session:
            said += [*self._terminal_news, "setsid complete."]
        early, self._early = self._early or [], None
        return [*said, *early]

    def _received(self, facts: Mapping[str, Any]) -> list[str]:
        number = number_of(facts["signal"])
        suspends = ["Suspending self due to TTY signal."] if number in JOB_CONTROL else []
        said = [f"Received signal {number}.", *self._forwarded(number), *suspends]
        if self._early is None:
            return said
        self._early += said
        return []

    def _forwarded(self, number: int) -> list[str]:
        out = self._rewrites.get(number, number)
        said = [f"Translating signal {number} to {out}."] if number in self._rewrites else []
        if out == DROP:
            return [*said, f"Not forwarding signal {out} to children (ignored)."]
        return [*said, f"Forwarded signal {out} to children."]

    def _reaped(self, facts: Mapping[str, Any]) -> list[str]:
        if self._has_exited:
            return []  # it has gone by now
        pid = facts["pid"]
        if "signal" in facts:
            end = f"was terminated by signal {number_of(facts['signal'])}"
        else:
            end = f"exited with exit status {facts['code']}"
        return [f"Received signal {CHLD}.", f"A child with PID {pid} {end}."]

    def _changed(self, facts: Mapping[str, Any]) -> list[str]:
        return [f"Received signal {CHLD}."]

    def _exited(self, facts: Mapping[str, Any]) -> list[str]:
        said = [*self._reaped(facts), *self._forwarded(TERM)]
        self._has_exited = True
        return said

    def _left(self, facts: Mapping[str, Any]) -> list[str]:
        said = self._exited({"pid": self._child, "code": _EXIT_EXEC}) if self._failed else []
        return [*said, f"Child exited with status {facts['code']}. Goodbye."]

    def _nothing(self, facts: Mapping[str, Any]) -> list[str]:
        return []


_SAID = {
    "init.as": Spoken._begun,
    "terminal.left": Spoken._terminal,
    "app.started": Spoken._spawned,
    "signal.received": Spoken._received,
    "app.stopped": Spoken._changed,
    "app.continued": Spoken._changed,
    "orphan.reaped": Spoken._reaped,
    "app.exited": Spoken._exited,
    "init.exit": Spoken._left,
    "init.no-reaper": Spoken._nothing,
    "control.unavailable": Spoken._nothing,
}
