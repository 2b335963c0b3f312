"""The processes below init, and who their parents are: from /proc."""

from __future__ import annotations

import posix

from initd.files import beginning_of, text_of
from initd.linux.signals import send_to_all, send_to_pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_KILL = 9
#: Indexes of fields after the name in /proc/PID/stat (proc(5)).
_STATE, _PARENT, _SESSION = 0, 1, 3


def own_children() -> list[int]:
    """The pids of this process's children, zombies included; [] if the kernel does not tell."""
    me = posix.getpid()
    try:
        fd = posix.open(f"/proc/{me}/task/{me}/children", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        return [pid for pid, parent in parents_of_all().items() if parent == me]
    try:
        data = _read(fd)
    finally:
        posix.close(fd)
    return [int(pid) for pid in data.split()]


def _read(fd: int) -> bytes:
    """All of it; where memory is short, the beginning."""
    try:
        return posix.read(fd, 65536)
    except MemoryError:
        data = posix.read(fd, 2048)
        return data[: data.rfind(b" ") + 1]  # the last number may have been cut


def other_processes(spared: int | None, more: Collection[int] = ()) -> list[int]:
    """All descendants of init, and if init is pid 1 all other processes of the namespace (those
    of a `docker exec` have no parent here); without `spared` and its descendants, and without
    those of `more` and theirs."""
    parents = parents_of_all()
    me = posix.getpid()
    roots = (spared, *more)
    return [
        pid
        for pid in parents
        if pid != me
        and not any(is_at_or_below(pid, root, parents) for root in roots)
        and (me == 1 or is_at_or_below(pid, me, parents))
    ]


def tells() -> bool:
    """Whether there is a way to all processes: /proc, or for pid 1 the kernel's own."""
    me = posix.getpid()
    return me == 1 or parent_of(me) is not None


def send_to_others(number: int, spared: int | None, shim: int | None) -> int:
    """To all other processes, as in `other_processes`, but the shim; 0 or errno. Where /proc does
    not tell who they are, to all that the kernel knows: nobody can be spared then."""
    me = posix.getpid()
    if me == 1 and (spared is None or parent_of(me) is None):
        return send_to_all(number)
    error = 0
    for pid in other_processes(spared):
        if pid != shim:
            error = send_to_pid(pid, number) or error
    return error


def at_and_below(pid: int) -> list[int]:
    """The process and all its descendants."""
    parents = parents_of_all()
    return [each for each in parents if is_at_or_below(each, pid, parents)]


def is_at_or_below(pid: int, ancestor: int | None, parents: Mapping[int, int]) -> bool:
    """Whether `pid` is `ancestor` or a descendant of it."""
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor


def ancestors_of(pid: int) -> tuple[int, ...]:
    """The parent, its parent and so on; () if the process is gone."""
    found: list[int] = []
    above = parent_of(pid)
    while above and above not in found:
        found.append(above)
        above = parent_of(above)
    return tuple(found)


def command_line(pid: int) -> tuple[str, ...]:
    """The process's words, or the one line that it has written in their place; () if it is gone,
    or a zombie. Only the beginning of a long one."""
    data = beginning_of(f"/proc/{pid}/cmdline", 4096).rstrip(b"\0")
    return tuple(word.decode(errors="replace") for word in data.split(b"\0")) if data else ()


def parent_of(pid: int) -> int | None:
    """The parent's pid; None if the process is gone."""
    return _stat_field(pid, _PARENT)


def name_and_state(pid: int) -> tuple[str, str] | None:
    """The program's name, of up to 15 bytes, and its state, as in /proc/PID/stat; None if the
    process is gone."""
    before, closed, after = text_of(f"/proc/{pid}/stat", 4096).rpartition(")")
    return (before.partition("(")[2], after.split()[0]) if closed else None


def owner_of(pid: int) -> int | None:
    """The process's effective uid, or root's if the process is not dumpable (proc(5)); None if
    it is gone."""
    try:
        return posix.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def kill_session(session: int) -> None:
    """SIGKILL to every process of a session whose leader has exited."""
    for pid in parents_of_all():
        if _stat_field(pid, _SESSION) == session:
            send_to_pid(pid, _KILL)


def parents_of_all() -> dict[int, int]:
    """Each process's parent."""
    parents: dict[int, int] = {}
    try:
        names = posix.listdir("/proc")
    except OSError:
        return parents
    for name in names:
        if name.isdecimal():
            parent = parent_of(int(name))
            if parent is not None:
                parents[int(name)] = parent
    return parents


def is_alive(pid: int) -> bool:
    """Whether the process is there, and no zombie."""
    return _stat(pid, _STATE) not in (None, b"Z", b"X")


def _stat_field(pid: int, field: int) -> int | None:
    """A number from /proc/PID/stat; None if the process is gone."""
    found = _stat(pid, field)
    return int(found) if found is not None else None


def _stat(pid: int, field: int) -> bytes | None:
    """A field of /proc/PID/stat; None if the process is gone."""
    fields = stat_fields(pid)
    return fields[field] if fields is not None else None


def stat_fields(pid: int) -> list[bytes] | None:
    """The fields of /proc/PID/stat after the name; None if the process is gone."""
    data = beginning_of(f"/proc/{pid}/stat", 4096)
    # "pid (name) state ppid": the name may contain spaces and parentheses.
    return data.rpartition(b")")[2].split() if data else None
