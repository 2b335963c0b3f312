"""From the words of a command line to settings, or to something to read."""

from __future__ import annotations

from initd import __version__
from initd.config.command_line import above, decoded, read
from initd.config.mistake import Mistake, Mistakes
from initd.config.resolve import resolve
from initd.config.toml.files import read_files
from initd.installed import library_for_start
from initd.linux.kernel_hostname import kernel_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.config.command_line import CommandLine
    from initd.config.toml.file_config import FileConfig
    from initd.core.settings import Settings


class PrintAndExit(Exception):
    """The words ask for something to read, such as --help."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Pause(PrintAndExit):
    """--pause: init without an app. The text is for `initd check`."""


def settings_from(
    argv: Sequence[str], environ: dict[bytes, bytes], checking: bool = False
) -> Settings:
    """What `initd` with these words would run. Raises Mistakes, PrintAndExit. `checking` leaves
    warnings to the caller, and keeps configuration files in a form that the next start reads
    faster."""
    line, file = parse_sources(argv, environ, checking)
    return resolve(
        above(line, file.options),
        environ,
        kernel_hostname(),
        library_for_start(),
        file,
        tolerant=checking,
    )


def parse_sources(
    argv: Sequence[str], environ: Mapping[bytes, bytes], compiling: bool = False
) -> tuple[CommandLine, FileConfig]:
    """What flags and variables say, and what configuration files say. Raises Mistakes,
    PrintAndExit."""
    line = read(argv, decoded(environ, b"INITD_"))
    if "help" in line.options or "version" in line.options:
        from initd.cli.help import help_text, version_text

        raise PrintAndExit(help_text() if "help" in line.options else version_text())
    if "license" in line.options:
        from initd.core.drop_in.translation import LICENSE

        raise PrintAndExit(LICENSE.format(initd=__version__))
    if "list_roles" in line.options:
        raise PrintAndExit(_roles())
    if "pause" in line.options:
        raise Pause("no app would run: initd would pause until INT or TERM\n")
    return line, read_files(line, compiling)


def _roles() -> str:
    from initd.config.values.role import describe_roles

    try:
        return describe_roles()
    except OSError as error:
        raise Mistakes((Mistake("--list-roles", f"{error.filename}: {error.strerror}"),)) from None
    except ValueError as mistake:
        raise Mistakes((Mistake("--list-roles", str(mistake)),)) from None
