"""What the app's processes use, and CPU time that never decreases.

The kernel adds the CPU time of a process that ended to its parent's, once the parent has
waited for it (`cutime` and `cstime` in proc(5)). So the sum over a tree of own time and
time of children waited for does not change when a worker ends. It falls if the worker's
time is lost to the tree: its parent died first and init reaped it, or its parent ignores
SIGCHLD (wait(2)). A counter that falls looks like a restart to Prometheus, which would
count all of it once more; so CpuMeter adds up growth.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

USER, SYSTEM = 0, 1


class ProcessUsage(Value):
    """One process. `identity` is never reused, unlike a pid. `own` and `waited` are (user,
    system) CPU seconds; `descriptors` is None if they can't be counted."""

    identity: Hashable
    own: tuple[float, float]
    waited: tuple[float, float]
    resident: int
    threads: int
    descriptors: int | None


class MainUsage(Value, kw_only=True):
    """The app's main process alone. CPU time in seconds, memory in bytes, `started_at` in unix
    seconds. What can't be read is None, and so is a bound that is not set."""

    user: float
    system: float
    resident: int
    virtual: int
    virtual_at_most: int | None
    descriptors: int | None
    descriptors_at_most: int | None
    threads: int
    started_at: float


class TreeUsage(Value):
    """The app's process and all below it; `refused` is how many could not be read at all."""

    processes: tuple[ProcessUsage, ...]
    refused: int = 0

    @property
    def unreadable(self) -> int:
        """How many processes lack a figure."""
        return self.refused + sum(each.descriptors is None for each in self.processes)

    @property
    def descriptors(self) -> int | None:
        """The sum of those that could be counted; None if none could."""
        counted = [each.descriptors for each in self.processes if each.descriptors is not None]
        return sum(counted) if counted else None


class CpuMeter:
    """CPU seconds of a tree that changes: never decreases, never counts anything twice."""

    def __init__(self) -> None:
        self.user = 0.0
        self.system = 0.0
        self._before: dict[Hashable, ProcessUsage] = {}

    def add(self, processes: Iterable[ProcessUsage]) -> None:
        """Takes in a new reading of the tree."""
        now = {each.identity: each for each in processes}
        self.user += _growth(self._before, now, USER)
        self.system += _growth(self._before, now, SYSTEM)
        self._before = now


def _growth(
    before: Mapping[Hashable, ProcessUsage], now: Mapping[Hashable, ProcessUsage], mode: int
) -> float:
    """The growth of the sum; if more was lost than used, what the living ones used."""
    whole = _sum(now, mode) - _sum(before, mode)
    alone = 0.0
    for identity, process in now.items():
        earlier = before.get(identity)
        if earlier is None:
            alone += process.own[mode] + process.waited[mode]
        else:
            alone += process.own[mode] - earlier.own[mode]
    return max(whole, alone, 0.0)


def _sum(processes: Mapping[Hashable, ProcessUsage], mode: int) -> float:
    return sum(each.own[mode] + each.waited[mode] for each in processes.values())
