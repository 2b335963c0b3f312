"""Immutable records at the price of a plain class.

pid 1 can afford neither `dataclasses` (21 ms, 2.9 MB) nor `typing.NamedTuple`: the app would
start later, and a hundred containers would pay for it for ever. So `Value` reads the
annotations of a class once, and gives it slots, a constructor, equality and a readable repr.
A type checker sees a frozen dataclass.

A record of many fields is declared with `kw_only=True`: counting positions, two values of one
type are swapped unseen. The type checker and the constructor both refuse that.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeVar, dataclass_transform

    AnyValue = TypeVar("AnyValue", bound="Value")
else:

    def dataclass_transform(**_):
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class ValueType(type):
    """Turns annotated names into slots; values given to them become defaults."""

    def __new__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        kw_only: bool = False,
    ) -> ValueType:
        own = tuple(namespace.pop("__annotations__", ()))  # nobody reads them again
        inherited: tuple[str, ...] = ()
        defaults: dict[str, Any] = {}
        for base in bases:
            inherited += getattr(base, "__match_args__", ())
            defaults.update(getattr(base, "_defaults", {}))
        defaults.update((field, namespace.pop(field)) for field in own if field in namespace)
        namespace["__slots__"] = own
        namespace["__match_args__"] = inherited + own
        namespace["_defaults"] = defaults
        namespace["_positional"] = 0 if kw_only else len(inherited + own)
        return super().__new__(cls, name, bases, namespace)


class Value(metaclass=ValueType):
    """A record that never changes; see the module's docstring."""

    if TYPE_CHECKING:
        __match_args__: ClassVar[tuple[str, ...]]
        _defaults: ClassVar[dict[str, Any]]
        _positional: ClassVar[int]
    else:

        def __init__(self, *args, **named):
            if len(args) > self._positional:
                raise TypeError(f"{type(self).__name__} takes {self._positional} positional values")
            put = object.__setattr__
            fields = self.__match_args__
            for field, value in zip(fields, args):
                put(self, field, value)
            if len(args) == len(fields) and not named:
                return  # dozens of them in every start
            rest = fields[len(args) :]
            values = {**self._defaults, **named} if named else self._defaults
            for field in rest:
                if field not in values:
                    raise TypeError(f"{type(self).__name__} needs a value for {field!r}")
                put(self, field, values[field])
            if named and (unknown := set(named).difference(rest)):
                raise TypeError(
                    f"{type(self).__name__} got an unexpected field {sorted(unknown)[0]!r}"
                )

        def __setattr__(self, name, value):
            raise AttributeError(f"{type(self).__name__} can't be changed")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            getattr(self, field) == getattr(other, field) for field in self.__match_args__
        )

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, field) for field in self.__match_args__)))

    def __repr__(self) -> str:
        inside = ", ".join(f"{field}={getattr(self, field)!r}" for field in self.__match_args__)
        return f"{type(self).__name__}({inside})"


def with_fields(value: AnyValue, **changed: Any) -> AnyValue:
    """A copy of a record, with other values of some fields."""
    fields = {field: getattr(value, field) for field in value.__match_args__}
    return type(value)(**{**fields, **changed})
