"""The memory of the container's cgroup: its events, its use and its limit."""

from __future__ import annotations

from initd.files import text_of

#: cgroup v2 in a cgroup namespace, then v1 as engines mount it. Both hold a line
#: "oom_kill N" (kernel documentation, cgroup-v2 memory.events, cgroup-v1 memory).
_PLACES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
_V1 = "/sys/fs/cgroup/memory/memory"
_MEMORY = (
    ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max"),
    (f"{_V1}.usage_in_bytes", f"{_V1}.limit_in_bytes"),
)
#: v1 says "unlimited" by a number that no machine has.
_UNLIMITED = 1 << 60
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


def memory() -> tuple[int, int] | None:
    """Bytes that the container uses, and its limit: v2, then v1. None without a limit, or
    nothing to be read."""
    for use, limit in _MEMORY:
        numbers = [text_of(place, _AT_MOST).strip() for place in (use, limit)]
        if all(map(str.isdecimal, numbers)) and int(numbers[1]) < _UNLIMITED:
            return int(numbers[0]), int(numbers[1])
    return None
