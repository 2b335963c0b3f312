"""What a process uses, from /proc/PID/stat: one read for all of it."""

from __future__ import annotations

import posix

from initd.core.value import Value
from initd.linux.process_tree import parents_of_all

_PAGE = posix.sysconf("SC_PAGE_SIZE")
_TICKS = posix.sysconf("SC_CLK_TCK")
#: Indexes of fields after the name, which may contain spaces and parentheses (proc(5)).
_STATE, _PARENT, _TIMES, _THREADS, _START, _VIRTUAL, _RESIDENT = 0, 1, 11, 17, 19, 20, 21


class Usage(Value, kw_only=True):
    """`started` is in clock ticks since boot: with the pid, it names the process for good. `own`
    and `waited`, of children that it has waited for, are (user, system) CPU seconds. `resident`
    and `virtual` are in bytes, and of a zombie 0."""

    pid: int
    parent: int
    name: str
    state: str
    started: int
    own: tuple[float, float]
    waited: tuple[float, float]
    resident: int
    virtual: int
    threads: int

    @property
    def is_dead(self) -> bool:
        """A zombie, or about to be gone."""
        return self.state in ("Z", "X", "x")


def usage_of(pid: int) -> Usage:
    """Raises FileNotFoundError or ProcessLookupError for a process that is gone, PermissionError
    where /proc shows only one's own."""
    fd = posix.open(f"/proc/{pid}/stat", posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        data = posix.read(fd, 4096)
    finally:
        posix.close(fd)
    before, _, after = data.rpartition(b")")
    fields = after.split()
    user, system, waited_user, waited_system = (
        int(ticks) / _TICKS for ticks in fields[_TIMES : _TIMES + 4]
    )
    return Usage(
        pid=pid,
        parent=int(fields[_PARENT]),
        name=before.partition(b"(")[2].decode(errors="replace"),
        state=fields[_STATE].decode(),
        started=int(fields[_START]),
        own=(user, system),
        waited=(waited_user, waited_system),
        resident=int(fields[_RESIDENT]) * _PAGE,
        virtual=int(fields[_VIRTUAL]),
        threads=int(fields[_THREADS]),
    )


def below(pid: int) -> list[int]:
    """The process and all its descendants, each after its parent. Whether they are still there is
    seen when they are read."""
    children: dict[int, list[int]] = {}
    for child, parent in parents_of_all().items():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:  # which grows meanwhile
        found += children.get(each, ())
    return found


def count_descriptors(pid: int) -> int:
    """How many the process has open. Raises OSError.

    Since Linux 6.2 the size of /proc/PID/fd is their number (proc(5)), for everybody to
    see; listing them takes the right to trace the process, which a monitor without
    capabilities lacks if the app has another user."""
    path = f"/proc/{pid}/fd"
    size = posix.stat(path).st_size
    # This process has descriptors: where that is not told, neither is another's number.
    return size if size or posix.stat("/proc/self/fd").st_size else len(posix.listdir(path))


def limits_of(pid: int) -> dict[str, int | None]:
    """The soft limits by their names in /proc/PID/limits, such as "Max open files"; None for
    "unlimited". Empty if it can't be read."""
    try:
        fd = posix.open(f"/proc/{pid}/limits", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return {}
    try:
        lines = posix.read(fd, 8192).decode().splitlines()
    except OSError:
        return {}
    finally:
        posix.close(fd)
    # Columns of a fixed width (fs/proc/base.c): a name of 26 characters, then the soft limit.
    soft = {line[:26].strip(): line[26:].split()[0] for line in lines[1:]}
    return {name: int(text) if text.isdecimal() else None for name, text in soft.items()}


def wall_clock_of(started: int, now: float, boot_clock: float) -> float:
    """Unix seconds for a start in clock ticks since boot, where `now` is the wall clock's and
    `boot_clock` CLOCK_BOOTTIME's."""
    return now - (boot_clock - started / _TICKS)
