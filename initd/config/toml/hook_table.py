"""[hooks.MOMENT]: the same hook as on the command line."""

from __future__ import annotations

from initd.config.values.hook import assemble, read_on_failure, read_patience, validate_moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from initd.core.life.hook import Hook

    #: Takes the path within the table, () for itself, and what is wrong there.
    Complain = Callable[[tuple[object, ...], str], None]


def hook_of_table(moment: str, table: Mapping[str, Any], complain: Complain) -> Hook | None:
    """The hook, defaults filled in; None where there was something to complain about."""
    values = {key: str(value) for key, value in table.items() if key != "command"}
    readers: dict[str, Callable[[str], object]] = {
        "patience": read_patience,
        "on_failure": lambda text: read_on_failure(moment, text),
    }
    try:
        validate_moment(moment)
    except ValueError as mistake:
        complain((), str(mistake))
        return None
    valid = True
    for key, read in readers.items():
        if key in values:
            try:
                read(values[key])
            except ValueError as mistake:
                complain((key,), str(mistake))
                valid = False
    if not valid:
        return None
    try:
        return assemble(moment, table["command"], values)
    except ValueError as mistake:
        complain(("command",), str(mistake))
        return None
