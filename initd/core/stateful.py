"""State that can be taken out of an object as plain values, and put back into another.

So that what pid 1 knows can outlive the interpreter that knows it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Stateful:
    """An object whose state is in the attributes that `STATE` names: each holds plain values
    (None, bool, int, float, str, and lists and dicts of those, as in JSON) or a Stateful of
    its own. All other attributes come from configuration and never change."""

    STATE: tuple[str, ...] = ()

    def freeze(self) -> dict[str, Any]:
        """The state, as plain values."""
        return {name: _frozen(getattr(self, name)) for name in self.STATE}

    def thaw(self, frozen: dict[str, Any]) -> None:
        """Takes on a state that an object of the same class and configuration has frozen."""
        for name in self.STATE:
            mine = getattr(self, name)
            if isinstance(mine, Stateful):
                mine.thaw(frozen[name])
            else:
                setattr(self, name, _copied(frozen[name]))


def _frozen(value: Any) -> Any:
    return value.freeze() if isinstance(value, Stateful) else _copied(value)


def _copied(value: Any) -> Any:
    """So that what is frozen does not change with what goes on."""
    if isinstance(value, list):
        return [_copied(each) for each in value]
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return value
