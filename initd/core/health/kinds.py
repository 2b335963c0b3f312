"""The kinds of checks, a row each: all that is known of a kind outside of its probe.

Configuration reads which target, command and keys a check may have, `initd check` reads
its words, the monitor reads where its probe is. A new kind is a row here and that module.
"""

from __future__ import annotations

from initd.core.address import read_endpoint, read_url
from initd.core.health.check import ANY_STATUS
from initd.core.health.roles import LIVENESS, READINESS, STARTUP
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.health.check import Bound, Check

    Roles = tuple[str, ...]

#: Keys that a check of any kind may have.
COMMON_KEYS = ("role", "period", "timeout", "delay", "success", "failure", "limit")
#: What a process check can bound: bytes, and three counts.
BOUNDED = ("rss", "descriptors", "threads", "children")

#: A socket's path with its NUL fits into struct sockaddr_un (unix(7)).
_PATH_AT_MOST = 107
_UNITS = ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


class Target(Value):
    """`validate` raises ValueError, with a sentence for people."""

    example: str
    validate: Callable[[str], object]


class Kind(Value):
    """`words` says what is probed, in the imperative. `probe` is MODULE.CLASS within
    initd.monitor.probe. `keys` are those beside COMMON_KEYS. `roles` are the default ones,
    `roles_with` those where a key is given: (key, roles)."""

    name: str
    words: Callable[[Check], str]
    probe: str
    target: Target | None = None
    has_command: bool = False
    keys: tuple[str, ...] = ()
    roles: Roles = (READINESS,)
    roles_with: tuple[tuple[str, Roles], ...] = ()
    #: Whether there is something to probe before the app runs.
    before_app: bool = True


def kind_of(name: str) -> Kind:
    """The row of that name. Raises ValueError, with a sentence for people."""
    if name not in KINDS:
        from initd.core.nearest import did_you_mean

        right = did_you_mean(name, KINDS) or f"use one of {', '.join(KINDS)}"
        raise ValueError(f"unknown check kind {name!r}: {right}")
    return KINDS[name]


# ---- targets ------------------------------------------------------------------------


def _socket_path(text: str) -> None:
    if text[:1] not in ("/", "@") or len(text) < 2 or len(text.encode()) > _PATH_AT_MOST:
        raise ValueError(
            f"invalid socket {text!r}: use an absolute path, or @NAME for an abstract socket,"
            f" at most {_PATH_AT_MOST} bytes"
        )


def _absolute_path(text: str) -> None:
    if text[:1] != "/":
        raise ValueError(f"invalid path {text!r}: use an absolute path, such as /tmp/heartbeat")


# ---- words --------------------------------------------------------------------------


def _process(check: Check) -> str:
    bounds = " and ".join(map(_bound, check.bounds))
    return "check that the app's process is alive" + (f", with {bounds}" if bounds else "")


def _bound(bound: Bound) -> str:
    high = _amount(bound.high)
    return f"{bound.what} {f'{_amount(bound.low)} to {high}' if bound.low else f'up to {high}'}"


def _amount(number: int) -> str:
    for factor, unit in _UNITS:
        if number >= factor and number % factor == 0:
            return f"{number // factor}{unit}"
    return str(number)


def _exec(check: Check) -> str:
    return "run " + " ".join(word if _is_plain(word) else repr(word) for word in check.argv)


def _is_plain(word: str) -> bool:
    return bool(word) and word.isprintable() and " " not in word and "'" not in word


def _http(check: Check) -> str:
    words = f"GET {check.target}"
    if check.statuses != ANY_STATUS:
        spans = (f"{low}-{high}" if low != high else str(low) for low, high in check.statuses)
        words += f", expect status {' or '.join(spans)}"
    return words + (f", expect {check.body!r} in the body" if check.body else "")


def _file(check: Check) -> str:
    when = f"was written in the last {check.fresher:g} s" if check.fresher else "exists"
    return f"check that {check.target} {when}"


def _notify(check: Check) -> str:
    watchdog = f", and sends WATCHDOG=1 every {check.watchdog:g} s" if check.watchdog else ""
    return f"check that the app has sent READY=1{watchdog}"


# ---- the table ----------------------------------------------------------------------

_ROWS = (
    Kind(
        name="process",
        words=_process,
        probe="process.ProcessProbe",
        keys=BOUNDED,
        roles=(LIVENESS,),
        before_app=False,
    ),
    Kind(name="exec", words=_exec, probe="exec.ExecProbe", has_command=True),
    Kind(
        name="http",
        words=_http,
        probe="http.HttpProbe",
        target=Target("http://127.0.0.1:8080/health", read_url),
        keys=("status", "body"),
    ),
    Kind(
        name="tcp",
        words=lambda check: f"connect to {check.target}",
        probe="connection.TcpProbe",
        target=Target("127.0.0.1:6379", read_endpoint),
    ),
    Kind(
        name="unix",
        words=lambda check: f"connect to the socket {check.target}",
        probe="connection.UnixProbe",
        target=Target("/run/app.sock", _socket_path),
    ),
    Kind(
        name="file",
        words=_file,
        probe="file.FileProbe",
        target=Target("/tmp/heartbeat", _absolute_path),
        keys=("fresher",),
    ),
    Kind(
        name="notify",
        words=_notify,
        probe="notify.NotifyProbe",
        keys=("watchdog",),
        before_app=False,
        roles=(STARTUP,),
        roles_with=(("watchdog", (STARTUP, LIVENESS)),),
    ),
)
KINDS = {row.name: row for row in _ROWS}
