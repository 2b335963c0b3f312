"""--check: one check a line, `NAME KIND [TARGET] [key=value ...] [-- COMMAND ARG...]`.

Keys, defaults and examples are in docs/health.md.
"""

from __future__ import annotations

from initd.config.mistake import instead
from initd.core.address import read_endpoint, read_url
from initd.core.health.check import (
    CHECKS_AT_MOST,
    KINDS,
    Bound,
    Check,
)
from initd.core.health.roles import LIVENESS, READINESS, ROLES, STARTUP
from initd.core.shell_words import split_quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

_NAME_AT_MOST = 63
#: A socket's path with its NUL fits into struct sockaddr_un (unix(7)).
_PATH_AT_MOST = 107
_LONGEST = 86400.0
_SHORTEST_PERIOD = 0.1
_SHORTEST_TIMEOUT = 0.01
_MOST_ANSWERS = 10000
_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_HIGHEST = 1 << 62
_FORM = "NAME KIND [TARGET] [key=value ...] [-- COMMAND ARG...]"


def mistakes_among(checks: Iterable[Check]) -> list[str]:
    """What is wrong with checks that are right one by one: sentences for people."""
    names = [check.name for check in checks]
    twice = sorted({name for name in names if names.count(name) > 1})
    found = [f"two checks are called {name!r}: give each its own name" for name in twice]
    if len(names) > CHECKS_AT_MOST:
        found.append(f"{len(names)} checks: {CHECKS_AT_MOST} are the most")
    return found


def read_check(text: str) -> Check:
    """One check, defaults filled in. Raises ValueError, with a sentence for people."""
    words = split_quoted(text)
    if len(words) < 2:
        raise ValueError(f"{text!r} is no check: {_FORM}, for example web tcp 127.0.0.1:80")
    name, kind, *rest = words
    look_at_name(name)
    try:
        look_at_kind(kind)
        argv: tuple[str, ...] = ()
        if "--" in rest:
            at = rest.index("--")
            rest, argv = rest[:at], tuple(rest[at + 1 :])
        look_at_command(kind, argv, "--" in words)
        target = _take_target(kind, rest)
        return assemble(name, kind, target, argv, _values(kind, rest))
    except ValueError as mistake:
        raise ValueError(f"{name}: {mistake}") from None


def assemble(
    name: str, kind: str, target: str, argv: tuple[str, ...], values: dict[str, Any]
) -> Check:
    """A check of parts that were looked at one by one. Raises ValueError where they do not
    go together."""
    roles = values.pop("role", None) or _default_roles(kind, "watchdog" in values)
    bounds = tuple(values.pop(what) for what in _BOUNDS if what in values)
    fields = {_FIELDS.get(key, key): value for key, value in values.items()}
    check = Check(name, kind, roles, target, argv, bounds=bounds, **fields)
    if check.success != 1 and check.roles != (READINESS,):
        raise ValueError("success= is more than 1 for readiness alone: elsewhere one is enough")
    return check


def look_at_name(name: str) -> None:
    """Raises ValueError for what is no name of a check."""
    letters = name.replace("-", "").replace("_", "").replace(".", "")
    well = letters.isalnum() and name.isascii() and name[0] not in "-_."
    if not well or len(name) > _NAME_AT_MOST:
        raise ValueError(
            f"{name!r} is no name: letters, digits, - _ and ., a letter or digit first,"
            f" {_NAME_AT_MOST} at most"
        )


def look_at_kind(kind: str) -> None:
    """Raises ValueError for what is no kind of check."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of check{instead(kind, KINDS)}")


def look_at_command(kind: str, argv: Sequence[str], given: bool) -> None:
    """Raises ValueError unless exec, and exec alone, has a command."""
    if given and kind != "exec":
        raise ValueError(f"a command behind -- is for exec, and this is {kind}")
    if kind == "exec" and not (argv and argv[0]):
        raise ValueError("exec needs a command behind --, for example -- pg_isready")


def _default_roles(kind: str, has_watchdog: bool) -> tuple[str, ...]:
    if kind == "process":
        return (LIVENESS,)
    if kind == "notify":
        return (STARTUP, LIVENESS) if has_watchdog else (STARTUP,)
    return (READINESS,)


# ---- targets ------------------------------------------------------------------------


def _take_target(kind: str, rest: list[str]) -> str:
    """Takes the target from the front of `rest`: a URL may look like key=value."""
    key, equals, _ = rest[0].partition("=") if rest else ("", "", "")
    has_one = kind in _TARGETS and rest and not (equals and key in _KEYS)
    target = rest.pop(0) if has_one else ""
    look_at_target(kind, target)
    return target


def look_at_target(kind: str, target: str) -> None:
    """Raises ValueError for a target that the kind can't have, or lacks."""
    if kind not in _TARGETS:
        if target:
            raise ValueError(f"{kind} has no target, and {target!r} is given")
        return
    example, look_at = _TARGETS[kind]
    if not target:
        raise ValueError(f"{kind} needs a target, for example {example}")
    look_at(target)


