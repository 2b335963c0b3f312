"""Which program a command line runs, behind its wrappers and interpreters, and how it gets there.

`env A=1 bundle exec rake x` becomes rake, `python3 -m celery worker` is celery, `sh -c 'cd /app &&
exec nginx'` becomes nginx; `time nginx` and `uv run nginx` stay in front of it, and `sh -c nginx`
does or does not, as the shell likes. What a wrapper is known to do was tried with the versions
that docs/profiles.md names; what is not known counts as one that stays, since init looks at the
processes themselves once a stop has come. What starts its program again when that has ended
(nodemon, pm2-runtime, watchmedo) is not looked through: a stop is for it, not for the program.
"""

from __future__ import annotations

from initd.core.signals.known import (
    BEHIND,
    BY_EXEC,
    DIRECTLY,
    PERHAPS_BEHIND,
    base,
    may_be_in_front,
)
from initd.core.value import Value

_WORSE = (DIRECTLY, BY_EXEC, PERHAPS_BEHIND, BEHIND)


class Layer(Value):
    """A command line within the command line: its words, the first without directories, how it is
    reached from the outermost, and the first wrapper that stays, or may."""

    words: tuple[str, ...]
    reached: str
    wrapper: str = ""


_DEEPEST = 20  # wrappers within wrappers


def layers(argv: tuple[str, ...]) -> list[Layer]:
    """The command lines within the command line: the outermost first, the program's last. Empty
    for no words."""
    if len(argv) == 1 and " " in argv[0]:
        argv = tuple(argv[0].split())  # a rewritten title is one string
    if not argv:
        return []
    found = [Layer((base(argv[0]), *argv[1:]), DIRECTLY)]
    for _ in range(_DEEPEST):
        outer = found[-1]
        if not may_be_in_front(outer.words[0]):
            break
        from initd.core.signals.wrapped import inner

        words, how = inner(outer.words)
        if not words:
            break
        reached = max(outer.reached, how, key=_WORSE.index)
        stays = reached in (PERHAPS_BEHIND, BEHIND)
        wrapper = outer.wrapper or (outer.words[0] if stays else "")
        found.append(Layer((base(words[0]), *words[1:]), reached, wrapper))
    return found


def unwrap(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command line of the program itself, its name without directories."""
    found = layers(argv)
    return found[-1].words if found else ()


def in_front(argv: tuple[str, ...]) -> str:
    """The name of what the command line shows to stay in front of its program, or that may: a
    wrapper, a shell, or a shell's script, whatever that runs. "" where the process that init
    starts is the program, or becomes it."""
    found = layers(argv)
    if not found:
        return ""
    if found[-1].wrapper:
        return found[-1].wrapper
    last = found[-1].words
    if not may_be_in_front(last[0]):
        return ""
    from initd.core.signals.wrapped import SCRIPTS, SHELLS, is_entrypoint

    is_shell = last[0] in SHELLS and len(last) > 1
    return last[0] if is_shell or last[0].endswith(SCRIPTS) or is_entrypoint(last[0]) else ""
