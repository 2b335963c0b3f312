"""Whether a command line needs a second look: many apps are somebody's own program, which no
profile knows and nothing stands in front of. For those a start imports neither the profiles nor
what looks through wrappers."""

from __future__ import annotations

from initd.core.signals.profile_index import ENDS, STARTS, WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: All first words behind which unwrap.py finds another program: a test compares this with it. One
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


def is_unknown(argv: Sequence[str]) -> bool:
    """Whether the first word is all that there is to know, and no profile has it. False where a
    second look may say the same."""
    name = argv[0].rpartition("/")[2] if argv else ""
    if not name or " " in argv[0] or f" {name} " in _IN_FRONT or name.startswith(_LANGUAGES):
        return False
    return not name.endswith(_SCRIPTS) and not numbers_of(name) and not _is_versioned(name)


def _is_versioned(name: str) -> bool:
    """php8.2 is php: unwrap.py knows which ends of names are versions."""
    plain = name.rstrip("0123456789.")
    return plain != name and bool(numbers_of(plain))


def numbers_of(word: str) -> list[int]:
    """The rows of the table that may match a command line with this first word, in its order."""
    at = WORDS.find(f"\n{word}\t")
    found = {number for start, number in STARTS if word.startswith(start)}
    found.update(number for end, number in ENDS if word.endswith(end))
    if at >= 0:
        begin = at + len(word) + 2
        found.update(map(int, WORDS[begin : WORDS.index("\n", begin)].split()))
    return sorted(found)
