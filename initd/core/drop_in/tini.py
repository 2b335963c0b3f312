"""tini 0.19.0, which is docker-init too: https://github.com/krallin/tini.

WARN and FATAL go to stderr, what is chattier to stdout.
"""

from __future__ import annotations

from initd import __version__
from initd.core.drop_in.getopt import WRONG, Getopt
from initd.core.drop_in.numbers import atoi, scan
from initd.core.drop_in.signal_words import words_for
from initd.core.drop_in.translation import (
    ERR,
    LICENSE,
    OUT,
    Answer,
    InheritedSignals,
    Orders,
    last_part,
)
from initd.core.emulation import Emulation
from initd.core.signals.numbers import name_of, number_of
from initd.core.start.exit_codes import EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND
from initd.core.start.outcome import EACCES, ENOENT, explain_failure
from initd.core.start.stage import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VERSION = "tini version 0.19.0"
#: What `-p` takes none of, though they are signals.
_NO_PARENT_DEATH = ("STKFLT", "IO", "PWR")
_LAST_PLAIN = 31
#: TINI_VERBOSITY is read as unsigned: -1 is more than anything.
_UNSIGNED = 2**32
_FATAL, _WARN, _INFO, _DEBUG, _TRACE = range(5)
#: DEBUG, from the process that was to become the app.
_CHILDS_DEBUG = 5
_TAGS = ("FATAL", "WARN ", "INFO ", "DEBUG", "TRACE")
_NO_REAPER = """\
Tini is not running as PID 1 and isn't registered as a child subreaper.
Zombie processes will not be re-parented to Tini, so zombie reaping won't work.
To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register \
Tini as a child subreaper, or run Tini as PID 1."""
_HELP = """\
{name} ({version})
Usage: {name} [OPTIONS] PROGRAM -- [ARGS] | --version

Runs PROGRAM, hands signals on to it, reaps, and ends with its exit code.
This is initd {initd} under the name of tini; docs/drop-in.md says what differs.

  --version: the version, and nothing else
  -h: this text
  -s: adopt orphans as a child subreaper, where this is not PID 1
  -p SIGNAL: the signal to get when the parent dies, for example SIGKILL
  -v: say more; up to three times
  -w: warn of each process that is reaped
  -g: send signals to the process group of PROGRAM
  -e EXIT_CODE: end with 0 where this (0 to 255) would be the exit code; repeatable
  -l: the license

Variables: TINI_SUBREAPER as -s and TINI_KILL_PROCESS_GROUP as -g, whatever their values;
TINI_VERBOSITY, a number (default: 1); and those of initd, INITD_...
"""


def translate(
    called: str, words: Sequence[str], environ: Mapping[str, str], pid: int, began: InheritedSignals
) -> Answer | Orders:
    """As `peers.translate`."""
    if list(words) == ["--version"]:
        return Answer(VERSION + "\n")
    name = last_part(called)
    help_text = _HELP.format(name=name, version=VERSION, initd=__version__)
    verbosity, subreaper = 1, False
    options: dict[str, tuple[str, ...]] = {}
    getopt = Getopt(called, words, "hvwgle:sp:", {}, "POSIXLY_CORRECT" not in environ)
    for letter, value in getopt:
        if letter == WRONG:
            return Answer(value + help_text, ERR, 1)
        if letter == "h":
            return Answer(help_text)
        if letter == "l":
            return Answer(LICENSE.format(initd=__version__))
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
                return Answer(
                    f"[FATAL tini ({pid})] Not a valid option for -{letter}: {value}\n", ERR, 1
                )
            options[option] = (*options.get(option, ()), text)
    if not getopt.operands:
        return Answer(help_text, ERR, 1)
    if "TINI_SUBREAPER" in environ:
        subreaper = True
    if "TINI_KILL_PROCESS_GROUP" in environ:
        options["target"] = ("group",)
    if "TINI_VERBOSITY" in environ:
        verbosity = atoi(environ["TINI_VERBOSITY"]) % _UNSIGNED
    clean = tuple(int(text) for text in options.get("clean_code", ()))
    spoken = Spoken(pid, getopt.operands[0], verbosity, subreaper, clean)
    emulation = Emulation(
        name=name,
        transparent=True,
        leaves_survivors=True,
        subreaper=subreaper,
        death_signal=0,
        passes_descriptors=True,
        blocked=began.blocked,
        ignored=began.ignored,
        by_shell=True,
        messages=spoken,
    )
    return Orders(tuple(getopt.operands), emulation, options)


def _exit_code(text: str) -> str | None:
    found = scan(text) if text else (0, "")
    if found is None or found[1] or not 0 <= found[0] <= 255:
        return None
    return str(found[0])


def _parent_death(text: str) -> str | None:
    """By its name, SIG and all; no number."""
    name = text.removeprefix("SIG")
    try:
        number = number_of(name)
    except ValueError:
        return None
    known = text == "SIG" + name_of(number) and number <= _LAST_PLAIN
    return name if known and name not in _NO_PARENT_DEATH else None


