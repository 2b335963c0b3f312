"""Where every start begins: a verb, a question, or a container to run."""

from __future__ import annotations

import posix

from initd.config.command_line import read
from initd.config.mistake import Mistakes
from initd.config.resolve import resolve
from initd.linux.environment import given_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.settings import Settings

EXIT_OWN = 125
#: Only as the first word: `initd -- health` runs a program of that name.
VERBS = ("health", "status", "signal", "stop", "check")

_NATIVE = __file__.rpartition("/cli/")[0] + "/native/"
SHIM = _NATIVE + "ppidshim"
PRELOAD = _NATIVE + "hostname.so"


def main(argv: Sequence[str]) -> int:
    """The exit code for `initd` with these words."""
    if argv and argv[0] in VERBS:
        from initd.cli.verbs import run_verb

        return run_verb(argv[0], argv[1:])
    environ = given_environment()
    try:
        settings = settings_from(argv, environ)
    except Mistakes as mistakes:
        _complain(str(mistakes))
        return EXIT_OWN
    except Asked as asked:
        posix.write(1, asked.answer.encode())
        return 0
    try:
        from initd.init.start import start

        return start(settings, SHIM)
    except Exception as bug:  # before there is a loop to go on with
        _complain(f"initd: cannot start: {type(bug).__name__}: {bug}")
        return EXIT_OWN


class Asked(Exception):
    """Somebody wants to read --help or --version."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


def settings_from(argv: Sequence[str], environ: dict[bytes, bytes]) -> Settings:
    """What `initd` with these words would run. Raises Mistakes, Asked."""
    text = {
        name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape")
        for name, value in environ.items()
        if name.startswith(b"INITD_")
    }
    line = read(argv, text)
    if "help" in line.given or "version" in line.given:
        from initd.cli.help import help_text, version_text

        raise Asked(help_text() if "help" in line.given else version_text())
    return resolve(line, environ, posix.uname().nodename, PRELOAD)


def _complain(text: str) -> None:
    try:
        posix.write(2, text.encode(errors="backslashreplace") + b"\n")
    except OSError:
        pass  # nobody to tell; the exit code says it too
