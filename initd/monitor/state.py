"""What the monitor knows: the last view that pid 1 sent, and what the checks found.

HTTP, metrics and StatsD read this and nothing else. pid 1 pushes its view whenever the
app's state changes; counters (signals, orphans) are pulled with `refresh`.
"""

from __future__ import annotations

from time import monotonic

from initd.core.health.verdict import AppStatus, judge, judge_check
from initd.monitor.history import History

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from initd.core.health.check import Check, ProbeResult
    from initd.core.health.schedule import Health
    from initd.core.health.verdict import Report, Verdict
    from initd.core.settings import Settings


class MonitorState:
    """`view` has the keys of `initd status --json` (docs/reference.md)."""

    def __init__(
        self,
        settings: Settings,
        health: Health,
        view: dict[str, Any],
        pull: Callable[[], Awaitable[None]],
    ) -> None:
        self.settings = settings
        self.health = health
        self.view = view
        #: The last log events of pid 1 and the monitor, oldest first; see docs/events.md.
        self.events: list[dict[str, Any]] = []
        self.history = History()
        #: Called with every result of a probe, for metrics.
        self.on_result: list[Callable[[Check, ProbeResult], None]] = [self.history.count]
        #: Called when somebody asks for a verdict.
        self.on_asked: list[Callable[[], None]] = []
        self._pull = pull

    @property
    def report(self) -> Report:
        """What the checks say now."""
        return self.health.report()

    def app_status(self) -> AppStatus:
        """What became of the app, by the last view of pid 1."""
        app = self.view["app"]
        since = app["since"]
        return AppStatus(
            state=self.view["state"],
            app=app["pid"],
            stopped_by=app["stopped_by_number"],
            up=monotonic() - since if since is not None else 0.0,
            end_signal=app["end_signal_number"],
            maintenance=self.view["maintenance"],
            start_due=app["start_due"],
        )

    def judge(self, question: str) -> Verdict:
        """The answer to one of verdict.QUESTIONS."""
        for hear in self.on_asked:
            hear()
        return judge(question, self.app_status(), self.report)

    def judge_check(self, name: str, question: str) -> Verdict | None:
        """The answer about one check alone; None where the question has no such check."""
        for hear in self.on_asked:
            hear()
        checks = self.settings.checks
        return judge_check(name, question, self.app_status(), self.report, checks)

    async def refresh(self) -> None:
        """Pulls a fresh view, with counters and events; keeps the old one if pid 1 does
        not answer within a second."""
        await self._pull()
