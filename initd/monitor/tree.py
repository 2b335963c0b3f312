"""What the app's process and all below it use, by psutil.

The monitor has the app's user and no capabilities. It may not list /proc/PID/fd of a
process that has changed its user, or of a root app; but since Linux 6.2 the size of that
directory is the number of descriptors, which stat(2) tells without the right to list.
"""

from __future__ import annotations

import os

import psutil

from initd.core.metrics.usage import ProcessUsage, TreeUsage

#: A worker that ends while the tree is read is missing from the sum, and is in its
#: parent's only at the next reading: read again, at most so often.
_READINGS = 3


def read_tree(pid: int) -> TreeUsage | None:
    """The tree with `pid` at its top; None if it does not exist."""
    tree: TreeUsage | None = None
    for _ in range(_READINGS):
        tree, whole = _read_once(pid)
        if whole:
            break
    return tree


def _read_once(pid: int) -> tuple[TreeUsage | None, bool]:
    """The tree, and whether all that was listed was still there to be read. Parents are
    read before their children, so that no time is counted in both."""
    try:
        root = psutil.Process(pid)
        listed = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None, True
    except psutil.AccessDenied:
        return TreeUsage((), refused=1), True
    found: list[ProcessUsage] = []
    refused = gone = 0
    for process in listed:
        try:
            found.append(_usage_of(process))
        except psutil.NoSuchProcess:
            gone += 1
        except psutil.AccessDenied:
            refused += 1
    return TreeUsage(tuple(found), refused) if found or refused else None, not gone


def _usage_of(process: psutil.Process) -> ProcessUsage:
    with process.oneshot():
        cpu = process.cpu_times()
        return ProcessUsage(
            identity=process,
            own=(cpu.user, cpu.system),
            waited=(cpu.children_user, cpu.children_system),
            resident=process.memory_info().rss,
            threads=process.num_threads(),
            descriptors=_descriptors_of(process),
        )


def _descriptors_of(process: psutil.Process) -> int | None:
    try:
        size = os.stat(f"/proc/{process.pid}/fd").st_size
    except FileNotFoundError as error:
        raise psutil.NoSuchProcess(process.pid) from error
    if size or _size_is_count():  # a zombie really has 0
        return size
    try:
        return process.num_fds()
    except psutil.AccessDenied:
        return None


def _size_is_count() -> bool:
    """Whether this kernel tells the count as a size (proc(5), Linux 6.2): this process has
    descriptors."""
    return os.stat("/proc/self/fd").st_size > 0
