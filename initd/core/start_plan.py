"""The start plan: what `initd compile` has resolved, in a form for the launcher.

The launcher (shim/start_plan.h) starts the shim, and so the app, by a plan whose conditions
hold, before any Python runs. It decides nothing: the plan has the shim's command line and
what the app's environment gets, ready to be passed on.

    file    HEADER, then plans, then their checksum (64 bits, little-endian)
    plan    conditions, then actions, then END
    record  a letter, the length (32 bits, little-endian), the bytes, NUL

The letters are in shim/start_plan.h too; a test compares them.
"""

from __future__ import annotations

from initd.core.checksum import checksum
from initd.core.injected import is_injected
from initd.core.start.spawn_spec import APP_PID, shim_argv
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import SpawnSpec

#: The number changes when an older launcher could misread what this writes.
FORMAT = b"initd start plan 3, "

HEADER, WORD, VARIABLE, UNSET, PATH, CONTENT, ABSENT, HOSTS = b"Hwvufcan"
NAME, LIBRARY, LISTED = b"NBR"
PROGRAM, ARGUMENT, ON_TERMINAL, SET, END = b"PATSE"
ORDERS, KNOWN, LINES, SOCKET, AWAKE_IF = b"OKLCW"

#: Where the launcher is not to sleep at once, in Asleep.awake_if: if there is a terminal, if init
#: may not signal processes of another user, and if the hosts file has got a line, which is logged.
AWAKE_ON_TERMINAL, AWAKE_WITHOUT_KILL, AWAKE_ON_LINE = b"t", b"k", b"h"

#: So init's own variables begin (shim/contract.h).
_PREFIX = "INITD_"

#: What the launcher has room for.
LONGEST = 128 * 1024
WORDS_AT_MOST = 1000
ADDITIONS_AT_MOST = 500

#: A plan is for the first start only, and only where init has this pid.
_INIT_PID = 1
_LENGTH = 4
_SEAL = 8


class Asleep(Value, kw_only=True):
    """What the launcher needs to fall asleep as soon as the app runs (shim/first_sleep.h):
    `orders` for the sleeper, what Python is to have `known` when it wakes up, and `lines` for the
    log. `socket` is where the control socket is to be, if that was said."""

    orders: bytes
    known: bytes
    lines: bytes
    awake_if: bytes = b""
    socket: bytes = b""


class AppName(Value, kw_only=True):
    """The host name that the app sees: `pattern` is a name, or a dot and a domain, before which
    the kernel's short name is put. `library` shows it, and the file `listed` is to have it.

    The launcher does it only where the kernel's name is short, and nothing is unusual
    (shim/app_name.c, shim/name_shown.c)."""

    pattern: bytes
    library: bytes
    listed: bytes

    def of(self, kernel_hostname: str) -> str:
        """In a container with that name."""
        return named(self.pattern.decode("ascii"), kernel_hostname)


def named(pattern: str, kernel_hostname: str) -> str:
    """The name by a pattern of AppName's."""
    return kernel_hostname + pattern if pattern.startswith(".") else pattern


class StartPlan(Value, kw_only=True):
    """The conditions, and what to start where they hold. Bytes, as the kernel has them.

    Conditions: `words` is init's command line, its name first. `variables` has None for one
    that must not be set; a variable of init's own (INITD_) must not be set unless it is
    there, or somebody else's (core/injected.py). `files` has the content of each file, None for
    one that must not exist.

    `additions` is what the app's environment gets. `argv` is the shim's command line; its
    `-t` is for a terminal only.

    The kernel's host name must have no domain, and the file `hosts` must give it none: then
    it is the app's name too (initd/core/hostname/candidates.py), and nothing has to be
    preloaded, written or made to resolve. With a `name` for the app, nothing of it is asked of
    `hosts`."""

    words: tuple[bytes, ...]
    variables: Mapping[bytes, bytes | None]
    files: Mapping[bytes, bytes | None]
    additions: Mapping[bytes, bytes]
    shim: bytes
    argv: tuple[bytes, ...]
    hosts: bytes = b""
    name: AppName | None = None
    #: None where Python is needed from the start.
    asleep: Asleep | None = None

    def is_for_the_same(self, other: StartPlan) -> bool:
        """Whether both are for the same command line and the same variables of init's own."""
        return self.words == other.words and _own(self.variables) == _own(other.variables)


def with_sleep(plan: StartPlan, asleep: Asleep | None) -> StartPlan:
    """The same plan, where pid 1 sleeps from the start by that; None: it does not."""
    names: tuple[str, ...] = StartPlan.__match_args__
    return StartPlan(**{**{name: getattr(plan, name) for name in names}, "asleep": asleep})


def planned_argv(spec: SpawnSpec) -> list[str]:
    """The shim's command line of a first start as pid 1."""
    return shim_argv(spec, _INIT_PID, APP_PID)


def started_by(plan: StartPlan, terminal: bool) -> list[str]:
    """The same as a plan has it: `terminal` says whether there was one to hand over."""
    command = plan.argv.index(b"--")
    options = [word for word in plan.argv[:command] if terminal or word != b"-t"]
    words = (*options, *plan.argv[command:])
    return [word.decode(errors="surrogateescape") for word in words]


def given_by(
    plan: StartPlan, given: Mapping[bytes, bytes], kernel_hostname: str
) -> dict[bytes, bytes]:
    """The environment of an app that is started by the plan, in a container that was given
    `given`."""
    environ = {**given, **plan.additions}
    if plan.name is None:
        return environ
    return {**environ, **name_variables(plan.name, environ, kernel_hostname)}


