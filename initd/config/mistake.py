"""What was wrong, where, and what would be right: one line for a person."""

from __future__ import annotations

from initd.core.value import Value


class Mistake(Value):
    """`where` is a flag, a variable, or a file with its key."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"initd: {self.where}: {self.what}"


class Mistakes(Exception):
    """All that is wrong with a configuration; nothing has been started."""

    def __init__(self, found: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = found
