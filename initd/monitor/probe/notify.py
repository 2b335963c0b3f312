"""notify: what the app has said of itself by sd_notify(3)."""

from __future__ import annotations

import asyncio

from initd.core.check import LIVENESS, Answer, Check
from initd.monitor.probe.subject import Notified, Subject


class NotifyProbe:
    """READY=1, and WATCHDOG=1 in time. A watchdog of liveness alone does not ask for
    READY=1: there are programs that send one without the other."""

    def __init__(self, check: Check, notified: Notified) -> None:
        self.watchdog = check.watchdog
        self.needs_ready = not check.watchdog or check.roles != (LIVENESS,)
        self.notified = notified

    async def ask(self, subject: Subject) -> Answer:
        """The first WATCHDOG=1 is due as long after the app's start as any other after
        the one before it."""
        said = self.notified
        if said.watchdog_failed:
            return Answer(False, "the app has sent WATCHDOG=trigger")
        if self.needs_ready and not said.ready:
            return Answer(False, "no READY=1 yet")
        if self.watchdog:
            last = subject.since if said.last_watchdog is None else said.last_watchdog
            silent = asyncio.get_running_loop().time() - last
            if silent > self.watchdog:
                allowed = f"{self.watchdog:g} s are allowed"
                return Answer(False, f"no WATCHDOG=1 for {silent:.0f} s, and {allowed}")
            return Answer(True, "WATCHDOG=1 comes in time")
        return Answer(True, "READY=1")
