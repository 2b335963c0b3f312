"""What is installed, and where: all of it in the file that runs. Stands in for
initd/installed.py."""

from __future__ import annotations

import posix
import sys

from initd_versions import LIBRARIES as LIBRARIES

_SELF = "/proc/self/exe"

#: This file, even where it has been replaced or can't be reached by its name.
SHIM = _SELF if posix.access(_SELF, posix.X_OK) else sys.executable
#: Where `initd preload install` puts the library.
HOSTNAME_LIBRARY = "/usr/local/lib/initd/native/hostname.so"
IDLE = [SHIM, "--version"]
CODE = ""

_MODE = 0o644


def library_for_start() -> str:
    """The library's path for an app that starts now: where it is, or is to be written to
    because a library can be executed there; "" where there is no such place."""
    from initd.linux.unix_socket import default_paths

    if posix.access(HOSTNAME_LIBRARY, posix.R_OK):
        return HOSTNAME_LIBRARY
    paths = default_paths("hostname.so", posix.geteuid())
    return next((path for path in paths if _usable(path)), "")


def _usable(path: str) -> bool:
    from initd.linux.unix_socket import is_own

    directory = path.rpartition("/")[0]
    try:
        if not is_own(directory):
            return False
    except OSError:
        pass  # there is none yet
    while directory and not posix.access(directory, posix.F_OK):  # it is made when it is needed
        directory = directory.rpartition("/")[0]
    directory = directory or "/"
    try:
        allowed = not posix.statvfs(directory).f_flag & posix.ST_NOEXEC
    except OSError:
        return False
    return allowed and posix.access(directory, posix.W_OK)


def provide_library(path: str) -> None:
    """Writes the library, unless it is there already. Raises OSError."""
    if not path:
        raise OSError("no directory of initd's is writable and allows execution")
    from initd_hostname_library import LIBRARY

    from initd import files
    from initd.atomic_replace import replace
    from initd.linux.unix_socket import own_directory

    try:
        if files.read(path) == LIBRARY:
            return
    except FileNotFoundError:
        pass
    if path == HOSTNAME_LIBRARY:
        _make_directories(path)
    else:
        own_directory(path)
    replace(path, LIBRARY, _MODE)


def _make_directories(path: str) -> None:
    parts = path.split("/")
    for count in range(2, len(parts)):
        directory = "/".join(parts[:count])
        try:
            posix.mkdir(directory, 0o755)
            posix.chmod(directory, 0o755)  # whatever the umask is
        except FileExistsError:
            pass


def launcher() -> str:
    """The path of this file."""
    return sys.executable


def sleeper() -> str:
    """This file, even where it has been deleted."""
    return SHIM


def sleeper_understands(orders_format: bytes) -> bool:
    """It is what runs already."""
    return True
