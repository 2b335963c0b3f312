"""Where every start begins: a verb, a question, or a container to run."""

from __future__ import annotations

import posix
import sys

from initd.cli.constants import AS, SHIM, VERBS
from initd.core.start.exit_codes import EXIT_OWN
from initd.unload import unload_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from initd.core.monitor.messages import MonitorSpec
    from initd.core.settings import Settings

#: What reads the configuration, and is not needed once it has been read.
_SPENT = (
    *("initd.config", "initd.cli.sources", "initd.cli.drop_in", "initd.core.signals.profile"),
    *("initd.core.signals.unwrap", "initd.core.hostname", "initd.core.health.kinds"),
)


def main(argv: Sequence[str]) -> int:
    """The exit code for `initd` with these words."""
    if argv and argv[0] in VERBS:
        from initd.cli.verbs import run_verb

        return run_verb(argv[0], argv[1:])
    settings = _settings_as(argv[1], argv[2:]) if argv[:1] == [AS] else _settings(argv)
    if isinstance(settings, int):
        return settings
    try:
        from initd.init.bootstrap.bootstrap import begin

        begun = begin(settings, SHIM)
        # The app is on its way: all that follows it does not wait for.
        unload_modules(*_SPENT)
        sys.path_importer_cache.clear()  # every file name of the image's site-packages
        from initd.init.start import start

        return start(settings, SHIM, lambda: _load_monitor(settings), begun)
    except OSError as error:
        _complain(f"initd: {error.strerror or error}")
        return EXIT_OWN
    except Exception as bug:  # before there is a loop to go on with
        _complain(f"initd: cannot start: {type(bug).__name__}: {bug}")
        return EXIT_OWN


def _settings(argv: Sequence[str]) -> Settings | int:
    """What is to run; the exit code where something else was asked for, or a mistake made."""
    # Imported here, so that nothing of it is left when this returns.
    from initd.cli.sources import Pause, PrintAndExit, settings_from
    from initd.config.mistake import Mistakes
    from initd.linux.environment import given_environment

    try:
        return settings_from(argv, given_environment())
    except Mistakes as mistakes:
        _complain(str(mistakes))
        return EXIT_OWN
    except Pause:
        from initd.cli.pause import pause

        return pause("initd", SHIM)
    except PrintAndExit as asked:
        return 0 if _say(1, asked.answer) else 1


def _settings_as(called: str, argv: Sequence[str]) -> Settings | int:
    """The same under the name of another init."""
    from initd.cli.drop_in import settings_as

    return settings_as(called, argv, SHIM)


def _load_monitor(settings: Settings) -> Callable[[MonitorSpec], None]:
    """In the monitor's process, and nowhere else: what it brings along stays out of pid 1."""
    from initd.monitor.lean_imports import import_asyncio, import_structlog

    import_asyncio(settings.checks)
    import_structlog()
    from initd.monitor.main import run

    if settings.user is not None:
        from initd.monitor.eager_imports import import_eagerly

        import_eagerly(settings.checks)
    return run


def _complain(text: str) -> None:
    _say(2, text + "\n")  # where there is nobody to tell, the exit code says it too


def _say(descriptor: int, text: str) -> bool:
    try:
        posix.write(descriptor, text.encode(errors="backslashreplace"))
    except OSError:
        return False
    return True
