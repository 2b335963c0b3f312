"""Which configuration files there are; with none, nothing is parsed and nothing imported."""

from __future__ import annotations

import posix

from initd.config.given import Given
from initd.config.mistake import Mistake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.command_line import CommandLine

#: The image's own over the distribution's: key by key, the first one that says it counts.
DEFAULT_FILES = ("/container/initd.toml", "/etc/initd.toml")


def read_files(line: CommandLine) -> Given:
    """What --config, or the files at the default places, give together."""
    asked = line.given.get("config")
    given = Given()
    for path in (asked[-1].text,) if asked else DEFAULT_FILES:
        if asked or _is_there(path):
            given = given.over(_read(path, asked[-1].source if asked else ""))
    return given


def _is_there(path: str) -> bool:
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


def _read(path: str, asked_by: str) -> Given:
    from initd.config.toml_file import read_file

    try:
        return read_file(path)
    except OSError as error:
        where = asked_by or path
        return Given(mistakes=(Mistake(where, f"{path}: {error.strerror}"),))
