"""Which configuration files there are; with none, nothing is parsed and nothing imported."""

from __future__ import annotations

from initd.config.mistake import Mistake
from initd.config.toml.file_config import FileConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.command_line import CommandLine

#: The image's own over the distribution's: key by key, the first one that says it counts.
DEFAULT_FILES = ("/container/initd.toml", "/etc/initd.toml")
#: A configuration of a thousand checks has a tenth of it.
_LONGEST = 1 << 20


def read_files(line: CommandLine, compiling: bool = False) -> FileConfig:
    """What --config, or the files at the default places, give together; `compiling` keeps
    what was read for the next start, where that can be written."""
    asked = line.given.get("config")
    given = FileConfig()
    for path in (asked[-1].text,) if asked else DEFAULT_FILES:
        try:
            with open(path, "rb") as file:
                text = file.read(_LONGEST + 1)
        except OSError as error:
            if asked or not isinstance(error, (FileNotFoundError, NotADirectoryError)):
                where = asked[-1].source if asked else path
                mistake = Mistake(where, f"{path}: {error.strerror}")
                given = given.over(FileConfig(mistakes=(mistake,)))
            continue
        if len(text) > _LONGEST:  # /dev/zero, for one
            given = given.over(FileConfig(mistakes=(Mistake(path, "is longer than 1 MiB"),)))
        else:
            given = given.over(_read(path, text, compiling))
    return given


def _read(path: str, text: bytes, compiling: bool) -> FileConfig:
    from initd.config.toml import compiled

    found = None if compiling else compiled.load(path, text)
    if found is not None:
        return found
    from initd.config.toml.reader import read_toml

    found = read_toml(path, text)
    if compiling:
        try:
            compiled.store(path, text, found)
        except OSError:
            pass  # a read-only image: each start reads the file itself
    return found