_READERS = {"e": (_exit_code, "clean_code"), "p": (_parent_death, "parent_death")}


class Spoken:
    """tini's messages, from initd's events."""

    def __init__(
        self, pid: int, program: str, verbosity: int, subreaper: bool, clean: tuple[int, ...]
    ) -> None:
        self._pid = pid
        #: Of what did not become the app: told to nobody, but as a rule the shim's is this.
        self._child = pid + 1
        self._program = program
        self._verbosity = verbosity
        self._subreaper = subreaper
        self._clean = clean
        self._has_exited = False
        self._terminal = True
        self._failure: int | None = None
        #: What arrived while the app was being started: tini would not have looked yet.
        self._early: list[tuple[int, str]] | None = []

    def lines(
        self, level: str, event: str, facts: Mapping[str, Any]
    ) -> list[tuple[int, str]] | None:
        """What tini says of this; None for what it has no words for."""
        if event not in _SAID:
            return None
        said = _SAID[event](self, level, facts)
        return [line for tag, text in said for line in self._line(tag, text)]

    def foreign(self, level: str, text: str) -> list[tuple[int, str]]:
        """A line about what tini doesn't have."""
        return self._line(_WARN, text)

    def explain(
        self, stage: int, error: int, reason: str, command: str, asked: str = ""
    ) -> tuple[int, str]:
        """The exit code and the words for an app that could not be started."""
        if stage == Stage.FORK:
            return 1, f"[FATAL tini ({self._pid})] fork failed: {reason}"
        if stage != Stage.EXEC:
            return explain_failure(stage, error, reason, command, asked)
        code = {ENOENT: EXIT_NOT_FOUND, EACCES: EXIT_NOT_EXECUTABLE}.get(error, 1)
        self._failure = code
        sentence = f"[FATAL tini ({self._child})] exec {command} failed: {reason}"
        return (0 if code in self._clean else code), sentence

    def _line(self, tag: int, text: str) -> list[tuple[int, str]]:
        pid = self._pid
        if tag == _CHILDS_DEBUG:
            tag, pid = _DEBUG, self._child
        if tag > self._verbosity:
            return []
        return [(ERR if tag <= _WARN else OUT, f"[{_TAGS[tag]} tini ({pid})] {text}")]

    # ---- one event each -------------------------------------------------------

    def _spawned(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        registered = [(_TRACE, "Registered as child subreaper")] if self._subreaper else []
        spawned = f"Spawned child process '{self._program}' with pid '{facts['app']}'"
        early, self._early = self._early or [], None
        return [*registered, (_INFO, spawned), *early]

    def _passed(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        words = words_for(number_of(facts["signal"]))
        said = [(_DEBUG, f"Passing signal: '{words}'"), (_TRACE, "No child to reap")]
        if self._early is None:
            return said
        self._early += said
        return []

    def _reaped(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        pid = facts["pid"]
        said = [(_DEBUG, f"Reaped child with pid: '{pid}'")]
        if level == "warning":
            said.append((_WARN, f"Reaped zombie process with pid={pid}"))
        if self._has_exited:
            return said
        return [(_DEBUG, "Received SIGCHLD"), *said, (_TRACE, "No child to reap")]

    def _exited(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        self._has_exited = True
        said = [(_DEBUG, "Received SIGCHLD"), *self._reaped("debug", facts)]
        if "signal" in facts:
            words = words_for(number_of(facts["signal"]))
            said.append((_INFO, f"Main child exited with signal (with signal '{words}')"))
        else:
            code = facts["code"]
            said.append((_INFO, f"Main child exited normally (with status '{code}')"))
        return said

    def _begun(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        self._terminal = bool(facts["terminal"])
        return []

    def _left(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        said: list[tuple[int, str]] = []
        if self._failure is not None:
            if not self._terminal:
                # What the child had to say is seen only where it didn't become the app.
                said.append((_CHILDS_DEBUG, "tcsetpgrp failed: no tty (ok to proceed)"))
            said += self._spawned(level, {"app": self._child})
            said += self._exited(level, {"pid": self._child, "code": self._failure})
        more = "No child to reap" if facts.get("left") else "No child to wait"
        return [*said, (_TRACE, more), (_TRACE, "Exiting: child has exited")]

    def _changed(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        return [(_DEBUG, "Received SIGCHLD"), (_TRACE, "No child to reap")]

    def _no_reaper(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        return [(_WARN, _NO_REAPER)]

    def _nothing(self, level: str, facts: Mapping[str, Any]) -> list[tuple[int, str]]:
        return []


_SAID = {
    "init.as": Spoken._begun,
    "app.started": Spoken._spawned,
    "signal.received": Spoken._passed,
    "app.stopped": Spoken._changed,
    "app.continued": Spoken._changed,
    "orphan.reaped": Spoken._reaped,
    "app.exited": Spoken._exited,
    "init.exit": Spoken._left,
    "init.no-reaper": Spoken._no_reaper,
    "control.unavailable": Spoken._nothing,
}
