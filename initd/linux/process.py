"""Processes: spawn, signal, reap, and who is left."""

from __future__ import annotations

import posix
import sys

from initd.linux._kernel import ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Why there are no more changed children: see `corpses`.
MANY, ALIVE, NONE = "many", "alive", "none"
_CHANGES = posix.WNOHANG | posix.WUNTRACED | posix.WCONTINUED
#: Bits of the capability masks (linux/capability.h).
CAP_KILL = 1 << 5
_MAY_CHOOSE_PIDS = 1 << 21 | 1 << 40  # CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE

_KILL = 9
#: Of the fields behind the name in /proc/PID/stat (proc(5)).
_PARENT, _SESSION = 1, 3


def inherited_descriptors() -> tuple[int, ...]:
    """Those beyond 0, 1 and 2 that came from whoever executed this program: Python opens
    its own so that exec closes them."""
    try:
        open_now = [int(name) for name in posix.listdir("/proc/self/fd")]
    except OSError:
        return ()
    return tuple(sorted(fd for fd in open_now if fd > 2 and _is_inheritable(fd)))


def _is_inheritable(fd: int) -> bool:
    try:
        return posix.get_inheritable(fd)
    except OSError:
        return False  # the one that listed them


def effective_capabilities() -> int:
    """The mask of capabilities that this process has; 0 where the kernel won't say."""
    mask = ffi.new("uint64_t *")
    return int(mask[0]) if lib.initd_effective_capabilities(mask) == 0 else 0


def may_choose_pids() -> bool:
    """Whether clone3 with set_tid is worth a try."""
    return bool(effective_capabilities() & _MAY_CHOOSE_PIDS)


def leave_directory() -> str | None:
    """Goes to /; returns where this was, None where that has no name any more, or / may not
    be entered: then this stays where it is."""
    try:
        was = posix.getcwd()
        posix.chdir("/")
    except OSError:
        return None
    return was


def spawn(
    path: str,
    argv: Sequence[str],
    environ: Mapping[bytes, bytes],
    report: int,
    number: int,
    pid: int = 0,
) -> int:
    """Starts the program with `report` as its descriptor `number`; returns its pid.

    Asks for `pid` where that is not 0 and takes what comes where it can't be had.
    Raises OSError. posix_spawn copies nothing of the interpreter (vfork). The shim
    inherits that everything is blocked: a Ctrl-Z before its exec would stop it, and
    with it init, which sleeps in vfork until then. It sets the app's mask itself.
    """
    if pid:
        spawned = _spawn_with_pid(path, argv, environ, report, number, pid)
        if spawned > 0:
            return spawned
    return posix.posix_spawn(
        path,
        list(argv),
        environ,
        file_actions=[(posix.POSIX_SPAWN_DUP2, report, number)],
    )


def _spawn_with_pid(
    path: str,
    argv: Sequence[str],
    environ: Mapping[bytes, bytes],
    report: int,
    number: int,
    pid: int,
) -> int:
    encoding = sys.getfilesystemencoding()  # what decoded the words, so the same bytes again
    words = [ffi.new("char[]", word.encode(encoding, "surrogateescape")) for word in argv]
    values = [ffi.new("char[]", name + b"=" + value) for name, value in environ.items()]
    return lib.initd_spawn_with_pid(
        pid,
        path.encode(),
        ffi.new("char *[]", [*words, ffi.NULL]),
        ffi.new("char *[]", [*values, ffi.NULL]),
        report,
        number,
    )


def open_pidfd(pid: int) -> int:
    """A descriptor for the process, which never becomes another's; -errno on failure.

    Safe for a pid that init itself has yet to reap: it can't have been reused.
    """
    return lib.initd_pidfd_open(pid)


def send_to_pidfd(pidfd: int, number: int) -> int:
    """0 or errno."""
    return -lib.initd_pidfd_send_signal(pidfd, number)


def send_to_pid(pid: int, number: int) -> int:
    """0 or errno. A group is written as its negative. Never 0, -1 or 1: those are
    init's own group, everybody, and init."""
    if pid in (0, 1, -1):
        raise ValueError(f"no signal is ever sent to {pid} this way")
    return _kill(pid, number)


def send_to_all(number: int) -> int:
    """All but init itself. As pid 1 only, where `all` ends at the namespace."""
    if posix.getpid() != 1:
        raise ValueError("kill(-1) outside of pid 1 would reach the whole host")
    return _kill(-1, number)


