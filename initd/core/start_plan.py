"""The start plan: what `initd compile` has resolved, as the launcher reads it.

The launcher (shim/start_plan.h) starts the shim, and so the app, by a plan whose
conditions hold, before there is any Python. It decides nothing: the words of the shim are
here, ready to be passed on, and so is what the app's environment gains.

    file    HEADER, then plans
    plan    conditions, then actions, then END
    record  a letter, the length (32 bits, little-endian), the bytes, NUL

The letters stand once more in shim/start_plan.h; a test compares.
"""

from __future__ import annotations

from initd.core.start.spawn_spec import APP_PID, shim_argv
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import SpawnSpec

#: Raised when a launcher could misread what this writes.
FORMAT = b"initd start plan 1, "

HEADER, WORD, VARIABLE, UNSET, PATH, CONTENT, ABSENT, HOSTS = b"Hwvufcan"
PROGRAM, ARGUMENT, ON_TERMINAL, SET, END = b"PATSE"

#: What the launcher has room for.
LONGEST = 128 * 1024
WORDS_AT_MOST = 1000
ADDITIONS_AT_MOST = 500

#: There is a plan for the first start alone, and only where init is this.
_INIT_PID = 1
_LENGTH = 4


class StartPlan(Value):
    """What is to hold, and what is then started. Bytes, as the kernel has them.

    `words` is init's command line, its name first; `variables` has None for one that is
    not set; a variable of init's own (INITD_) that is not there may not be set either.
    `files` has None for one that is not there. `additions` is what the app's environment
    gains; `argv` the shim's command line, of which `-t` counts on a terminal alone.

    In the file `hosts` the kernel's name may not stand with a domain, nor may it have one
    itself: then it is the app's name too (initd/core/hostname/candidates.py), and nothing is
    to be preloaded, written or made to resolve."""

    words: tuple[bytes, ...]
    variables: Mapping[bytes, bytes | None]
    files: Mapping[bytes, bytes | None]
    additions: Mapping[bytes, bytes]
    shim: bytes
    argv: tuple[bytes, ...]
    hosts: bytes = b""

    def is_for_the_same(self, other: StartPlan) -> bool:
        """Whether only one of the two could ever hold, but for what files say."""
        return self.words == other.words and _own(self.variables) == _own(other.variables)


def planned_argv(spec: SpawnSpec) -> list[str]:
    """The shim's command line of a first start as pid 1."""
    return shim_argv(spec, _INIT_PID, APP_PID)


def why_not(settings: Settings) -> str | None:
    """What of these settings can't be known before the container starts."""
    if settings.http:
        return "--http listens before the app starts, and only in the container can it listen"
    if settings.notify:
        return "--notify, or a notify check, tells the app of a socket that init makes first"
    if settings.hostname is not None or settings.origins["hostname"] != "default":
        return "--hostname, --domain: the name depends on what the container tells of its own"
    return None


def encoded(plans: list[StartPlan], version: str) -> bytes:
    """The file. Raises ValueError, for people, where the launcher has no room for it."""
    data = _record(HEADER, FORMAT + version.encode()) + b"".join(map(_plan, plans))
    if len(data) > LONGEST:
        raise ValueError(
            f"with {len(data)} bytes it is too long: {LONGEST} are the most, the files that"
            " it depends on included"
        )
    return data


def decoded(data: bytes, version: str) -> list[StartPlan]:
    """The plans in a file; none where it is of another version or is none at all."""
    records = list(_records(data))
    if not records or records[0] != (HEADER, FORMAT + version.encode()):
        return []
    plans: list[StartPlan] = []
    reading = _Reading()
    for kind, value in records[1:]:
        if kind == END:
            plans.append(reading.plan())
            reading = _Reading()
        else:
            reading.take(kind, value)
    return plans


def _own(variables: Mapping[bytes, bytes | None]) -> dict[bytes, bytes | None]:
    return {name: value for name, value in variables.items() if name.startswith(b"INITD_")}


def _plan(plan: StartPlan) -> bytes:
    if len(plan.words) > WORDS_AT_MOST or len(plan.argv) > WORDS_AT_MOST:
        raise ValueError(f"the command has too many words: {WORDS_AT_MOST} are the most")
    if len(plan.additions) > ADDITIONS_AT_MOST:
        raise ValueError(f"too many variables are set: {ADDITIONS_AT_MOST} are the most")
    return b"".join(_record(*each) for each in _records_of(plan))


def _records_of(plan: StartPlan) -> Iterator[tuple[int, bytes]]:
    for word in plan.words:
        yield WORD, word
    for name, value in plan.variables.items():
        yield (UNSET, name) if value is None else (VARIABLE, name + b"=" + value)
    if plan.hosts:
        yield HOSTS, plan.hosts
    for path, content in plan.files.items():
        if content is None:
            yield ABSENT, path
        else:
            yield PATH, path
            yield CONTENT, content
    for name, value in plan.additions.items():
        yield SET, name + b"=" + value
    yield PROGRAM, plan.shim
    command = plan.argv.index(b"--")
    for at, word in enumerate(plan.argv):
        yield ON_TERMINAL if at < command and word == b"-t" else ARGUMENT, word
    yield END, b""


def _record(kind: int, value: bytes) -> bytes:
    return bytes((kind,)) + len(value).to_bytes(_LENGTH, "little") + value + b"\0"


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Up to the first one that is cut off."""
    at = 0
    while at + 1 + _LENGTH < len(data):
        start = at + 1 + _LENGTH
        end = start + int.from_bytes(data[at + 1 : start], "little")
        if data[end : end + 1] != b"\0":
            return
        yield data[at], data[start:end]
        at = end + 1


class _Reading:
    """One plan, record by record."""

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.variables: dict[bytes, bytes | None] = {}
        self.files: dict[bytes, bytes | None] = {}
        self.additions: dict[bytes, bytes] = {}
        self.shim = b""
        self.argv: list[bytes] = []
        self.path = b""
        self.hosts = b""

    def take(self, kind: int, value: bytes) -> None:
        name, _, rest = value.partition(b"=")
        if kind == WORD:
            self.words.append(value)
        elif kind == VARIABLE:
            self.variables[name] = rest
        elif kind == UNSET:
            self.variables[value] = None
        elif kind == PATH:
            self.path = value
        elif kind == CONTENT:
            self.files[self.path] = value
        elif kind == ABSENT:
            self.files[value] = None
        elif kind == HOSTS:
            self.hosts = value
        elif kind == SET:
            self.additions[name] = rest
        elif kind == PROGRAM:
            self.shim = value
        elif kind in (ARGUMENT, ON_TERMINAL):
            self.argv.append(value)

    def plan(self) -> StartPlan:
        return StartPlan(
            tuple(self.words),
            self.variables,
            self.files,
            self.additions,
            self.shim,
            tuple(self.argv),
            self.hosts,
        )
