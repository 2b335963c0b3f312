"""/run/initd/hostname: the app's host name, for programs without the app's environment.

preload/hostname.c reads it where INITD_HOSTNAME is not set.

Where /run is shared, it is of the container whose init has the directory. Every other one's init
writes a file that only processes of its own pid namespace read: /run/initd/hostnames/4026532345.
An empty one says that the kernel's name is right.
"""

from __future__ import annotations

import posix

from initd import files
from initd.linux.unix_socket import is_own, own_directory
from initd.paths import HOSTNAME_FILE, HOSTNAMES

_MODE = 0o644  # everybody's programs read it, whatever init's umask
_AT_MOST = 4096


def write(name: str) -> None:
    """Raises OSError."""
    from initd.atomic_replace import replace  # here: few containers have a name to write

    own_directory(HOSTNAME_FILE)
    replace(HOSTNAME_FILE, f"{name}\n".encode(), _MODE)


def write_own(name: str) -> None:
    """The file for this pid namespace alone. Raises OSError."""
    from initd.atomic_replace import replace

    path = _own()
    own_directory(HOSTNAME_FILE)
    own_directory(path)
    replace(path, f"{name}\n".encode() if name else b"", _MODE)


def remove() -> None:
    """Removes the file that an earlier start left behind, from a directory that is init's own: in
    a /run of the app's, it may be a link by now. Raises OSError."""
    _remove(HOSTNAME_FILE)


def remove_own() -> None:
    """The same for this pid namespace's: numbers of namespaces come again."""
    try:
        path = _own()
    except OSError:
        return  # without /proc there is none
    _remove(path)


def forget_own() -> None:
    """The same at init's end, where nobody can be told of an error."""
    try:
        remove_own()
    except OSError:
        pass


def _remove(path: str) -> None:
    try:
        if is_own(path.rpartition("/")[0]):
            posix.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        pass


def _own() -> str:
    """Raises OSError where /proc is not there."""
    number = posix.readlink("/proc/self/ns/pid")[len("pid:[") : -1]
    return f"{HOSTNAMES}/{number}"


def read() -> str:
    """The name that programs of this container read there; empty where there is none."""
    try:
        path = _own() if files.exists(_own()) else HOSTNAME_FILE
    except OSError:
        path = HOSTNAME_FILE
    return files.text_of(path, _AT_MOST).partition("\n")[0]
