"""/run/initd/hostname: the name, for programs that have lost their environment.

preload/hostname.c reads it where INITD_HOSTNAME is not set.
"""

from __future__ import annotations

import posix

from initd.linux.unix_socket import own_directory

NAME_FILE = "/run/initd/hostname"
_MODE = 0o644  # everybody's programs read it, whatever init's umask


def write(name: str) -> None:
    """By rename: whoever reads sees a whole name. Raises OSError."""
    own_directory(NAME_FILE)
    new = f"{NAME_FILE}.new"
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_NOFOLLOW | posix.O_CLOEXEC
    fd = posix.open(new, flags, _MODE)
    try:
        posix.fchmod(fd, _MODE)
        posix.write(fd, f"{name}\n".encode())
    finally:
        posix.close(fd)
    posix.rename(new, NAME_FILE)


def remove() -> None:
    """One that an earlier start left behind. Raises OSError."""
    try:
        posix.unlink(NAME_FILE)
    except (FileNotFoundError, NotADirectoryError):
        pass


def read() -> str:
    """The name; empty where there is none."""
    from initd.linux.cgroup import read_text

    return read_text(NAME_FILE).partition("\n")[0]
