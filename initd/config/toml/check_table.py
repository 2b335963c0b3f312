"""[check.NAME]: the same check as on the command line, each key judged for itself."""

from __future__ import annotations

from initd.config.values.check import (
    assemble,
    look_at_command,
    look_at_kind,
    look_at_name,
    look_at_target,
    read_key,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from initd.core.health.check import Check

    #: Takes the path within the table, () for itself, and what is wrong there.
    Complain = Callable[[tuple[object, ...], str], None]

#: They have places of their own in a check's line.
_PLACED = ("kind", "target", "command")


def check_of_table(name: str, table: Mapping[str, Any], complain: Complain) -> Check | None:
    """The check, defaults filled in; None where there was something to complain about."""
    kind, target = table["kind"], table.get("target", "")
    argv = tuple(table.get("command", ()))
    judged = _Judged(complain)
    judged("", look_at_name, name)
    judged("kind", look_at_kind, kind)
    if not judged.right:
        return None  # what a key means depends on the kind
    judged("target" if target else "", look_at_target, kind, target)
    judged("command" if argv else "", look_at_command, kind, argv, bool(argv))
    values = {
        key: judged(key, read_key, kind, key, _text(value))
        for key, value in table.items()
        if key not in _PLACED
    }
    if not judged.right:
        return None
    check: Check | None = judged("", assemble, name, kind, target, argv, values)
    return check


class _Judged:
    """Calls what judges one value; `right` as long as nobody has raised ValueError."""

    def __init__(self, complain: Complain) -> None:
        self._complain = complain
        self.right = True

    def __call__(self, key: str, judge: Callable[..., Any], *what: object) -> Any:
        try:
            return judge(*what)
        except ValueError as mistake:
            self._complain((key,) if key else (), str(mistake))
            self.right = False
            return None


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