def _kill(pid: int, number: int) -> int:
    try:
        posix.kill(pid, number)
    except OSError as error:
        return error.errno or 0
    return 0


def corpses(most: int) -> tuple[list[tuple[int, int]], str]:
    """(pid, wait status) of children that have changed, and why there are no more of them:
    MANY when so many were taken, ALIVE when the others have not changed, and NONE when there are
    no children (ECHILD). Stops and continues count as changes."""
    found: list[tuple[int, int]] = []
    waitpid = posix.waitpid
    try:
        while len(found) < most:
            change = waitpid(-1, _CHANGES)
            if change[0] == 0:
                return found, ALIVE
            found.append(change)
    except ChildProcessError:
        return found, NONE
    return found, MANY


def wait_for_end(pidfd: int, milliseconds: int) -> None:
    """Until the process has ended, or so long."""
    from select import POLLIN, poll

    watch = poll()
    if pidfd >= 0:
        watch.register(pidfd, POLLIN)
        watch.poll(milliseconds)


def reap(pid: int) -> None:
    """This child's corpse, which is there or about to be."""
    try:
        posix.waitpid(pid, 0)
    except ChildProcessError:
        pass


def children() -> list[int]:
    """The pids of this process's children, corpses included; [] where the kernel won't say."""
    me = posix.getpid()
    try:
        fd = posix.open(f"/proc/{me}/task/{me}/children", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:  # CONFIG_PROC_CHILDREN is missing
        return [pid for pid, parent in _parents().items() if parent == me]
    try:
        data = posix.read(fd, 65536)
    finally:
        posix.close(fd)
    return [int(pid) for pid in data.split()]


def everyone_but(spared: int | None) -> list[int]:
    """Every process below init, and as pid 1 every other in the namespace (a `docker
    exec` has no parent here), except for `spared` and what is below that."""
    parents = _parents()
    me = posix.getpid()
    return [
        pid
        for pid in parents
        if pid != me
        and not _is_below(pid, spared, parents)
        and (me == 1 or _is_below(pid, me, parents))
    ]


def _is_below(pid: int, ancestor: int | None, parents: Mapping[int, int]) -> bool:
    """Whether `pid` is `ancestor` or descends from it."""
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor


def set_process_name(name: str) -> None:
    """The name that ps and top show, and that pkill looks for; at most 15 characters."""
    try:
        fd = posix.open("/proc/self/comm", posix.O_WRONLY | posix.O_CLOEXEC)
    except OSError:
        return  # no /proc, or a read-only one
    try:
        posix.write(fd, name.encode())
    except OSError:
        pass
    finally:
        posix.close(fd)


def become_subreaper() -> None:
    """Orphans among the descendants come to this process instead of pid 1."""
    lib.initd_become_subreaper()


def set_parent_death_signal(number: int) -> None:
    """What the kernel sends this process when its parent dies."""
    lib.initd_set_parent_death_signal(number)


def _parents() -> dict[int, int]:
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


def parent_of(pid: int) -> int | None:
    """The parent's pid; None when the process is gone."""
    return _stat_field(pid, _PARENT)


def _stat_field(pid: int, field: int) -> int | None:
    """A number of /proc/PID/stat; None when the process is gone."""
    try:
        fd = posix.open(f"/proc/{pid}/stat", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return None
    try:
        data = posix.read(fd, 4096)
    except OSError:
        return None
    finally:
        posix.close(fd)
    # "pid (name) state ppid": the name may hold spaces and parentheses.
    return int(data.rpartition(b")")[2].split()[field])


def descends(pid: int, ancestor: int) -> bool:
    """Whether the process is below `ancestor`, by /proc; False when it is gone."""
    while pid > 1:
        parent = parent_of(pid)
        if parent == ancestor:
            return True
        pid = parent or 0
    return False


def kill_session(session: int) -> None:
    """SIGKILL to every process of a session whose leader has ended."""
    for pid in _parents():
        if _stat_field(pid, _SESSION) == session:
            send_to_pid(pid, _KILL)


def owner_of(pid: int) -> int | None:
    """The process's effective uid, root where it keeps to itself (proc(5)); None if gone."""
    try:
        return posix.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def give_back_memory() -> None:
    """What malloc has free at the end of its heap goes back to the kernel."""
    lib.initd_trim()
