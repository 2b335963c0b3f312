"""What is installed with this package, and where. In the one file,
onefile/instead/installed.py is this module."""

from __future__ import annotations

import posix
import sys

_PACKAGE = __file__.rpartition("/")[0]
#: More bytes than the launcher has.
_SLEEPER_AT_MOST = 1 << 20

#: The shim's program.
SHIM = _PACKAGE + "/native/ppidshim"
#: The library that gives programs another host name.
HOSTNAME_LIBRARY = _PACKAGE + "/native/hostname.so"
#: A program that does nothing.
IDLE = [sys.executable, "-I", "-S", "-c", ""]
#: A module of this package; "" where modules are not read from files.
CODE = __file__
#: What else is in the same file, a line each: nothing.
LIBRARIES: tuple[str, ...] = ()


def library_for_start() -> str:
    """The path by which an app that starts now preloads the library; "" if it can't."""
    return HOSTNAME_LIBRARY


def provide_library(path: str) -> None:
    """Puts it there: it is there, as part of this package."""


def launcher() -> str:
    """PREFIX/bin/initd, for this is PREFIX/lib/python3.N/site-packages/initd/installed.py."""
    return _PACKAGE.rpartition("/")[0].rsplit("/", 3)[0] + "/bin/initd"


def sleeper() -> str:
    """The program that pid 1 becomes when it falls asleep."""
    return launcher()


def sleeper_understands(orders_format: bytes) -> bool:
    """Whether it is of a version that can read such orders: it may have been replaced. Raises
    OSError."""
    descriptor = posix.open(sleeper(), posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        return orders_format in posix.read(descriptor, _SLEEPER_AT_MOST)
    finally:
        posix.close(descriptor)
