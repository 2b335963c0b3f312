"""Where every start begins: with a verb, something to print, or an app to run."""

from __future__ import annotations

import posix
import sys

from initd.core.start.exit_codes import EXIT_OWN
from initd.installed import SHIM, sleeper
from initd.unload import unload_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from initd.core.monitor.messages import MonitorSpec, RegistrarSpec
    from initd.core.settings import Settings
    from initd.init.bootstrap.bootstrap import Bootstrap

#: Comes before all other words: the name, or path, that initd was called by.
AS = "--as"
#: What pid 1 is told when it is to wake up, before the descriptor of its orders.
WOKEN = "woken:"
#: Names that descriptor for the sleeper (shim/contract.h).
ORDERS_VARIABLE = b"INITD_ORDERS"
#: What is not needed once the configuration has been read and the app has been started.
_SPENT = (
    *("initd.config", "initd.cli.sources", "initd.cli.drop_in", "initd.cli.verb_table"),
    "initd.cli.misspelt",
    *("initd.core.signals.profile", "initd.core.signals.known", "initd.core.signals.unwrap"),
    *("initd.core.signals.wrapped", "initd.core.signals.condition", "initd.core.hostname"),
    "initd.core.health.kinds",
    # What started the app, which an app that is started again does not need either.
    *("initd.init.bootstrap.bootstrap", "initd.init.bootstrap.identity"),
    "initd.linux.control_client",
    *("initd.init.bootstrap.hostname", "initd.linux.hostname_file", "initd.linux.environment"),
)


def run() -> None:
    """main() for this process's words, and then its end."""
    try:
        code = main(sys.argv[1:])
    except (MemoryError, ImportError, SystemError) as failure:  # code can't be mapped
        _write_error(f"initd: cannot start: {_words(failure)}")
        code = EXIT_OWN
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        code = code or 1  # the output could not be written
    posix._exit(code)  # finalizing the interpreter object by object would take milliseconds


def main(argv: Sequence[str]) -> int:
    """The exit code for `initd` with these words."""
    if "initd" in sys._xoptions:
        woken = str(sys._xoptions["initd"])
        if woken.startswith(WOKEN):
            return _wake_up(int(woken.removeprefix(WOKEN)), argv)
    if argv and not argv[0].startswith("-"):
        from initd.cli.verb_table import BY_NAME

        if argv[0] in BY_NAME:
            from initd.cli.verbs import run_verb

            return run_verb(BY_NAME[argv[0]], argv[1:])
    stands_in = argv[:1] == [AS]
    settings = _settings_as("".join(argv[1:2]), argv[2:]) if stands_in else _settings(argv)
    if isinstance(settings, int):
        return settings
    settings = _for_reader(settings)
    try:
        begun = _begin(settings)
        # The app is on its way: it does not wait for what follows.
        unload_modules(*_SPENT)
        sys.path_importer_cache.clear()  # every file name of the image's site-packages
        from initd.init.start import start

        return start(settings, SHIM, lambda: _load_monitor(settings), begun)
    except OSError as error:
        _fail(f"initd: {error.strerror or error}")
        return EXIT_OWN
    except Exception as bug:  # before there is a loop to go on with
        _fail(f"initd: cannot start: {_words(bug)}")
        return EXIT_OWN


def _words(bug: BaseException) -> str:
    return "out of memory" if isinstance(bug, MemoryError) else f"{type(bug).__name__}: {bug}"


def _wake_up(orders: int, argv: Sequence[str]) -> int:
    """Goes on after a sleep. Where even that can't be imported, the sleeper goes on."""
    try:
        from initd.init.wake_up import wake_up
    except Exception:  # of memory, or of files that are gone: pid 1 must not die
        environ = {**posix.environ, ORDERS_VARIABLE: b"%d" % orders}
        posix.execve(sleeper(), ["initd", *sys.argv[1:]], environ)
    return wake_up(
        orders,
        lambda environ, planned, kernel: _settings_again(argv, environ, planned, kernel),
        _load_reader,
    )


def _begin(settings: Settings) -> Bootstrap:
    """Starts the app. Imported here, so that nothing of it stays once this returns."""
    from initd.init.bootstrap.bootstrap import begin

    return begin(settings, SHIM, lambda: _load_reader(settings))


def _settings(argv: Sequence[str]) -> Settings | int:
    """What to run; the exit code where there is nothing to run, or a mistake."""
    # Imported here, so that nothing of it stays once this returns.
    from initd.cli.sources import Pause, PrintAndExit, settings_from
    from initd.config.mistake import Mistakes
    from initd.linux.environment import given_environment

    try:
        settings = settings_from(argv, given_environment())
        if argv and settings.command == tuple(argv):  # no -- before it
            from initd.cli.misspelt import meant_verb

            wrong = meant_verb(argv[0], settings.environ)
            if wrong:
                _fail(wrong)
                return EXIT_OWN
        return settings
    except Mistakes as mistakes:
        _fail(str(mistakes))
        return EXIT_OWN
    except Pause:
        from initd.cli.pause import pause

        return pause("initd", SHIM)
    except PrintAndExit as request:
        return 0 if _write(1, request.text) else 1


def _settings_again(
    argv: Sequence[str], environ: Mapping[bytes, bytes], planned: Settings, kernel_hostname: str
) -> Settings:
    """What counts for a pid 1 that has slept since its start by a plan."""
    from initd.cli.again import settings_again

    found = _for_reader(settings_again(argv, environ, planned, kernel_hostname))
    unload_modules(*_SPENT, "initd.cli.again")
    sys.path_importer_cache.clear()
    return found


def _for_reader(settings: Settings) -> Settings:
    """With the format that this init's lines have."""
    from initd.log_style import for_reader

    return for_reader(settings)


def _settings_as(called: str, argv: Sequence[str]) -> Settings | int:
    """The same for a start under another init's name."""
    from initd.cli.drop_in import settings_as

    return settings_as(called, argv, SHIM)


def _load_monitor(settings: Settings) -> Callable[[MonitorSpec], None]:
    """In the monitor's process only: what this imports stays out of pid 1."""
    from initd.monitor.main import run

    if settings.user is not None:
        from initd.monitor.eager_imports import import_eagerly

        import_eagerly(settings.checks, settings.registries)
    return lambda spec: run(spec, _load_registrar)


def _load_registrar() -> Callable[[RegistrarSpec], None]:
    """In the registrar's process only."""
    from initd.registrar.main import run

    return run


def _load_reader(settings: Settings) -> Callable[[int, int, Sequence[str]], None]:
    """In the process that reads secrets, and only there."""
    from initd.secrets.main import Task, run

    return lambda report, variables, directories: run(
        Task(
            settings=settings,
            report=report,
            variables=variables,
            directories=tuple(directories),
        )
    )


def _fail(text: str) -> None:
    """Says why nothing was started, to Kubernetes as well, if it has left its file here."""
    _write_error(text)
    from initd import paths
    from initd.linux.termination_log import write

    write(paths.TERMINATION_LOG, text)


def _write_error(text: str) -> None:
    _write(2, text + "\n")  # where nobody can read it, the exit code still tells


def _write(descriptor: int, text: str) -> bool:
    try:
        posix.write(descriptor, text.encode(errors="backslashreplace"))
    except OSError:
        return False
    return True
