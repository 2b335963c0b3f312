"""notify: what the app has said of itself by sd_notify(3)."""

from __future__ import annotations

from time import monotonic

from initd.core.health.check import ProbeResult
from initd.core.health.roles import LIVENESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.check import Check
    from initd.monitor.probe import Context


class NotifyProbe:
    """READY=1, and WATCHDOG=1 in time. A watchdog for liveness alone does not need READY=1:
    the time until then is a startup check's to limit."""

    def __init__(self, check: Check, context: Context) -> None:
        self.watchdog = bool(check.watchdog)
        self.needs_ready = not self.watchdog or check.roles != (LIVENESS,)
        self.notified = context.notified

    async def ask(self, app: int) -> ProbeResult:
        """An app that has set a watchdog time of its own is held to that."""
        notified = self.notified
        if notified.watchdog_failed:
            return ProbeResult(False, "the app has sent WATCHDOG=trigger")
        if self.needs_ready and not notified.ready:
            return ProbeResult(False, "no READY=1 yet")
        if not self.watchdog:
            return ProbeResult(True, "READY=1")
        if notified.watchdog_overdue(monotonic()):
            return ProbeResult(False, f"no WATCHDOG=1 within {notified.watchdog_seconds:g} s")
        return ProbeResult(True, "WATCHDOG=1 is not overdue")
