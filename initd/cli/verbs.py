"""Runs a verb: sorts its words, loads its module, turns a failure into a line and a code."""

from __future__ import annotations

import _signal
import sys
from importlib import import_module

from initd.cli.sources import PrintAndExit
from initd.cli.verb_table import COMMAND, DIRECTORY, NOTHING, PROFILE, SIGNAL, Flag, Verb
from initd.config.mistake import Mistakes, one_of
from initd.core.start.exit_codes import EXIT_OWN
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class VerbFailed(Exception):
    """The verb could not do it; the text is for people, `code` the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


class Call(Value):
    """The values of a verb's own flags, "" of one that takes none, and the words that
    follow."""

    flags: Mapping[str, tuple[str, ...]]
    rest: tuple[str, ...]

    def has(self, flag: str) -> bool:
        """Whether the flag was given."""
        return flag in self.flags

    def value(self, flag: str) -> str | None:
        """The last value of the flag."""
        return self.flags[flag][-1] if flag in self.flags else None


def run_verb(verb: Verb, words: Sequence[str]) -> int:
    """The exit code for `initd VERB WORDS`."""
    # The launcher has blocked all signals, for pid 1; a client can be interrupted.
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
    _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
    if words[:1] in (["-h"], ["--help"]):
        from initd.cli.help import verb_help

        print(verb_help(verb), end="")
        return 0
    module, _, name = verb.run.partition(":")
    try:
        call = parse(verb, words)
        run: Callable[[Call], int] = getattr(import_module(f"initd.cli.{module}"), name)
        return run(call)
    except VerbFailed as failed:
        print(f"initd {verb.name}: {failed}", file=sys.stderr)
        return failed.code
    except Mistakes as mistakes:
        print(mistakes, file=sys.stderr)
        return EXIT_OWN
    except PrintAndExit as request:
        print(request.text, end="")
        return 0
    except OSError as error:  # of stdout, as a rule: nothing can be written to it
        print(f"initd {verb.name}: {error.strerror or error}", file=sys.stderr)
        return 1


def parse(verb: Verb, words: Sequence[str]) -> Call:
    """Sorts the words. Raises VerbFailed for those that the verb does not take."""
    by_name = {name: flag for flag in verb.flags for name in (flag.name, flag.short) if name}
    flags: dict[str, tuple[str, ...]] = {}
    rest: list[str] = []
    left = list(words)
    while left:
        name, equals, value = left[0].partition("=")
        flag = by_name.get(name)
        if flag is None and verb.rest == COMMAND:
            break  # what follows is the command's
        word = left.pop(0)
        if flag is None:
            if word.startswith("-") and not verb.options:
                raise _wrong(f"unknown option {word!r}: see initd --help")
            rest.append(word)
        else:
            text = _value(flag, value if equals else None, left)
            if flag.name in flags and not flag.repeatable:
                raise _wrong(f"{flag.name} is given twice")
            flags[flag.name] = (*flags.get(flag.name, ()), text)
    rest += left
    _check_rest(verb, rest)
    return Call(flags, tuple(rest))


def _value(flag: Flag, value: str | None, left: list[str]) -> str:
    """The value that was joined to the flag, else the next word, which is taken."""
    if not flag.metavar:
        if value is not None:
            raise _wrong(f"{flag.name} takes no value, got {value!r}")
        return ""
    if value is None and not left:
        raise _wrong(f"{flag.name} needs a value: {flag.metavar}")
    return left.pop(0) if value is None else value


def _check_rest(verb: Verb, rest: Sequence[str]) -> None:
    if verb.options:
        return
    if "|" in verb.rest:
        allowed = verb.rest.split("|")
        if len(rest) != 1 or rest[0] not in allowed:
            raise _wrong(f"expected {one_of(allowed)}")
    elif verb.rest == SIGNAL and len(rest) != 1:
        raise _wrong("expected one signal, such as HUP")
    elif verb.rest == DIRECTORY and len(rest) != 1:
        raise _wrong(f"expected one directory: {verb.synopsis}")
    elif verb.rest == PROFILE and len(rest) > 1:
        raise _wrong(f"expected one name, got {rest[1]!r} too")
    elif verb.rest == NOTHING and rest:
        raise _wrong(f"unexpected argument {rest[0]!r}: see initd --help")


def _wrong(text: str) -> VerbFailed:
    return VerbFailed(text, EXIT_OWN)
