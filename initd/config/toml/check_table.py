"""[check.NAME]: the same check as on the command line, each key validated for itself."""

from __future__ import annotations

from initd.config.values.check import (
    assemble,
    read_key,
    validate_command,
    validate_name,
    validate_target,
)
from initd.core.health.kinds import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from initd.core.health.check import Check

    #: Takes the path within the table, () for itself, and what is wrong there.
    Complain = Callable[[tuple[object, ...], str], None]

#: Keys of the table that have a place of their own in a check's line.
PLACED = ("kind", "target", "command")


def check_of_table(name: str, table: Mapping[str, Any], complain: Complain) -> Check | None:
    """The check, defaults filled in; None where there was something to complain about."""
    target, argv = table.get("target", ""), tuple(table.get("command", ()))
    each = _Each(complain)
    each("", validate_name, name)
    kind = each("kind", kind_of, table["kind"])
    if not each.valid:
        return None  # what a key means depends on the kind
    each("target" if target else "", validate_target, kind, target)
    each("command" if argv else "", validate_command, kind, argv, bool(argv))
    values = {
        key: each(key, read_key, kind, key, _text(value))
        for key, value in table.items()
        if key not in PLACED
    }
    if not each.valid:
        return None
    check: Check | None = each("", assemble, name, kind, target, argv, values)
    return check


class _Each:
    """Calls what reads or validates the value of one key, and complains of its ValueError;
    `valid` as long as there was none."""

    def __init__(self, complain: Complain) -> None:
        self._complain = complain
        self.valid = True

    def __call__(self, key: str, read: Callable[..., Any], *what: object) -> Any:
        try:
            return read(*what)
        except ValueError as mistake:
            self._complain((key,) if key else (), str(mistake))
            self.valid = False
            return None


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
