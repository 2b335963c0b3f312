"""The monitor's whole life: from the fork to the moment that pid 1 lets go of it."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from typing import Any

from initd.core.health import Health
from initd.core.monitor_spec import (
    MonitorSpec,
    extend_message,
    main_pid_message,
    report_message,
)
from initd.core.notify import Notification, Notified
from initd.core.verdict import Report
from initd.monitor.channel import Channel
from initd.monitor.http.server import HttpServer
from initd.monitor.knowledge import Knowledge
from initd.monitor.log import open_log
from initd.monitor.metrics import Metrics
from initd.monitor.notify import NotifyListener
from initd.monitor.prober import Prober
from initd.monitor.statsd import StatsdReporter


def run(spec: MonitorSpec) -> None:
    """Until pid 1 closes the channel. Whatever goes wrong within ends this process: pid 1
    starts another one, which is better than one that limps."""
    gc.enable()
    asyncio.run(_live(spec))


async def _live(spec: MonitorSpec) -> None:
    monitor = Monitor(spec)
    await monitor.begin()
    await monitor.channel.closed.wait()
    await monitor.end()


class Monitor:
    """Invariant: `_reported` is what pid 1 knows of the checks."""

    def __init__(self, spec: MonitorSpec) -> None:
        settings = spec.settings
        self._spec = spec
        self._log, self._lines = open_log(
            settings.verbosity, settings.log_format == "console", spec.write
        )
        self._notified = Notified(settings.watchdog)
        self._health = Health(settings.checks, spec.report)
        self.channel = Channel(spec.channel, self._on_view)
        self._knowledge = Knowledge(settings, self._health, spec.view, self.channel.pull)
        self._reported = spec.report
        self._prober = Prober(
            self._health, settings.environ, self._notified, self._on_answer, self._report
        )
        self._http = HttpServer(self._knowledge, Metrics(self._knowledge).expose, self._log_at)
        self._statsd = (
            StatsdReporter(self._knowledge, settings.statsd)
            if settings.statsd is not None
            else None
        )
        self._listener = self._listen() if spec.notify >= 0 else None

    def _listen(self) -> NotifyListener:
        user = self._spec.settings.user
        return NotifyListener(
            self._spec.notify,
            self._notified,
            self._on_news,
            self._log,
            init_pid=os.getppid(),
            app_uid=user.uid if user is not None else os.geteuid(),
            catch_up=self.channel.catch_up,
        )

    async def begin(self) -> None:
        """First what pid 1 knows, then everybody else."""
        self._follow_app(None)
        self.channel.listen()
        if self._listener is not None:
            self._listener.start()
        await self._http.serve([socket.socket(fileno=fd) for fd in self._spec.listeners])
        if self._statsd is not None:
            self._statsd.start()

    async def end(self) -> None:
        """pid 1 waits a moment, and no longer."""
        if self._statsd is not None:
            await self._statsd.close()
        os._exit(0)

    # ---- what pid 1 says ------------------------------------------------------

    def _on_view(self, message: dict[str, Any]) -> None:
        before = self._knowledge.view["app"]["pid"]
        self._knowledge.view = message["view"]
        self._knowledge.events = message["events"]
        self._follow_app(before)
        if self._statsd is not None:
            self._statsd.changed()

    def _follow_app(self, before: int | None) -> None:
        view = self._knowledge.view
