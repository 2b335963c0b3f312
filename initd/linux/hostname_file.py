"""/run/initd/hostname: the app's host name, for programs without the app's environment.

preload/hostname.c reads it where INITD_HOSTNAME is not set.
"""

from __future__ import annotations

import posix

from initd import files
from initd.linux.unix_socket import is_own, own_directory
from initd.paths import HOSTNAME_FILE

_MODE = 0o644  # everybody's programs read it, whatever init's umask
_AT_MOST = 4096


def write(name: str) -> None:
    """Raises OSError."""
    from initd.atomic_replace import replace  # here: few containers have a name to write

    own_directory(HOSTNAME_FILE)
    replace(HOSTNAME_FILE, f"{name}\n".encode(), _MODE)


def remove() -> None:
    """Removes the file that an earlier start left behind, from a directory that is init's own: in
    a /run of the app's, it may be a link by now. Raises OSError."""
    try:
        if is_own(HOSTNAME_FILE.rpartition("/")[0]):
            posix.unlink(HOSTNAME_FILE)
    except (FileNotFoundError, NotADirectoryError):
        pass


def read() -> str:
    """The name; empty where there is none."""
    return files.text_of(HOSTNAME_FILE, _AT_MOST).partition("\n")[0]
