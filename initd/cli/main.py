"""Where every start begins: a verb, a question, or a container to run."""

from __future__ import annotations

import posix

from initd.cli.asking import EXIT_OWN, SHIM, Asked, settings_from
from initd.config.mistake import Mistakes
from initd.linux.environment import given_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from initd.core.monitor_spec import MonitorSpec

#: Only as the first word: `initd -- health` runs a program of that name.
VERBS = ("health", "status", "signal", "stop", "restart", "check")


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

        return start(settings, SHIM, _load_monitor)
    except OSError as error:
        _complain(f"initd: {error.strerror or error}")
        return EXIT_OWN
    except Exception as bug:  # before there is a loop to go on with
        _complain(f"initd: cannot start: {type(bug).__name__}: {bug}")
        return EXIT_OWN


def _load_monitor() -> Callable[[MonitorSpec], None]:
    """In the monitor's process, and nowhere else: what it brings along stays out of pid 1."""
    from initd.monitor.main import run

    return run


def _complain(text: str) -> None:
    try:
        posix.write(2, text.encode(errors="backslashreplace") + b"\n")
    except OSError:
        pass  # nobody to tell; the exit code says it too
