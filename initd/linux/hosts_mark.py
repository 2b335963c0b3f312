"""Whether somebody has written to the hosts file. Its own module: pid 1 keeps little."""

from __future__ import annotations

import posix

_HOSTS_FILE = "/etc/hosts"


def hosts_mark() -> int:
    """A number that is another one when the file has been written to: its time in nanoseconds, and
    its size, as two writes may have the same time. 0 where it can't be told, and while the file is
    empty: then somebody is about to write it."""
    try:
        found = posix.stat(_HOSTS_FILE)
    except OSError:
        return 0
    return found.st_mtime_ns + found.st_size if found.st_size else 0
