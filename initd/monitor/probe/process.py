"""process: the app is alive, not a zombie, and within its bounds."""

from __future__ import annotations

import posix

from initd.core.health.check import ProbeResult
from initd.linux.process_tree import parents_of_all
from initd.monitor.process_usage import Usage, count_descriptors, usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.health.check import Bound, Check
    from initd.monitor.probe import Context


class ProcessProbe:
    """Looks at the app's own process, not at what it has forked."""

    def __init__(self, check: Check, context: Context) -> None:
        self.bounds = check.bounds

    async def ask(self, app: int) -> ProbeResult:
        """All bounds that are exceeded, or that the app is alive."""
        try:
            process = usage_of(app)
            if process.is_dead:
                return ProbeResult(False, f"pid {app} is a zombie: it has ended")
            return self._measure(process)
        except (FileNotFoundError, ProcessLookupError):
            if _exists(app):
                return ProbeResult(True, "alive, as far as can be seen: /proc does not show it")
            return ProbeResult(False, f"no process with pid {app}")

    def _measure(self, process: Usage) -> ProbeResult:
        """A value that can't be read is mentioned, and is not a failure of the app."""
        exceeded: list[str] = []
        unread: list[str] = []
        for bound in self.bounds:
            try:
                value = _MEASURES[bound.what](process)
            except PermissionError:
                unread.append(f"{bound.what} can't be read")
                continue
            if not bound.low <= value <= bound.high:
                exceeded.append(_excess(bound, value))
        if exceeded:
            return ProbeResult(False, ", ".join(exceeded + unread))
        # Without figures: the line is to change only when there is news.
        return ProbeResult(True, ", ".join(["alive", *unread]))


def _exists(pid: int) -> bool:
    """Without /proc, which may not be mounted, or hides the processes of other users."""
    try:
        posix.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _excess(bound: Bound, value: int) -> str:
    limit = f"at least {bound.low}" if value < bound.low else f"at most {bound.high}"
    unit = " bytes" if bound.what == "rss" else ""
    return f"{bound.what}: {value}{unit} (allowed: {limit})"


def _children(pid: int) -> int:
    return sum(parent == pid for parent in parents_of_all().values())


_MEASURES: dict[str, Callable[[Usage], int]] = {
    "rss": lambda process: process.resident,
    "descriptors": lambda process: count_descriptors(process.pid),
    "threads": lambda process: process.threads,
    "children": lambda process: _children(process.pid),
}