def _socket_path(text: str) -> None:
    if text[:1] not in ("/", "@") or len(text) < 2 or len(text.encode()) > _PATH_AT_MOST:
        raise ValueError(
            f"{text!r} is no socket: an absolute path, or @NAME for an abstract one,"
            f" {_PATH_AT_MOST} bytes at most"
        )


def _file_path(text: str) -> None:
    if text[:1] != "/":
        raise ValueError(f"{text!r} is no absolute path")


_TARGETS: dict[str, tuple[str, Callable[[str], object]]] = {
    "http": ("http://127.0.0.1:8080/health", read_url),
    "tcp": ("127.0.0.1:6379", read_endpoint),
    "unix": ("/run/app.sock", _socket_path),
    "file": ("/tmp/heartbeat", _file_path),
}


# ---- keys ---------------------------------------------------------------------------


def _values(kind: str, words: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is not of the form key=value")
        if key in values:
            raise ValueError(f"{key}= is there twice")
        values[key] = read_key(kind, key, text)
    return values


def read_key(kind: str, key: str, text: str) -> object:
    """The value of key=text in a check of this kind. Raises ValueError."""
    if key not in _KEYS:
        raise ValueError(f"no key {key!r}{instead(key, _keys_of(kind))}")
    kinds, read = _KEYS[key]
    if kind not in kinds:
        raise ValueError(f"{key}= is for {' and '.join(kinds)}, and this is {kind}")
    try:
        return read(text)
    except ValueError as mistake:
        raise ValueError(f"{key}={text}: {mistake}") from None


def _keys_of(kind: str) -> list[str]:
    return [key for key, (kinds, _) in _KEYS.items() if kind in kinds]


def _roles(text: str) -> tuple[str, ...]:
    given = text.split(",")
    for role in given:
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role{instead(role, ROLES)}")
    return tuple(role for role in ROLES if role in given)


def _seconds(least: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        whole, _, part = text.partition(".")
        digits = whole + part
        number = float(text) if digits.isdecimal() and digits.isascii() else -1.0
        if not least <= number <= _LONGEST:
            raise ValueError(f"seconds, from {least:g} to {_LONGEST:g}")
        return number

    return read


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else 0
    if not 1 <= number <= _MOST_ANSWERS:
        raise ValueError(f"a number of answers in a row, from 1 to {_MOST_ANSWERS}")
    return number


def _statuses(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for part in text.split(","):
        low, dash, high = part.partition("-")
        first, last = _status(low), _status(high if dash else low)
        if first > last:
            raise ValueError(f"{part}: the lower status comes first")
        found.append((first, last))
    return tuple(found)


def _status(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) == 3 and text >= "200"):
        raise ValueError("statuses from 200 to 999, for example 200-299,404")
    return int(text)


def _body(text: str) -> str:
    if not text:
        raise ValueError("an empty text is in every body")
    return text


def _bound(what: str) -> Callable[[str], Bound]:
    def read(text: str) -> Bound:
        low, dash, high = text.partition("-")
        least, most = (_amount(low), _amount(high)) if dash else (0, _amount(low))
        if least > most:
            raise ValueError("the lower bound comes first")
        return Bound(what, least, most)

    return read


def _amount(text: str) -> int:
    unit = text[-1:].upper()
    digits = text[:-1] if unit in ("K", "M", "G") else text
    factor = _SIZES[unit] if digits != text else 1
    if not (digits.isdecimal() and digits.isascii()) or int(digits[:20]) * factor > _HIGHEST:
        raise ValueError("a number, or LOW-HIGH; K, M and G are 1024, 1024² and 1024³")
    return int(digits) * factor


_BOUNDS = ("rss", "descriptors", "threads", "children")
#: For whom a key is, and what reads it.
_KEYS: dict[str, tuple[Sequence[str], Callable[[str], object]]] = {
    "role": (KINDS, _roles),
    "period": (KINDS, _seconds(_SHORTEST_PERIOD)),
    "timeout": (KINDS, _seconds(_SHORTEST_TIMEOUT)),
    "delay": (KINDS, _seconds(0)),
    "success": (KINDS, _count),
    "failure": (KINDS, _count),
    "status": (("http",), _statuses),
    "body": (("http",), _body),
    "fresher": (("file",), _seconds(_SHORTEST_PERIOD)),
    "watchdog": (("notify",), _seconds(_SHORTEST_PERIOD)),
    **{what: (("process",), _bound(what)) for what in _BOUNDS},
}
#: Where a key of the line and a field of Check have different names.
_FIELDS = {"status": "statuses"}
