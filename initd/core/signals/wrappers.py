"""Programs that stay in front of the program that they run: how they are recognised in the tree
of processes, and which of them are passed over when a signal is aimed.

Each of these catches TERM or INT (SigCgt in /proc/PID/status), so that it looks like a program
that wants the signal, and does the wrong thing with it: it ends before its child, drops the
signal, sends another one, or kills after a second. Tried with npm 11.19, pnpm 9, yarn 1.22,
npm-run-all 4.1, concurrently 9.2, cross-env 10, nodemon 3.1, uv 0.13, pdm 2.29,
poethepoet 0.49, taskipy 1.14, honcho 2.0, just 1.59: where the program below gets the signal and
the wrapper none, the wrapper ends with the program's exit code, or is told afterwards.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SHELLS = ("sh", "bash", "dash", "ash", "busybox", "ksh", "mksh", "zsh", "rbash")
#: Programs that run a script, the first word behind their options, and options with a value.
_INTERPRETERS = ("node", "nodejs", "bun", "deno", "python", "pypy", "ruby", "perl")
_WITH_VALUE = ("-r", "--require", "--import", "--loader", "--experimental-loader", "-W", "-X", "-I")
_SUFFIXES = (".js", ".cjs", ".mjs", ".py", ".rb")
#: npm's own scripts, by the name that people know.
_SCRIPTS = {"npm-cli": "npm", "npx-cli": "npx", "yarnpkg": "yarn", "yarn-berry": "yarn"}


class Wrapper(Value):
    """`first` are the words one of which has to follow its name; () is any. `alone` says that it
    is passed over only where it has one child: with more, it ends all of them when one ends."""

    name: str
    first: tuple[str, ...] = ()
    alone: bool = False


#: By name. What catches nothing (hatch, nox, tox, invoke, forever) is passed over without a row.
WRAPPERS = {
    each.name: each
    for each in (
        # They pass TERM to the `sh -c` between, which dies of it, and end at once.
        *map(Wrapper, ("npm", "npx", "pnpm", "pnpx", "yarn", "run-s", "run-p", "npm-run-all")),
        # They pass signals on, but more than once, or end with a code of their own.
        *map(Wrapper, ("concurrently", "cross-env", "cross-env-shell", "nodemon", "tsx")),
        *map(Wrapper, ("ts-node-dev", "tsnd", "env-cmd", "dotenv", "bunx")),
        # INT instead of TERM, and KILL after 1.6 s; TERM, and KILL after 1 s.
        *map(Wrapper, ("poe", "hupper")),
        # TERM is passed on, INT is not always.
        Wrapper("uv", ("run",)),
        Wrapper("pdm", ("run",)),
        Wrapper("rye", ("run",)),
        Wrapper("poetry", ("run",)),
        Wrapper("pipenv", ("run",)),
        Wrapper("hatch", ("run",)),
        Wrapper("conda", ("run",)),
        Wrapper("bun", ("run", "x")),
        Wrapper("deno", ("task",)),
        # go-task drops TERM twice; taskipy has the same name, and passes it on.
        Wrapper("task"),
        Wrapper("go-task"),
        Wrapper("just"),
        Wrapper("make"),
        *(Wrapper(name, alone=True) for name in ("honcho", "foreman", "nf", "hivemind")),
    )
}


def called(words: Sequence[str]) -> tuple[str, ...]:
    """A command line as people write it: no directories, no interpreter in front of a script, no
    suffix. A title that the program has given itself is one string, and is split."""
    if len(words) == 1 and " " in words[0]:
        words = words[0].split()
    if not words or not words[0]:
        return ()
    name, rest = _base(words[0]), tuple(words[1:])
    if name.rstrip("0123456789.") not in _INTERPRETERS or (name in ("bun", "deno")):
        return (_named(name), *rest)
    at = 0
    while at < len(rest) and rest[at].startswith("-"):
        if rest[at] == "-m":
            at += 1
            break
        if rest[at].startswith(("-c", "-e", "-p", "--eval", "--print")):
            return (name,)
        at += 2 if rest[at] in _WITH_VALUE else 1
    script = rest[at:]
    return (_named(_base(script[0])), *script[1:]) if script else (name,)


def wrapper_of(words: Sequence[str]) -> Wrapper | None:
    """The wrapper that a process with this command line is; None for any other program."""
    name, *rest = called(words) or ("",)
    found = WRAPPERS.get(name)
    if found is None or not found.first:
        return found
    verb = next((word for word in rest if not word.startswith("-")), None)
    return found if verb in found.first else None


def is_shell(words: Sequence[str]) -> bool:
    """Whether a process with this command line is a shell, or a script that one runs."""
    if not words:
        return False
    name = _base(words[0]).lstrip("-")
    return name in SHELLS and (name != "busybox" or tuple(words[1:2]) in (("sh",), ("ash",)))


def name_of(words: Sequence[str]) -> str:
    """What to call a process with this command line."""
    found = called(words)
    if not found:
        return "?"
    if is_shell(words):
        script = next((word for word in words[1:] if not word.startswith("-")), "")
        has_text = any(word[:1] == "-" and "c" in word[1:] for word in words[1:3])
        return _base(script) if script and not has_text else _base(words[0]).lstrip("-")
    return found[0].rstrip(":")


def _base(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _named(name: str) -> str:
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return _SCRIPTS.get(name, name)
