"""tini 0.19.0, also known as docker-init: https://github.com/krallin/tini.

WARN and FATAL go to stderr, the other levels to stdout.
"""

from __future__ import annotations

from initd import __version__
from initd.core.drop_in.getopt import WRONG, Getopt
from initd.core.drop_in.numbers import atoi, scan
from initd.core.drop_in.strsignal import strsignal
from initd.core.drop_in.translation import (
    ERR,
    LICENSE,
    OUT,
    ImmediateExit,
    InheritedSignals,
    Translation,
    basename,
)
from initd.core.emulation import Emulation
from initd.core.signals.numbers import name_of, number_of
from initd.core.start.exit_codes import EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND
from initd.core.start.outcome import EACCES, ENOENT, explain_failure
from initd.core.start.stage import Stage
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VERSION = "tini version 0.19.0"
#: Signals that `-p` does not accept.
_NO_PARENT_DEATH = ("STKFLT", "IO", "PWR")
_LAST_PLAIN = 31
#: TINI_VERBOSITY is read as unsigned: -1 is the highest level.
_UNSIGNED = 2**32
_FATAL, _WARN, _INFO, _DEBUG, _TRACE = range(5)
#: DEBUG, written by the process that was to become the app.
_CHILD_DEBUG = 5
_TAGS = ("FATAL", "WARN ", "INFO ", "DEBUG", "TRACE")
_NO_REAPER = """\
Tini is not running as PID 1 and isn't registered as a child subreaper.
Zombie processes will not be re-parented to Tini, so zombie reaping won't work.
To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register \
Tini as a child subreaper, or run Tini as PID 1."""
_HELP = """\
{name} ({version})
Usage: {name} [OPTIONS] PROGRAM -- [ARGS] | --version

Runs PROGRAM, forwards signals to it, reaps zombies, and exits with its exit code.
This is initd {initd} under the name of tini; docs/drop-in.md lists the differences.

  --version: show the version
  -h: show this text
  -s: adopt orphans as a child subreaper, if this is not PID 1
  -p SIGNAL: get this signal when the parent dies, for example SIGKILL
  -v: write more messages; up to three times
  -w: warn about each process that is reaped
  -g: send signals to the process group of PROGRAM
  -e EXIT_CODE: exit with 0 instead of this code (0 to 255); repeatable
  -l: show the license

Variables: TINI_SUBREAPER means -s and TINI_KILL_PROCESS_GROUP means -g, with any value;
TINI_VERBOSITY is a number (default: 1); initd's own begin with INITD_.
"""


def translate(
    called: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    pid: int,
    inherited_signals: InheritedSignals,
) -> ImmediateExit | Translation:
    """As drop_in.translate."""
    if list(words) == ["--version"]:
        return ImmediateExit(VERSION + "\n")
    name = basename(called)
    help_text = _HELP.format(name=name, version=VERSION, initd=__version__)
    verbosity, subreaper = 1, False
    options: dict[str, tuple[str, ...]] = {}
    getopt = Getopt(called, words, "hvwgle:sp:", {}, "POSIXLY_CORRECT" not in environ)
    for letter, value in getopt:
        if letter == WRONG:
            return ImmediateExit(value + help_text, ERR, 1)
        if letter == "h":
            return ImmediateExit(help_text)
        if letter == "l":
            return ImmediateExit(LICENSE.format(initd=__version__))
        if letter == "v":
            verbosity += 1
        elif letter == "s":
            subreaper = True
        elif letter == "g":
            options["target"] = ("group",)
        elif letter == "w":
            options["warn_reaped"] = ("",)
        else:
            reader, option = _READERS[letter]
            text = reader(value)
            if text is None:
                return ImmediateExit(
                    f"[FATAL tini ({pid})] Not a valid option for -{letter}: {value}\n", ERR, 1
                )
            options[option] = (*options.get(option, ()), text)
    if not getopt.operands:
        return ImmediateExit(help_text, ERR, 1)
    if "TINI_SUBREAPER" in environ:
        subreaper = True
    if "TINI_KILL_PROCESS_GROUP" in environ:
        options["target"] = ("group",)
    if "TINI_VERBOSITY" in environ:
        verbosity = atoi(environ["TINI_VERBOSITY"]) % _UNSIGNED
    clean_codes = tuple(int(text) for text in options.get("clean_code", ()))
    emulation = Emulation(
        name=name,
        transparent=True,
        leaves_survivors=True,
        subreaper=subreaper,
        death_signal=0,
        blocked=inherited_signals.blocked,
        ignored=inherited_signals.ignored,
        shell_fallback=True,
        message_style=TiniStyle(
            pid=pid,
            program=getopt.operands[0],
            verbosity=verbosity,
            subreaper=subreaper,
            clean_codes=clean_codes,
        ),
    )
    return Translation(command=tuple(getopt.operands), emulation=emulation, options=options)


def _exit_code(text: str) -> str | None:
    found = scan(text) if text else (0, "")
    if found is None or found[1] or not 0 <= found[0] <= 255:
        return None
    return str(found[0])


def _parent_death(text: str) -> str | None:
    """A name with SIG; a number is not accepted."""
    name = text.removeprefix("SIG")
    try:
        number = number_of(name)
    except ValueError:
        return None
    known = text == "SIG" + name_of(number) and number <= _LAST_PLAIN
    return name if known and name not in _NO_PARENT_DEATH else None


_READERS = {"e": (_exit_code, "clean_code"), "p": (_parent_death, "parent_death")}


def _exec_exit_code(error: int) -> int:
    """Of the child whose exec failed with errno `error`."""
    return {ENOENT: EXIT_NOT_FOUND, EACCES: EXIT_NOT_EXECUTABLE}.get(error, 1)


