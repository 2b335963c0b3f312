"""What the monitor would know of a container, made up: for tests of those who only read it."""

from __future__ import annotations

import os
import time
from typing import Any, cast

from initd.core.health.check import Check, ProbeResult
from initd.core.health.schedule import Health
from initd.core.health.verdict import CheckState, Report
from initd.core.settings import Settings
from initd.monitor.state import MonitorState

CHECK = Check("db", "tcp", ("readiness",), "127.0.0.1:5432")


class _Settings:
    """What HTTP asks of them."""

    hides_commands = False
    redact: tuple[str, ...] = ()


class _Health:
    """Says what it is told to say."""

    def __init__(self, report: Report) -> None:
        self.said = report

    def report(self) -> Report:
        return self.said


class StandIn(MonitorState):
    """This process is the app. `pulled` counts how often pid 1 was asked."""

    def __init__(self, **view: Any) -> None:
        self.pulled = 0
        me = os.getpid()
        report = Report(me, (CheckState(CHECK.name, "readiness", True, "connected"),))
        settings, health = cast(Settings, _Settings()), cast(Health, _Health(report))
        super().__init__(settings, health, {**view_of(me), **view}, self._count)

    async def _count(self) -> None:
        self.pulled += 1

    def answer(self, ok: bool = True, seconds: float = 0.004, check: Check = CHECK) -> None:
        """A probe has found something."""
        for tell in self.on_result:
            tell(check, ProbeResult(ok, "", seconds))

    def checks(self, *names: str) -> None:
        """So many checks there are, and all pass."""
        states = tuple(CheckState(name, "readiness", True, "connected") for name in names)
        cast(_Health, self.health).said = Report(os.getpid(), states)

    def change(self, **view: Any) -> None:
        """pid 1 has sent a new view."""
        self.view = {**self.view, **view}


def view_of(pid: int) -> dict[str, Any]:
    """What pid 1 would say of an app that runs as this process."""
    return {
        "state": "running",
        "app": {
            "pid": pid,
            "ppid": 2,
            "command": ["unicorn", "-p", "80"],
            "since": time.monotonic() - 5,
            "uptime_seconds": 5.0,
            "stopped_by": None,
            "stopped_by_number": None,
            "end_signal_number": None,
            "start_due": False,
        },
        "held": 0,
        "maintenance": False,
        "registered": None,
        "restarts": 2,
        "restart_reason": None,
        "last_exit": None,
        "orphans_reaped": 4,
        "signals": {"received": {"HUP": 3}, "delivered": {"HUP": 3}, "undelivered": 0},
        "stop": {"count": 0, "last_seconds": None},
        "monitor": {"pid": 4, "restarts": 0},
        "hostname": "web-1.example.org",
        "role": "web",
        "revision": "5b76c39",
        "profile": "unicorn",
    }
