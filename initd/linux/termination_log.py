"""The file in which a container may say why it ended: /dev/termination-log with Kubernetes.

The kubelet makes the file, empty, and mounts it into every container. What is written to it
becomes the message of the container that has terminated, of at most 4,096 bytes.
"""

from __future__ import annotations

import posix

#: The kubelet keeps 12 KiB for all containers of a pod together.
LONGEST = 1024
_TYPE, _REGULAR = 0o170000, 0o100000  # inode(7)


def write(path: str, text: str) -> str:
    """Writes to the file if it is there and empty: what the app itself has left there is not
    touched. It never waits, and follows no symbolic link. Returns "", or why it could not."""
    flags = posix.O_WRONLY | posix.O_NONBLOCK | posix.O_NOFOLLOW | posix.O_NOCTTY | posix.O_CLOEXEC
    data = text.encode(errors="replace")[:LONGEST].decode(errors="ignore").encode()
    try:
        fd = posix.open(path, flags)
    except OSError as error:
        return error.strerror or str(error)
    try:
        found = posix.fstat(fd)
        if found.st_mode & _TYPE != _REGULAR:
            return "not a regular file"
        if found.st_size == 0:
            posix.write(fd, data)
    except OSError as error:
        return error.strerror or str(error)
    finally:
        posix.close(fd)
    return ""
