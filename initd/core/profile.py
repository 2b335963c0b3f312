"""Profiles: facts about how a program stops, and how a program is recognised.

The facts are in initd/profiles.toml; the build makes `profile_table` of it.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Profile(Value):
    """One program's facts, with the conditions of `when` already applied to `stop`."""

    name: str
    stop: str
    target: str = "process"
    clean: tuple[int, ...] = ()
    facts: Mapping[str, Any] = {}
    because: str = ""


def profile_of(
    row: Mapping[str, Any], argv: Sequence[str], environ: Mapping[str, str], because: str
) -> Profile:
    """A row of the table as it applies to this command line and environment."""
    stop = row.get("stop", "TERM")
    for condition in row.get("when", ()):
        if _holds(condition, argv, environ):
            stop = condition["stop"]
            because += ", " + (condition.get("env") or condition["argument"])
            break
    clean = tuple(row.get("clean", ()))
    return Profile(row["name"], stop, row.get("target", "process"), clean, row, because)


def _holds(condition: Mapping[str, str], argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    if "env" in condition:
        return bool(environ.get(condition["env"]))
    return any(matches(condition["argument"], argument) for argument in argv)


def recognise(
    table: Sequence[Mapping[str, Any]], argv: Sequence[str], environ: Mapping[str, str]
) -> Profile | None:
    """The first profile that the command line matches, or None."""
    words = unwrap(tuple(argv))
    if not words:
        return None
    title = " ".join(words)
    for row in table:
        for pattern in row["match"]:
            if matches(pattern, title if " " in pattern else words[0]):
                return profile_of(row, argv, environ, f"{title!r} matches {pattern!r}")
    return None


def matches(pattern: str, text: str) -> bool:
    """A glob that knows `*` only. (fnmatch brings in `re`, which pid 1 does without.)"""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(rest[-1]) and text.endswith(rest[-1])


# ---- wrappers and interpreters --------------------------------------------------

#: Wrappers that take options and then become a command, or pass signals on to it (tini);
#: the value says which options take a word. Not time(1): it stays, and ignores QUIT.
_WRAPPERS = {
    "env": ("-u", "-C", "--unset", "--chdir"),
    "exec": ("-a",),
    "nice": ("-n",),
    "ionice": ("-c", "-n"),
    "nohup": (),
    "stdbuf": ("-i", "-o", "-e"),
    "tini": ("-p", "-e"),
    "dumb-init": ("-r", "--rewrite"),
    "catatonit": (),
    "setpriv": ("--reuid", "--regid", "--groups"),
    "chpst": tuple("-u -U -b -e -/ -n -l -L -m -d -o -p -f -c -r -t -s".split()),
}
#: Wrappers that take one word (a user) and then a command.
_USER_WRAPPERS = ("gosu", "su-exec", "s6-setuidgid")
_SHELLS = ("sh", "bash", "dash", "ash")


def unwrap(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words of the program itself: `env A=1 bundle exec rake x` is `rake x`."""
    for _ in range(10):  # a command can't be wrapped for ever
        inner = _unwrap_once(argv)
        if inner == argv:
            break
        argv = inner
    return (_base(argv[0]), *argv[1:]) if argv else ()


def _base(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _unwrap_once(argv: tuple[str, ...]) -> tuple[str, ...]:
    if len(argv) < 2:
        return argv
    name, rest = _base(argv[0]), argv[1:]
    if name == "env" and rest[0] in ("-S", "--split-string"):
        return (*_shell_command(rest[1:]), *rest[2:]) or argv  # as a script's first line has it
    if name in _WRAPPERS:
        return _after_options(rest, _WRAPPERS[name]) or argv
    if name in _USER_WRAPPERS:
        return rest[1:] or argv
    if name in ("bundle", "bundler") and rest[0] == "exec":
        return rest[1:] or argv
    if name == "busybox" or name.endswith(("entrypoint.sh", "-entrypoint")):
        return rest  # an image's entrypoint script ends with exec "$@"
    if name in _SHELLS and rest[0] in ("-c", "-ec", "-lc"):
        return _shell_command(rest[1:]) or argv
    if name.startswith("python") or name == "pypy3":
        return _python_program(rest) or argv
    if name.startswith(("ruby", "perl", "rake")) and name != "rake":
        program = _after_options(rest, ("-I", "-r", "-C"))
        return (_base(program[0]), *program[1:]) if program else argv
    return argv


def _after_options(words: tuple[str, ...], with_value: tuple[str, ...]) -> tuple[str, ...]:
    """What follows options, `--` and assignments such as `RAILS_ENV=production`."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            return words[at + 1 :]
        if word in with_value:
            at += 2
        elif word.startswith("-") or "=" in word.partition("/")[0]:
            at += 1
        else:
            break
    return words[at:]


def _shell_command(words: tuple[str, ...]) -> tuple[str, ...]:
    """A shell that runs one simple command becomes it, or is told to by exec."""
    from initd.core.words import split_words

    try:
        return _after_options(tuple(split_words(words[0], {})), ()) if words else ()
    except ValueError:
        return ()  # more than one simple command


def _python_program(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-") and not words[at].startswith("-m"):
        at += 2 if words[at] in ("-W", "-X") else 1
    program = words[at:]
    if program and program[0].startswith("-m"):
        module = program[0][2:]
        program = (module, *program[1:]) if module else program[1:]
    return (_base(program[0]), *program[1:]) if program else ()
