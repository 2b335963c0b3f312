"""notify: what the app has said of itself by sd_notify(3)."""

from __future__ import annotations

import asyncio

from initd.core.health.check import Check, ProbeResult
from initd.core.health.notify import Notified
from initd.core.health.roles import LIVENESS


class NotifyProbe:
    """READY=1, and WATCHDOG=1 in time. A watchdog of liveness alone does not ask for
    READY=1: the time until then is for a startup check to bound."""

    def __init__(self, check: Check, notified: Notified) -> None:
        self.watchdog = bool(check.watchdog)
        self.needs_ready = not self.watchdog or check.roles != (LIVENESS,)
        self.notified = notified

    async def ask(self, app: int) -> ProbeResult:
        """The watchdog's time is the app's own where it has set one."""
        said = self.notified
        if said.watchdog_failed:
            return ProbeResult(False, "the app has sent WATCHDOG=trigger")
        if self.needs_ready and not said.ready:
            return ProbeResult(False, "no READY=1 yet")
        if not self.watchdog:
            return ProbeResult(True, "READY=1")
        if said.watchdog_overdue(asyncio.get_running_loop().time()):
            return ProbeResult(False, f"no WATCHDOG=1 within {said.watchdog_seconds:g} s")
        return ProbeResult(True, "WATCHDOG=1 is not overdue")