class TiniStyle(Value):
    """`program` is the app's, `verbosity` the highest level that is written."""

    pid: int
    program: str
    verbosity: int
    subreaper: bool
    clean_codes: tuple[int, ...]

    @property
    def child(self) -> int:
        """The process that failed to become the app. Its pid is unknown here; usually it is
        the one after init's."""
        return self.pid + 1

    def explain_failure(
        self, stage: int, error: int, reason: str, command: str, asked: str = ""
    ) -> tuple[int, str]:
        """The exit code and the sentence for an app that could not be started."""
        if stage == Stage.FORK:
            return 1, f"[FATAL tini ({self.pid})] fork failed: {reason}"
        if stage != Stage.EXEC:
            return explain_failure(stage, error, reason, command, asked)
        code = _exec_exit_code(error)
        sentence = f"[FATAL tini ({self.child})] exec {command} failed: {reason}"
        return (0 if code in self.clean_codes else code), sentence

    @property
    def tells_of_signals(self) -> bool:
        """As MessageStyle.tells_of_signals."""
        return self.verbosity >= _DEBUG

    def new_messages(self) -> TiniMessages:
        """For one log."""
        return TiniMessages(self)


class TiniMessages:
    """tini's messages, from initd's events."""

    STATE: tuple[str, ...] = ("_has_exited", "_has_terminal", "_failed_with", "_early")

    def __init__(self, style: TiniStyle) -> None:
        self._style = style
        self._has_exited = False
        self._has_terminal = True
        #: The exit code of a child whose exec failed.
        self._failed_with: int | None = None
        #: What arrived while the app was being started: tini would not have looked yet.
        self._early: list[tuple[int, str]] | None = []

    def lines(
        self, level: str, event: str, facts: Mapping[str, Any]
    ) -> list[tuple[int, str]] | None:
        """As PeerMessages.lines."""
        if event not in _LINES:
            return None
        found = _LINES[event](self, level, facts)
        return [line for tag, text in found for line in self._line(tag, text)]

    def extra_lines(self, level: str, text: str) -> list[tuple[int, str]]:
        """As PeerMessages.extra_lines."""
        return self._line(_WARN, text)

    def exec_failed(self, error: int) -> list[tuple[int, str]]:
        """As PeerMessages.exec_failed: tini itself notices when it reaps the child."""
        self._failed_with = _exec_exit_code(error)
        return []

    def _line(self, tag: int, text: str) -> list[tuple[int, str]]:
        pid = self._style.pid
        if tag == _CHILD_DEBUG:
            tag, pid = _DEBUG, self._style.child
        if tag > self._style.verbosity:
            return []
        return [(ERR if tag <= _WARN else OUT, f"[{_TAGS[tag]} tini ({pid})] {text}")]

    # ---- one event each -------------------------------------------------------

    def _spawned(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        registered = [(_TRACE, "Registered as child subreaper")] if self._style.subreaper else []
        spawned = f"Spawned child process '{self._style.program}' with pid '{facts['app']}'"
        early, self._early = self._early or [], None
        return [*registered, (_INFO, spawned), *early]

    def _passed(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        description = strsignal(number_of(facts["signal"]))
        lines = [(_DEBUG, f"Passing signal: '{description}'"), (_TRACE, "No child to reap")]
        if self._early is None:
            return lines
        self._early += lines
        return []

    def _reaped(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        pid = facts["pid"]
        lines = [(_DEBUG, f"Reaped child with pid: '{pid}'")]
        if level == "warning":
            lines.append((_WARN, f"Reaped zombie process with pid={pid}"))
        if self._has_exited:
            return lines
        return [(_DEBUG, "Received SIGCHLD"), *lines, (_TRACE, "No child to reap")]

    def _exited(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        self._has_exited = True
        lines = [(_DEBUG, "Received SIGCHLD"), *self._reaped("debug", facts)]
        if "signal" in facts:
            description = strsignal(number_of(facts["signal"]))
            lines.append((_INFO, f"Main child exited with signal (with signal '{description}')"))
        else:
            code = facts["code"]
            lines.append((_INFO, f"Main child exited normally (with status '{code}')"))
        return lines

    def _started(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        self._has_terminal = bool(facts["terminal"])
        return []

    def _left(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        lines: list[tuple[int, str]] = []
        if self._failed_with is not None:
            if not self._has_terminal:
                # The child's messages are seen only if it did not become the app.
                lines.append((_CHILD_DEBUG, "tcsetpgrp failed: no tty (ok to proceed)"))
            lines += self._spawned(level, {"app": self._style.child})
            lines += self._exited(level, {"pid": self._style.child, "code": self._failed_with})
        more = "No child to reap" if facts.get("left") else "No child to wait"
        return [*lines, (_TRACE, more), (_TRACE, "Exiting: child has exited")]

    def _changed(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        return [(_DEBUG, "Received SIGCHLD"), (_TRACE, "No child to reap")]

    def _no_reaper(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        return [(_WARN, _NO_REAPER)]

    def _silent(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        return []


_LINES = {
    "init.as": TiniMessages._started,
    "app.started": TiniMessages._spawned,
    "signal.received": TiniMessages._passed,
    "app.stopped": TiniMessages._changed,
    "app.continued": TiniMessages._changed,
    "orphan.reaped": TiniMessages._reaped,
    "app.exited": TiniMessages._exited,
    "init.exit": TiniMessages._left,
    "init.no-reaper": TiniMessages._no_reaper,
    "control.elsewhere": TiniMessages._silent,
    "control.unavailable": TiniMessages._silent,
}