def name_variables(
    name: AppName, environ: Mapping[bytes, bytes], kernel_hostname: str
) -> dict[bytes, bytes]:
    """Those that show it to the app."""
    from initd.core.hostname.rules import hostname_variables

    library = name.library.decode(errors="surrogateescape")
    return hostname_variables(environ, library, name.of(kernel_hostname), kernel_hostname)


def why_not(settings: Settings) -> str | None:
    """Why these settings can't be known before the container starts; None where they can."""
    if settings.http:
        return "--http opens its socket before the app starts, inside the container"
    if settings.notify:
        return "--notify, or a notify check, needs a socket that init makes before the app starts"
    if settings.secrets is not None:
        return "--secrets: they are read anew at each start"
    if settings.env_files:
        return "--env-file: its values would be in the image for ever; each start reads the file"
    if settings.holds_start:
        return "a prestart check, or a start hook, comes before the app"
    if settings.socket and settings.origins["hostname"] != "default":
        return "--hostname, --domain: with --socket, init looks for others before it shows the name"
    return None


def encoded(plans: list[StartPlan], version: str) -> bytes:
    """The file's bytes. Raises ValueError, with a sentence for people, for a plan that is too
    long for the launcher."""
    data = _record(HEADER, FORMAT + version.encode()) + b"".join(map(_plan, plans))
    if len(data) > LONGEST - _SEAL:
        raise ValueError(
            f"the plan has {len(data)} bytes, at most {LONGEST - _SEAL} are allowed, including the"
            " files that it depends on"
        )
    return data


def sealed(data: bytes) -> bytes:
    """With its checksum, as the launcher wants the file."""
    return data + checksum(data).to_bytes(_SEAL, "little")


def unsealed(data: bytes) -> bytes:
    """Without it; b"" if it is wrong."""
    content = data[:-_SEAL]
    return content if data == sealed(content) else b""


def decoded(data: bytes, version: str) -> list[StartPlan]:
    """The plans in a file; none where another version wrote it, or it is not a plan."""
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


def is_own(name: bytes, value: bytes | None) -> bool:
    """Whether a plan depends on this variable whatever it has: misspelt ones are noticed by
    Python alone."""
    text, given = name.decode("latin-1"), (value or b"").decode("latin-1")
    return text.startswith(_PREFIX) and not is_injected(text.removeprefix(_PREFIX), given)


def _own(variables: Mapping[bytes, bytes | None]) -> dict[bytes, bytes | None]:
    return {name: value for name, value in variables.items() if is_own(name, value)}


def _plan(plan: StartPlan) -> bytes:
    if len(plan.words) > WORDS_AT_MOST or len(plan.argv) > WORDS_AT_MOST:
        raise ValueError(f"the command has too many words: at most {WORDS_AT_MOST} are allowed")
    if len(plan.additions) > ADDITIONS_AT_MOST:
        raise ValueError(f"too many variables are set: at most {ADDITIONS_AT_MOST} are allowed")
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
    if plan.name is not None:
        yield NAME, plan.name.pattern
        yield LIBRARY, plan.name.library
        yield LISTED, plan.name.listed
    for name, value in plan.additions.items():
        yield SET, name + b"=" + value
    yield PROGRAM, plan.shim
    command = plan.argv.index(b"--")
    for at, word in enumerate(plan.argv):
        yield ON_TERMINAL if at < command and word == b"-t" else ARGUMENT, word
    if plan.asleep is not None:
        yield from _records_asleep(plan.asleep)
    yield END, b""


def _records_asleep(asleep: Asleep) -> Iterator[tuple[int, bytes]]:
    yield ORDERS, asleep.orders
    yield KNOWN, asleep.known
    yield LINES, asleep.lines
    yield AWAKE_IF, asleep.awake_if
    if asleep.socket:
        yield SOCKET, asleep.socket


def _record(kind: int, value: bytes) -> bytes:
    return bytes((kind,)) + len(value).to_bytes(_LENGTH, "little") + value + b"\0"


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Those before the first one that is cut off."""
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
        self.name: dict[int, bytes] = {}
        self.asleep: dict[int, bytes] = {}

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
        elif kind in (NAME, LIBRARY, LISTED):
            self.name[kind] = value
        elif kind == SET:
            self.additions[name] = rest
        elif kind == PROGRAM:
            self.shim = value
        elif kind in (ARGUMENT, ON_TERMINAL):
            self.argv.append(value)
        elif kind in (ORDERS, KNOWN, LINES, SOCKET, AWAKE_IF):
            self.asleep[kind] = value

    def plan(self) -> StartPlan:
        return StartPlan(
            words=tuple(self.words),
            variables=self.variables,
            files=self.files,
            additions=self.additions,
            shim=self.shim,
            argv=tuple(self.argv),
            hosts=self.hosts,
            name=self._name(),
            asleep=self._asleep(),
        )

    def _name(self) -> AppName | None:
        found = self.name
        if NAME not in found:
            return None
        return AppName(
            pattern=found[NAME], library=found.get(LIBRARY, b""), listed=found.get(LISTED, b"")
        )

    def _asleep(self) -> Asleep | None:
        found = self.asleep
        if ORDERS not in found:
            return None
        return Asleep(
            orders=found[ORDERS],
            known=found.get(KNOWN, b""),
            lines=found.get(LINES, b""),
            awake_if=found.get(AWAKE_IF, b""),
            socket=found.get(SOCKET, b""),
        )
