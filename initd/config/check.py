"""--check: one check a line, `NAME KIND [TARGET] [key=value ...] [-- COMMAND ARG...]`.

Keys, defaults and examples are in docs/health.md.
"""

from __future__ import annotations

from initd.core.address import read_endpoint, read_url
from initd.core.check import (
    CHECKS_AT_MOST,
    KINDS,
    LIVENESS,
    READINESS,
    ROLES,
    STARTUP,
    Bound,
    Check,
)
from initd.core.words import split_quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
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
#: Of a table: they have places of their own in the line.
_NO_KEYS = ("kind", "target", "command")
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
    return _check_of_words(words)


def check_of_table(name: str, table: Mapping[str, Any]) -> Check:
    """The same from a table of a configuration file, key by key. Raises ValueError."""
    words = [name, table["kind"]]
    if table.get("target"):
        words.append(table["target"])
    for key, value in table.items():
        if key not in _NO_KEYS:
            text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            words.append(f"{key}={text}")
    command = table.get("command", ())
    return _check_of_words([*words, "--", *command] if command else words)


def _check_of_words(words: list[str]) -> Check:
    name, kind, *rest = words
    _look_at_name(name)
    if kind not in KINDS:
        raise ValueError(f"{name}: {kind!r} is no kind of check{_instead(kind, KINDS)}")
    try:
        return _check_of(name, kind, rest)
    except ValueError as mistake:
        raise ValueError(f"{name}: {mistake}") from None


def _check_of(name: str, kind: str, rest: list[str]) -> Check:
    argv: tuple[str, ...] = ()
    if "--" in rest:
        at = rest.index("--")
        rest, argv = rest[:at], tuple(rest[at + 1 :])
        if kind != "exec":
            raise ValueError(f"a command behind -- is for exec, and this is {kind}")
    if kind == "exec" and not (argv and argv[0]):
        raise ValueError("exec needs a command behind --, for example -- pg_isready")
    target = _take_target(kind, rest)
    values = _values(kind, rest)
    roles = values.pop("role", None) or _default_roles(kind, "watchdog" in values)
    bounds = tuple(values.pop(what) for what in _BOUNDS if what in values)
    fields = {_FIELDS.get(key, key): value for key, value in values.items()}
    check = Check(name, kind, roles, target, argv, bounds=bounds, **fields)
    if check.success != 1 and check.roles != (READINESS,):
        raise ValueError("success= is more than 1 for readiness alone: elsewhere one is enough")
    return check


def _look_at_name(name: str) -> None:
    letters = name.replace("-", "").replace("_", "").replace(".", "")
    well = letters.isalnum() and name.isascii() and name[0] not in "-_."
    if not well or len(name) > _NAME_AT_MOST:
        raise ValueError(
            f"{name!r} is no name: letters, digits, - _ and ., a letter or digit first,"
            f" {_NAME_AT_MOST} at most"
        )


def _default_roles(kind: str, has_watchdog: bool) -> tuple[str, ...]:
    if kind == "process":
        return (LIVENESS,)
    if kind == "notify":
        return (STARTUP, LIVENESS) if has_watchdog else (STARTUP,)
    return (READINESS,)


# ---- targets ------------------------------------------------------------------------


def _take_target(kind: str, rest: list[str]) -> str:
    """Takes the target from the front of `rest`: a URL may look like key=value."""
    if kind not in _TARGETS:
        return ""
    example, look_at = _TARGETS[kind]
    key, equals, _ = rest[0].partition("=") if rest else ("", "", "")
    if not rest or (equals and key in _KEYS):
        raise ValueError(f"{kind} needs a target, for example {example}")
    target = rest.pop(0)
    look_at(target)
    return target


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
        if key not in _KEYS:
            raise ValueError(f"no key {key!r}{_instead(key, _keys_of(kind))}")
        kinds, read = _KEYS[key]
        if kind not in kinds:
            raise ValueError(f"{key}= is for {' and '.join(kinds)}, and this is {kind}")
        if key in values:
            raise ValueError(f"{key}= is there twice")
        try:
            values[key] = read(text)
        except ValueError as mistake:
            raise ValueError(f"{word}: {mistake}") from None
    return values


def _keys_of(kind: str) -> list[str]:
    return [key for key, (kinds, _) in _KEYS.items() if kind in kinds]


def _roles(text: str) -> tuple[str, ...]:
    given = text.split(",")
    for role in given:
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role{_instead(role, ROLES)}")
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


def _instead(word: str, known: Iterable[str]) -> str:
    # A rare path: a person is about to read the sentence.
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1)
    return f": did you mean {close[0]}?" if close else f": {', '.join(known)}"
