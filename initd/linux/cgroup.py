"""Memory events of the container's cgroup."""

from __future__ import annotations

from initd.files import text_of

#: cgroup v2 in a cgroup namespace, then v1 as engines mount it. Both hold a line
#: "oom_kill N" (kernel documentation, cgroup-v2 memory.events, cgroup-v1 memory).
_PLACES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
_AT_MOST = 4096


def oom_kills() -> int:
    """How many processes the kernel has killed in it because memory ran out; 0 if unknown."""
    for place in _PLACES:
        for line in text_of(place, _AT_MOST).splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdecimal():
                return int(count)
    return 0
