"""/run/initd/hostname: the app's host name, for programs without the app's environment.

preload/hostname.c reads it where INITD_HOSTNAME is not set.
"""

from __future__ import annotations

import posix

from initd.linux.unix_socket import own_directory

HOSTNAME_FILE = "/run/initd/hostname"
_MODE = 0o644  # programs of every user read it, whatever init's umask is


def write(name: str) -> None:
    """By rename, so that readers never see half a name. Raises OSError."""
    own_directory(HOSTNAME_FILE)
    new = f"{HOSTNAME_FILE}.new"
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_NOFOLLOW | posix.O_CLOEXEC
    fd = posix.open(new, flags, _MODE)
    try:
        posix.fchmod(fd, _MODE)
        posix.write(fd, f"{name}\n".encode())
    finally:
        posix.close(fd)
    posix.rename(new, HOSTNAME_FILE)


def remove() -> None:
    """Removes the file that an earlier start left behind. Raises OSError."""
    try:
        posix.unlink(HOSTNAME_FILE)
    except (FileNotFoundError, NotADirectoryError):
        pass


def read() -> str:
    """The name; empty where there is none."""
    from initd.linux.cgroup import read_text

    return read_text(HOSTNAME_FILE).partition("\n")[0]
