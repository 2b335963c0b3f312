"""process: the app is alive, not a zombie, and within its bounds."""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil

from initd.core.health.check import Bound, Check, ProbeResult


class ProcessProbe:
    """Looks at the app's own process, not at what it has forked."""

    def __init__(self, check: Check) -> None:
        self.bounds = check.bounds

    async def ask(self, app: int) -> ProbeResult:
        """All bounds that are broken, or that the app is alive."""
        try:
            process = psutil.Process(app)
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return ProbeResult(False, f"pid {app} is a zombie: it has ended")
            return self._measure(process)
        except psutil.NoSuchProcess:
            return ProbeResult(False, f"there is no process with pid {app}")

    def _measure(self, process: psutil.Process) -> ProbeResult:
        """What can't be read is said, and is no failure: the app is not worse for it."""
        broken: list[str] = []
        unread: list[str] = []
        for bound in self.bounds:
            try:
                value = _MEASURES[bound.what](process)
            except (psutil.AccessDenied, PermissionError):
                unread.append(f"{bound.what} can't be read")
                continue
            except FileNotFoundError:
                raise psutil.NoSuchProcess(process.pid) from None
            if not bound.low <= value <= bound.high:
                broken.append(_complaint(bound, value))
        if broken:
            return ProbeResult(False, ", ".join(broken + unread))
        # No figures here: the line changes only when there is news.
        return ProbeResult(True, ", ".join(["alive", *unread]))


def _complaint(bound: Bound, value: int) -> str:
    limit = f"at least {bound.low}" if value < bound.low else f"at most {bound.high}"
    unit = " bytes" if bound.what == "rss" else ""
    return f"{bound.what}: {value}{unit}, and {limit} allowed"


def descriptors(pid: int) -> int:
    """How many the process has open. Raises OSError.

    Since Linux 6.2 the size of /proc/PID/fd is their number (proc(5)), for everybody to
    see; to list them takes the rights to trace the process, which a monitor without
    capabilities lacks where the app is another user's."""
    path = f"/proc/{pid}/fd"
    return os.stat(path).st_size or len(os.listdir(path))


_MEASURES: dict[str, Callable[[psutil.Process], int]] = {
    "rss": lambda process: process.memory_info().rss,
    "descriptors": lambda process: descriptors(process.pid),
    "threads": lambda process: process.num_threads(),
    "children": lambda process: len(process.children()),
}
