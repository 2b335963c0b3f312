"""Memory events of the container's cgroup."""

from __future__ import annotations

from initd.files import text_of

#: cgroup v2 in a cgroup namespace, then v1 as engines mount it. Both hold a line
#: "oom_kill N" (kernel documentation, cgroup-v2 memory.events, cgroup-v1 memory).
_PLACES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
_AT_MOST = 4096
KILL = 9


def oom_kills() -> int:
    """How many processes the kernel has killed in it because memory ran out; 0 if unknown."""
    for place in _PLACES:
        for line in text_of(place, _AT_MOST).splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdecimal():
                return int(count)
    return 0


def oom_kills_of(status: int) -> int:
    """The same after a process has ended with that wait status: 0 if nothing has killed it."""
    return oom_kills() if status & 0x7F == KILL else 0
