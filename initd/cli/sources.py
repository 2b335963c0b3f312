"""What somebody asks for with a command line: settings to run with, or something to read."""

from __future__ import annotations

from initd import __version__
from initd.config.command_line import above, read
from initd.config.mistake import Mistake, Mistakes
from initd.config.resolve import resolve
from initd.config.toml.files import read_files
from initd.linux.kernel_hostname import kernel_hostname

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.config.command_line import CommandLine
    from initd.config.toml.file_config import FileConfig
    from initd.core.settings import Settings

PRELOAD = __file__.rpartition("/cli/")[0] + "/native/hostname.so"


class PrintAndExit(Exception):
    """Somebody wants to read --help or --version."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Pause(PrintAndExit):
    """Nobody's app is to be run; the answer is for who asks what would."""


def _roles() -> str:
    from initd.config.values.role import describe_roles

    try:
        return describe_roles()
    except OSError as error:
        raise Mistakes((Mistake("--list-roles", f"{error.filename}: {error.strerror}"),)) from None
    except ValueError as mistake:
        raise Mistakes((Mistake("--list-roles", str(mistake)),)) from None


def settings_from(
    argv: Sequence[str], environ: dict[bytes, bytes], compiling: bool = False
) -> Settings:
    """What `initd` with these words would run. Raises Mistakes, PrintAndExit. `compiling` keeps
    configuration files in a form that the next start reads faster."""
    line, given = said(argv, environ, compiling)
    return resolve(above(line, given.options), environ, kernel_hostname(), PRELOAD, given)


def said(
    argv: Sequence[str], environ: Mapping[bytes, bytes], compiling: bool = False
) -> tuple[CommandLine, FileConfig]:
    """What flags and variables say, and what files do. Raises Mistakes, PrintAndExit."""
    text = {
        name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape")
        for name, value in environ.items()
        if name.startswith(b"INITD_")
    }
    line = read(argv, text)
    if "help" in line.given or "version" in line.given:
        from initd.cli.help import help_text, version_text

        raise PrintAndExit(help_text() if "help" in line.given else version_text())
    if "license" in line.given:
        from initd.core.drop_in.translation import LICENSE

        raise PrintAndExit(LICENSE.format(initd=__version__))
    if "list_roles" in line.given:
        raise PrintAndExit(_roles())
    if "pause" in line.given:
        raise Pause("nothing would run: a pause, until INT or TERM\n")
    return line, read_files(line, compiling)
