"""--check: one check a line, `NAME KIND [TARGET] [key=value ...] [-- COMMAND ARG...]`.

Which kinds there are, and what each may be given, is in core/health/kinds.py; keys,
defaults and examples are in docs/health.md.
"""

from __future__ import annotations

from initd.config.mistake import instead
from initd.core.health.check import CHECKS_AT_MOST, Bound, Check
from initd.core.health.kinds import BOUNDED, COMMON_KEYS, KINDS, Kind, kind_of
from initd.core.health.roles import LIVENESS, PRESTART, READINESS, ROLES
from initd.core.shell_words import split_quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

_NAME_AT_MOST = 63
_LONGEST = 86400.0
_SHORTEST_PERIOD = 0.1
_SHORTEST_TIMEOUT = 0.01
_MOST_RESULTS = 10000
_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_HIGHEST = 1 << 62
#: A start that waits for another service is to go on soon after that is there. Seconds.
_PRESTART_PERIOD = 1.0
_FORM = "NAME KIND [TARGET] [key=value ...] [-- COMMAND ARG...]"


def mistakes_among(checks: Iterable[Check]) -> list[str]:
    """What is wrong with checks that are right one by one: sentences for people."""
    names = [check.name for check in checks]
    if too_many(len(names)):
        return [too_many(len(names))]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [f"two checks are called {name!r}: give each its own name" for name in twice]


def too_many(count: int) -> str:
    """A sentence for people; "" where there are not too many checks."""
    if count <= CHECKS_AT_MOST:
        return ""
    return f"too many checks: {count}, at most {CHECKS_AT_MOST} are allowed"


def read_check(text: str) -> Check:
    """One check, defaults filled in. Raises ValueError, with a sentence for people."""
    words = split_quoted(text)
    if len(words) < 2:
        raise ValueError(f"invalid check {text!r}: use {_FORM}, such as web tcp 127.0.0.1:80")
    name, kind_name, *rest = words
    validate_name(name)
    try:
        kind = kind_of(kind_name)
        argv: tuple[str, ...] = ()
        if "--" in rest:
            at = rest.index("--")
            rest, argv = rest[:at], tuple(rest[at + 1 :])
        validate_command(kind, argv, "--" in words)
        target = _take_target(kind, rest)
        return assemble(name, kind, target, argv, _values(kind, rest))
    except ValueError as mistake:
        raise ValueError(f"{name}: {mistake}") from None


def assemble(
    name: str, kind: Kind, target: str, argv: tuple[str, ...], values: dict[str, Any]
) -> Check:
    """A check of parts that were validated one by one; `values` by key. Raises ValueError
    where they do not go together."""
    by_key = next((roles for key, roles in kind.roles_with if key in values), kind.roles)
    roles = values.pop("role", None) or by_key
    if PRESTART in roles and not kind.before_app:
        raise ValueError(f"a {kind.name} check is about the app itself: it can't hold its start")
    if PRESTART not in roles and "limit" in values:
        raise ValueError("limit= is for role=prestart only")
    # A notify check hears of READY=1 as it comes, and liveness begins as passing.
    waited_for = kind.name != "notify" and roles != (LIVENESS,)
    values["eager"] = waited_for and "period" not in values
    if roles == (PRESTART,):
        values.setdefault("period", _PRESTART_PERIOD)
    bounds = tuple(values.pop(what) for what in BOUNDED if what in values)
    fields = {_FIELDS.get(key, key): value for key, value in values.items()}
    check = Check(
        name=name, kind=kind.name, roles=roles, target=target, argv=argv, bounds=bounds, **fields
    )
    if check.success != 1 and check.roles != (READINESS,):
        raise ValueError("success= can be above 1 for role=readiness only")
    return check


def validate_name(name: str) -> None:
    """Raises ValueError unless a check can be called that."""
    letters = name.replace("-", "").replace("_", "").replace(".", "")
    valid = letters.isalnum() and name.isascii() and name[0] not in "-_."
    if not valid or len(name) > _NAME_AT_MOST:
        raise ValueError(
            f"invalid check name {name!r}: use letters, digits, - _ and ., beginning with a"
            f" letter or digit, at most {_NAME_AT_MOST} characters"
        )


def validate_command(kind: Kind, argv: Sequence[str], given: bool) -> None:
    """Raises ValueError where a command is missing, or `given` to a kind without one."""
    if given and not kind.has_command:
        takers = " and ".join(each.name for each in KINDS.values() if each.has_command)
        raise ValueError(f"a command after -- is for {takers} checks; this is a {kind.name} check")
    if kind.has_command and not (argv and argv[0]):
        raise ValueError(f"{kind.name} needs a command after --, such as -- pg_isready")


