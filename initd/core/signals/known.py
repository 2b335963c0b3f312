"""Whether a command line needs a second look: many apps are somebody's own program, which no
profile knows and nothing stands in front of. For those a start imports neither the profiles nor
what looks through wrappers."""

from __future__ import annotations

from initd.core.signals.profile_index import ENDS, STARTS, WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: How a program is reached. The process that init starts is it (or its interpreter).
DIRECTLY = "directly"
#: That process becomes it.
BY_EXEC = "by exec"
#: A shell or a script that becomes it, or stays in front of it as its parent.
PERHAPS_BEHIND = "perhaps behind"
#: A wrapper that stays in front of it.
BEHIND = "behind"

#: All first words behind which wrapped.py finds another program: a test compares this with it. One
#: text, which costs a start less than a set.
_IN_FRONT = (
    " env exec command nice ionice chrt taskset numactl prlimit choom nohup setarch stdbuf chroot"
    " setpriv chpst gosu su-exec s6-setuidgid setuidgid s6-envdir envdir with-contenv fixuid"
    " eatmydata authbind cgexec ddtrace-run opentelemetry-instrument wait-for-it wait-for-it.sh"
    " tini tini-static docker-init dumb-init catatonit my_init time timeout flock setsid strace"
    " unbuffer sudo doas dockerize cross-env env-cmd dotenv npx bunx bundle bundler rbenv pyenv"
    " nodenv asdf mise poetry pipenv direnv chamber aws-vault newrelic-admin pdm rye pixi hatch"
    " honcho foreman conda mamba micromamba npm pnpm yarn doppler op infisical coverage memray"
    " viztracer pyinstrument debugpy ts-node tsx sh bash dash ash zsh ksh busybox uv su runuser "
)
_LANGUAGES = ("python", "pypy", "ruby", "perl")
#: Usual ends of the names of scripts, which may run anything.
_SCRIPTS = (".sh", ".bash", "entrypoint")


def may_be_in_front(name: str) -> bool:
    """Whether another program may stand behind this first word."""
    return (
        f" {name} " in _IN_FRONT
        or name.startswith(_LANGUAGES)
        or name.replace("_", "-").endswith(_SCRIPTS)
    )


def is_unknown(argv: Sequence[str]) -> bool:
    """Whether the first word is all that there is to know, and no profile has it. False where a
    second look may say the same."""
    name = base(argv[0]) if argv else ""
    if not name or " " in argv[0] or may_be_in_front(name):
        return False
    return not numbers_of(name) and not numbers_of(unversioned(name))


def base(path: str) -> str:
    """Without its directories."""
    return path.rsplit("/", 1)[-1]


def unversioned(name: str) -> str:
    """An interpreter's name: python for python3.11, php for php8.2."""
    plain = name.rstrip("0123456789.")
    return plain if plain in ("python", "pypy", "ruby", "perl", "php", "node") else name


def numbers_of(word: str) -> list[int]:
    """The rows of the table that may match a command line with this first word, in its order."""
    at = WORDS.find(f"\n{word}\t")
    found = {number for start, number in STARTS if word.startswith(start)}
    found.update(number for end, number in ENDS if word.endswith(end))
    if at >= 0:
        begin = at + len(word) + 2
        found.update(map(int, WORDS[begin : WORDS.index("\n", begin)].split()))
    return sorted(found)


def matches(pattern: str, text: str) -> bool:
    """Whether the glob matches; it knows `*` only. (fnmatch imports `re`, which pid 1 does
    without.)"""
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
