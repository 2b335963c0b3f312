"""Records as plain data, which JSON can hold, and back.

    None, bool, int, float, str   as they are
    everything else               [kind, content]

A record (value.Value) is named by its module and class. Only classes of initd.core are taken
back, so data can't name anything else.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BYTES, _TUPLE, _LIST, _DICT, _SET, _RECORD = "btldsr"
_OURS = "initd.core."


def to_plain(value: Any) -> Any:
    """Raises TypeError for what is not data."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        return [_BYTES, value.decode("latin-1")]
    if isinstance(value, tuple):
        return [_TUPLE, [to_plain(each) for each in value]]
    if isinstance(value, list):
        return [_LIST, [to_plain(each) for each in value]]
    if isinstance(value, frozenset):
        return [_SET, [to_plain(each) for each in sorted(value)]]
    if isinstance(value, dict):
        return [_DICT, [[to_plain(key), to_plain(each)] for key, each in value.items()]]
    kind = type(value)
    if isinstance(value, Value) and kind.__module__.startswith(_OURS):
        fields = {name: to_plain(getattr(value, name)) for name in kind.__match_args__}
        return [_RECORD, f"{kind.__module__}:{kind.__qualname__}", fields]
    raise TypeError(f"{kind.__name__} is not plain data")


def from_plain(data: Any) -> Any:
    """Raises ValueError for what `to_plain` has not written, or an older one with other fields."""
    if not isinstance(data, list):
        return data
    kind, content, *rest = data
    if kind == _BYTES:
        return content.encode("latin-1")
    if kind == _TUPLE:
        return tuple(map(from_plain, content))
    if kind == _LIST:
        return list(map(from_plain, content))
    if kind == _SET:
        return frozenset(map(from_plain, content))
    if kind == _DICT:
        return {from_plain(key): from_plain(each) for key, each in content}
    if kind == _RECORD and len(rest) == 1:
        fields = {name: from_plain(each) for name, each in rest[0].items()}
        try:
            return _class(content)(**fields)
        except TypeError as error:
            raise ValueError(f"{content} has other fields in this version: {error}") from None
    raise ValueError(f"unknown kind of data: {kind!r}")


def _class(path: str) -> type[Value]:
    module, _, name = path.partition(":")
    if not module.startswith(_OURS):
        raise ValueError(f"{path!r} is not a record of initd's")
    try:
        found = getattr(__import__(module, fromlist=(name,)), name, None)
    except ImportError:
        found = None
    if not isinstance(found, type) or not issubclass(found, Value):
        raise ValueError(f"unknown record {path!r}: another version has it")
    return found
