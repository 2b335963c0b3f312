"""Memory events of the container's cgroup."""

from __future__ import annotations

import posix

#: cgroup v2 in a cgroup namespace, then v1 as engines mount it. Both hold a line
#: "oom_kill N" (kernel documentation, cgroup-v2 memory.events, cgroup-v1 memory).
_PLACES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")


def oom_kills() -> int:
    """How many processes the kernel has killed in it because memory ran out; 0 if unknown."""
    for place in _PLACES:
        for line in read_text(place).splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdecimal():
                return int(count)
    return 0


def read_text(path: str, limit: int = 4096) -> str:
    """The beginning of a small file; empty if it cannot be read."""
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return posix.read(fd, limit).decode(errors="replace")
    except OSError:
        return ""
    finally:
        posix.close(fd)
