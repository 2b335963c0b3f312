"""The process that reads the secrets: forked by pid 1 for one reading, gone when it is done.

It reports to pid 1 on one pipe what it has read, names and places only, or why it could not;
and writes the variables on another, for the app's process (shim/secrets.h). pid 1 has neither
end of that one once the app's process has it.
"""

from __future__ import annotations

import posix
from time import monotonic

from initd.core.secrets import ENV, FILE
from initd.core.value import Value
from initd.json_codec import encode
from initd.secrets.sources import Reader
from initd.secrets.unreadable import Unreadable
from initd.secrets.variables import block_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings
    from initd.secrets.unreadable import Found

DIRECTORY_VARIABLE = "CREDENTIALS_DIRECTORY"


class Task(Value, kw_only=True):
    """One reading. `report` is where pid 1 reads, `variables` where the app's process does
    (negative: no app is being started). `directories` are the places for files, best first."""

    settings: Settings
    report: int
    variables: int
    directories: tuple[str, ...]


def run(task: Task) -> None:
    """Reads and hands over, or reports why not. Raises nothing that has a value in it."""
    try:
        names, block = _read(task)
    except Unreadable as why:
        _write(task.report, encode({"error": str(why)}).encode())
        return
    _write(task.report, encode({"secrets": names}).encode())
    posix.close(task.report)
    if task.variables >= 0:
        _write(task.variables, block)


def _read(task: Task) -> tuple[list[dict[str, str]], bytes]:
    """What to report, and the variables. Only when both are certain are files written."""
    settings, secrets = task.settings, task.settings.secrets
    assert secrets is not None
    until = monotonic() + secrets.patience
    found = Reader(secrets, settings.environ, settings.user, until).read()
    variables = [each for each in found if secrets.way_of(each.name) == ENV]
    in_files = [each for each in found if secrets.way_of(each.name) == FILE]
    replaced = [each.replaces for each in variables if each.replaces]
    block = block_of(variables, replaced, {})
    others: dict[str, str] = {}
    if in_files:
        from initd.secrets.memory_files import write_files

        directory = write_files(in_files, task.directories, settings.user)
        others = {each.replaces: f"{directory}/{each.name}" for each in in_files if each.replaces}
        others[DIRECTORY_VARIABLE] = directory
        block = block_of(variables, replaced, others)
    elif FILE in (secrets.way, *secrets.named.values()):
        from initd.secrets.memory_files import clear

        clear(task.directories)
    rows = [_row(each, secrets.way_of(each.name), others) for each in found]
    return sorted(rows, key=lambda row: str(row["name"])), block


def _row(secret: Found, way: str, others: dict[str, str]) -> dict[str, str]:
    place = secret.name if way == ENV else f"{others[DIRECTORY_VARIABLE]}/{secret.name}"
    return {"name": secret.name, "source": secret.source, "as": way, "at": place}


def _write(fd: int, data: bytes) -> None:
    try:
        while data:
            data = data[posix.write(fd, data) :]
    except BrokenPipeError:
        pass  # whoever was to have it is gone