# ---- targets ------------------------------------------------------------------------


def _take_target(kind: Kind, rest: list[str]) -> str:
    """Takes the target from the front of `rest`: a URL may look like key=value."""
    key, equals, _ = rest[0].partition("=") if rest else ("", "", "")
    has_one = kind.target is not None and rest and not (equals and key in _READERS)
    target = rest.pop(0) if has_one else ""
    validate_target(kind, target)
    return target


def validate_target(kind: Kind, target: str) -> None:
    """Raises ValueError where the target is wrong, missing, or not for this kind."""
    if kind.target is None:
        if target:
            raise ValueError(f"{kind.name} takes no target, got {target!r}")
        return
    if not target:
        raise ValueError(f"{kind.name} needs a target, such as {kind.target.example}")
    kind.target.validate(target)


# ---- keys ---------------------------------------------------------------------------


def _values(kind: Kind, words: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise ValueError(f"expected key=value, got {word!r}")
        if key in values:
            raise ValueError(f"{key}= is given twice")
        values[key] = read_key(kind, key, text)
    return values


def read_key(kind: Kind, key: str, text: str) -> object:
    """The value of key=text in a check of this kind. Raises ValueError."""
    own = (*COMMON_KEYS, *kind.keys)
    if key not in _READERS:
        raise ValueError(f"unknown key {key!r}{instead(key, own, 'docs/health.md')}")
    if key not in own:
        takers = " and ".join(each.name for each in KINDS.values() if key in each.keys)
        raise ValueError(f"{key}= is for {takers} checks; this is a {kind.name} check")
    try:
        return _READERS[key](text)
    except ValueError as mistake:
        raise ValueError(f"{key}={text}: {mistake}") from None


def _roles(text: str) -> tuple[str, ...]:
    given = text.split(",")
    for role in given:
        if role not in ROLES:
            raise ValueError(f"unknown role {role!r}{instead(role, ROLES)}")
    return tuple(role for role in ROLES if role in given)


def _seconds(least: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        whole, _, part = text.partition(".")
        digits = whole + part
        number = float(text) if digits.isdecimal() and digits.isascii() else -1.0
        if not least <= number <= _LONGEST:
            raise ValueError(f"expected seconds from {least:g} to {_LONGEST:g}")
        return number

    return read


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else 0
    if not 1 <= number <= _MOST_RESULTS:
        raise ValueError(f"expected a number of results in a row, from 1 to {_MOST_RESULTS}")
    return number


def _statuses(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for part in text.split(","):
        low, dash, high = part.partition("-")
        first, last = _status(low), _status(high if dash else low)
        if first > last:
            raise ValueError(f"put the lower status first, as {high}-{low}")
        found.append((first, last))
    return tuple(found)


def _status(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) == 3 and text >= "200"):
        raise ValueError("expected statuses from 200 to 999, such as 200-299,404")
    return int(text)


def _body(text: str) -> str:
    if not text:
        raise ValueError("expected some text")
    return text


def _bound(what: str) -> Callable[[str], Bound]:
    def read(text: str) -> Bound:
        low, dash, high = text.partition("-")
        least, most = (_amount(low), _amount(high)) if dash else (0, _amount(low))
        if least > most:
            raise ValueError(f"put the lower bound first, as {high}-{low}")
        return Bound(what, least, most)

    return read


def _amount(text: str) -> int:
    unit = text[-1:].upper()
    digits = text[:-1] if unit in ("K", "M", "G") else text
    factor = _SIZES[unit] if digits != text else 1
    if not (digits.isdecimal() and digits.isascii()) or int(digits[:20]) * factor > _HIGHEST:
        raise ValueError("expected MOST or LEAST-MOST, such as 1-16 or 512M (M is 1024²)")
    return int(digits) * factor


#: What reads the value of a key.
_READERS: dict[str, Callable[[str], object]] = {
    "role": _roles,
    "period": _seconds(_SHORTEST_PERIOD),
    "timeout": _seconds(_SHORTEST_TIMEOUT),
    "delay": _seconds(0),
    "success": _count,
    "failure": _count,
    "status": _statuses,
    "body": _body,
    "fresher": _seconds(_SHORTEST_PERIOD),
    "limit": _seconds(_SHORTEST_PERIOD),
    "watchdog": _seconds(_SHORTEST_PERIOD),
    **{what: _bound(what) for what in BOUNDED},
}
#: Where a key of the line and a field of Check have different names.
_FIELDS = {"status": "statuses"}
