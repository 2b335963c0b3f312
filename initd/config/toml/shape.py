"""Whether a parsed file has the shape of the model, key by key.

msgspec stops at the first value that does not fit, and can't tell which entry of a table of
names it was. So this module walks, and asks about one value at a time.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, get_args, get_origin

import msgspec

from initd.config.mistake import instead
from initd.config.toml.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Path = tuple[object, ...]
    #: Is told the path of a key, and what is wrong there.
    Complain = Callable[[Path, str], None]

_WORDS = {str: "text in quotes", int: "a whole number", float: "a number",
          bool: "true or false", list: "a list", dict: "a table"}  # fmt: skip
_SHOWN_AT_MOST = 60
_LISTED = "docs/configuration.md"
#: An integer of TOML has 64 bits.
_HIGHEST = 2**63


def prune(model: type[Table], values: dict[str, Any], at: Path, complain: Complain) -> bool:
    """Removes from `values` whatever does not fit the model; whether everything did."""
    fields = {each.encode_name: each for each in msgspec.structs.fields(model)}
    sound = True
    for name, each in fields.items():
        if each.required and name not in values:
            complain(at, f"the key {name} is missing")
            sound = False
    for key, value in list(values.items()):
        if key not in fields:
            complain((*at, key), f"unknown key{instead(key, list(fields), _LISTED)}")
        elif _fits(fields[key].type, value, (*at, key), complain):
            continue
        sound = False
        del values[key]
    return sound


def _fits(kind: Any, value: Any, path: Path, complain: Complain) -> bool:
    """Whether `value` may stay; the parts of a table that may not are removed from it."""
    kind = _bare(kind)
    if _is_table(kind):
        if not isinstance(value, dict):
            return _refuse(kind, value, path, complain)
        prune(kind, value, path, complain)
        return True
    if get_origin(kind) is dict:
        if not isinstance(value, dict):
            return _refuse(kind, value, path, complain)
        _prune_entries(get_args(kind)[1], value, path, complain)
        return True
    item = _item_of(kind)
    if isinstance(value, list) and item is not None:
        sound = True
        for at, each in enumerate(value):  # all of them, to find every mistake
            sound = _item_fits(item, each, (*path, at), complain) and sound
        return sound
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return _refuse(kind, value, path, complain)
    return _can_be_passed_on(value, path, complain)


def _prune_entries(kind: Any, values: dict[str, Any], path: Path, complain: Complain) -> None:
    for name, value in list(values.items()):
        if not _item_fits(kind, value, (*path, name), complain):
            del values[name]


def _item_fits(kind: Any, value: Any, path: Path, complain: Complain) -> bool:
    """An entry of a list or of a table of names: useless unless all of it fits."""
    if _is_table(_bare(kind)) and isinstance(value, dict):
        return prune(_bare(kind), value, path, complain)
    return _fits(kind, value, path, complain)


def _can_be_passed_on(value: Any, path: Path, complain: Complain) -> bool:
    """TOML can hold what no program can be given."""
    if isinstance(value, str) and "\0" in value:
        complain(path, "contains a NUL character, which can't be passed to a program")
        return False
    if isinstance(value, int) and not -_HIGHEST <= value < _HIGHEST:
        complain(path, "expected a number of 64 bits, got one of more than 64 bits")
        return False
    return True


def _refuse(kind: Any, value: Any, path: Path, complain: Complain) -> bool:
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    words = dict.fromkeys(_words(each) for each in kinds if each is not type(None))
    complain(path, f"expected {' or '.join(words)}, got {shown(value)}")
    return False


# ---- types --------------------------------------------------------------------------


def _bare(kind: Any) -> Any:
    """The type without its description."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    return kind


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Table)


def _item_of(kind: Any) -> Any:
    """The type of a list's items; None for what is not a list."""
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    return next((get_args(each)[0] for each in kinds if get_origin(each) is list), None)


def _words(kind: Any) -> str:
    return _WORDS[dict if _is_table(kind) else get_origin(kind) or kind]


# ---- for people ---------------------------------------------------------------------


def shown(value: Any) -> str:
    """As TOML writes it, cut where it is long."""
    text = _toml(value)
    return text if len(text) <= _SHOWN_AT_MOST else text[:_SHOWN_AT_MOST] + "..."


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items())} }}"
    if isinstance(value, int) and not -_HIGHEST <= value < _HIGHEST:
        return "a number of more than 64 bits"  # Python refuses to write out long ones
    return repr(value) if isinstance(value, (str, int, float)) else str(value)
