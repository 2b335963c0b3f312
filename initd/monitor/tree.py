"""What the app's process and all below it use.

The monitor has the app's user and no capabilities. It may not list /proc/PID/fd of a
process that has changed its user, or of a root app; but since Linux 6.2 the size of that
directory is the number of descriptors, which stat(2) tells without the right to list.
"""

from __future__ import annotations

import time

from initd.core.metrics.usage import MainUsage, ProcessUsage, TreeUsage
from initd.monitor.process_usage import (
    below,
    count_descriptors,
    limits_of,
    usage_of,
    wall_clock_of,
)

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


class MainProcess:
    """Reads the app's main process. Its start is reckoned once: a process has one start, even if
    the wall clock is set meanwhile."""

    def __init__(self) -> None:
        self._start: tuple[tuple[int, int], float] | None = None

    def read(self, pid: int) -> MainUsage | None:
        """None if it is not there, or may not be read."""
        try:
            usage, descriptors = usage_of(pid), _descriptors_of(pid)
        except OSError:
            return None
        limits = limits_of(pid)
        user, system = usage.own
        return MainUsage(
            user=user,
            system=system,
            resident=usage.resident,
            virtual=usage.virtual,
            virtual_at_most=limits.get("Max address space"),
            descriptors=descriptors,
            descriptors_at_most=limits.get("Max open files"),
            threads=usage.threads,
            started_at=self._started_at((pid, usage.started)),
        )

    def _started_at(self, identity: tuple[int, int]) -> float:
        if self._start is None or self._start[0] != identity:
            boot_clock = time.clock_gettime(time.CLOCK_BOOTTIME)
            self._start = identity, wall_clock_of(identity[1], time.time(), boot_clock)
        return self._start[1]


def _read_once(pid: int) -> tuple[TreeUsage | None, bool]:
    """The tree, and whether all that was listed was still there to be read. Parents are
    read before their children, so that no time is counted in both."""
    found: list[ProcessUsage] = []
    refused = gone = 0
    for each in below(pid):
        try:
            found.append(_usage_of(each))
        except (FileNotFoundError, ProcessLookupError):
            gone += 1
        except PermissionError:
            refused += 1
    return TreeUsage(tuple(found), refused) if found or refused else None, not gone


def _usage_of(pid: int) -> ProcessUsage:
    usage = usage_of(pid)
    return ProcessUsage(
        identity=(pid, usage.started),
        own=usage.own,
        waited=usage.waited,
        resident=usage.resident,
        threads=usage.threads,
        descriptors=_descriptors_of(pid),
    )


def _descriptors_of(pid: int) -> int | None:
    try:
        return count_descriptors(pid)
    except PermissionError:
        return None
