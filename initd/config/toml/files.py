"""The configuration files that exist; without any, nothing is parsed and nothing imported."""

from __future__ import annotations

import posix

from initd import paths
from initd.config.mistake import Mistake
from initd.config.toml.file_config import FileConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.command_line import CommandLine

#: Ten times the length of a configuration with as many checks as there may be. What is not compiled
#: is parsed while the app waits, and a stop too.
_LONGEST = 128 << 10


def read_files(line: CommandLine, compiling: bool = False) -> FileConfig:
    """What the file of --config says, or those at the default places together: key by key,
    the first one that sets it counts. `compiling` keeps what was read for the next start,
    where that can be written."""
    option = line.options.get("config")
    found = FileConfig()
    for path in (option[-1].text,) if option else paths.CONFIGURATION_FILES:
        try:
            posix.stat(path)  # most containers have none: nothing is imported for it
            from initd.config.believed import read

            text = read(path, _LONGEST)
        except (FileNotFoundError, NotADirectoryError) as error:
            if option:
                found = found.over(_unreadable(option[-1].source, path, error))
        except OSError as error:
            found = found.over(_unreadable(option[-1].source if option else path, path, error))
        except ValueError as mistake:
            where = option[-1].source if option else path
            found = found.over(FileConfig(mistakes=(Mistake(where, str(mistake)),)))
        else:
            found = found.over(_read(path, text, compiling))
    return found


def _unreadable(where: str, path: str, error: OSError) -> FileConfig:
    return FileConfig(mistakes=(Mistake(where, f"{path}: {error.strerror}"),))


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
            pass  # a read-only image: each start parses the file itself
    return found
