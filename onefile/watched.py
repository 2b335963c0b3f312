"""In place of start.py in a file for the tests. It writes down each module that is asked for and
is not within, and where there is a gate, it waits until that is opened:

    PREFIX/bin/initd    this file
    PREFIX/../missed    a name each line
    PREFIX/../gate      a FIFO; it is open once its other end is closed
"""

import posix
import sys

_FOLDER = posix.readlink("/proc/self/exe").rsplit("/", 3)[0]


class Missed:
    """A finder that finds nothing, and is asked last."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Writes it down."""
        flags = posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND | posix.O_CLOEXEC
        try:
            descriptor = posix.open(f"{_FOLDER}/missed", flags)
        except OSError:
            return
        posix.write(descriptor, f"{name}\n".encode())
        posix.close(descriptor)


def _pass_gate() -> None:
    try:
        descriptor = posix.open(f"{_FOLDER}/gate", posix.O_RDONLY | posix.O_CLOEXEC)
    except FileNotFoundError:
        return
    posix.read(descriptor, 1)
    posix.close(descriptor)


_pass_gate()

import initd_importer  # noqa: E402

_take_over = initd_importer.take_over


def _take_over_and_watch() -> None:
    _take_over()
    sys.meta_path.append(Missed)


initd_importer.take_over = _take_over_and_watch

import initd_start_as_ever  # noqa: E402, F401
