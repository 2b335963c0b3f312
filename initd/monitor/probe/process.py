"""process: the app is alive, not a zombie, and within its bounds."""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil

from initd.core.health.check import Bound, Check, ProbeResult
from initd.monitor.probe import Context


class ProcessProbe:
    """Looks at the app's own process, not at what it has forked."""

    def __init__(self, check: Check, context: Context) -> None:
        self.bounds = check.bounds

    async def ask(self, app: int) -> ProbeResult:
        """All bounds that are exceeded, or that the app is alive."""
        try:
            process = psutil.Process(app)
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return ProbeResult(False, f"pid {app} is a zombie: it has ended")
            return self._measure(process)
        except psutil.NoSuchProcess:
            return ProbeResult(False, f"no process with pid {app}")

    def _measure(self, process: psutil.Process) -> ProbeResult:
        """A value that can't be read is mentioned, and is not a failure of the app."""
        exceeded: list[str] = []
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
                exceeded.append(_excess(bound, value))
        if exceeded:
            return ProbeResult(False, ", ".join(exceeded + unread))
        # Without figures: the line is to change only when there is news.
        return ProbeResult(True, ", ".join(["alive", *unread]))


def _excess(bound: Bound, value: int) -> str:
    limit = f"at least {bound.low}" if value < bound.low else f"at most {bound.high}"
    unit = " bytes" if bound.what == "rss" else ""
    return f"{bound.what}: {value}{unit} (allowed: {limit})"


def descriptors(pid: int) -> int:
    """How many the process has open. Raises OSError.

    Since Linux 6.2 the size of /proc/PID/fd is their number (proc(5)), for everybody to
    see; listing them takes the right to trace the process, which a monitor without
    capabilities lacks if the app has another user."""
    path = f"/proc/{pid}/fd"
    return os.stat(path).st_size or len(os.listdir(path))


_MEASURES: dict[str, Callable[[psutil.Process], int]] = {
    "rss": lambda process: process.memory_info().rss,
    "descriptors": lambda process: descriptors(process.pid),
    "threads": lambda process: process.num_threads(),
    "children": lambda process: len(process.children()),
}
