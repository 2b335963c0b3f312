"""The supervisor of a container with a monitor: kept, told, listened to.

A container without one does not hold this.
"""

from __future__ import annotations

from initd.core.health.verdict import Report, first_report, liveness_failure
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.app_life import END
from initd.core.life.policy import NOTHING, RESTART, Policy
from initd.core.life.supervisor import Supervisor
from initd.core.life.views import status
from initd.core.monitor.upkeep import MonitorUpkeep

TYPE_CHECKING = False
if TYPE_CHECKING:
    Actions = list[do.Action]


class MonitoredSupervisor(Supervisor):
    """Invariant: the monitor has been told of what `_face` shows, if there is one."""

    def __init__(self, policy: Policy, seed: int = 0) -> None:
        super().__init__(policy, seed)
        self.monitor = MonitorUpkeep(policy.monitor)
        self._handlers |= {
            ev.MonitorStarted: lambda event, now: self.monitor.started(event.pid, now),
            ev.MonitorRefused: lambda event, now: self.monitor.refused(event.reason, now),
            ev.MonitorEnded: lambda event, now: self.monitor.ended(event.status, now),
            ev.HealthReported: self._on_health_reported,
            ev.MainPidNamed: self._on_main_pid_named,
            ev.Followed: self._on_followed,
            ev.ExtensionAsked: self._on_extension_asked,
            ev.ViewAsked: lambda event, now: [do.TellMonitor(status(self, now))],
        }

    @property
    def deadline(self) -> float | None:
        """When `Elapsed` is wanted; None while nothing is due."""
        due = (super().deadline, self.monitor.deadline)
        return min((each for each in due if each is not None), default=None)

    def handle(self, event: ev.Event, now: float) -> Actions:
        """What follows from `event`, which was seen at `now` (monotonic seconds)."""
        before = self._face()
        actions = super().handle(event, now)
        if self._face() == before:
            return actions
        return [*actions, *self._care_for_monitor(now)]

    def _face(self) -> tuple[object, ...]:
        """What the monitor is told of at once; counters it asks for when it needs them."""
        return self.state, self.want, self.app, self.stopped_by, self.restarts, self.monitor.pid

    def monitor_view(self) -> dict[str, int | None]:
        """The monitor, for status."""
        return {"pid": self.monitor.pid, "restarts": self.monitor.restarts}

    # ---- the monitor ----------------------------------------------------------

    def _care_for_monitor(self, now: float) -> Actions:
        if self.app is not None and self.report.app != self.app:
            self.report = self._report_on(self.app)
        if self.app is not None and self.monitor.is_due():
            return [do.StartMonitor(status(self, now), self.report)]
        told: Actions = []
        if self.monitor.pid is not None:
            told.append(do.TellMonitor(status(self, now)))
        ends = self.state in ("sweeping", "ended") and self.want == END
        return [*told, *self.monitor.dismiss()] if ends else told

    def _report_on(self, app: int) -> Report:
        """A new app has shown nothing yet; one that has handed over is what it was."""
        before = self.report
        if self.followed:
            return Report(app, before.checks, before.standing)
        return first_report(app, self.policy.checks)

    def _on_elapsed(self, event: ev.Elapsed, now: float) -> Actions:
        todo = super()._on_elapsed(event, now)
        if self.monitor.elapsed(now):
            todo.append(do.StartMonitor(status(self, now), self.report))
        return todo

    def _on_health_reported(self, event: ev.HealthReported, now: float) -> Actions:
        if event.report.app != self.app:
            return []  # about an app that has ended meanwhile
        self.report = event.report
        why = liveness_failure(event.report)
        act = self.policy.on_unhealthy
        if why is None or act == NOTHING:
            return []
        return self._act_on_ill_health(why, act, now)

    def _act_on_ill_health(self, why: str, act: str, now: float) -> Actions:
        """A liveness check has failed, and configuration asks for a consequence: a restart
        of the app, or the end of the container."""
        if self.state != "running":
            return []
        self._unhealthy = f"unhealthy: {why}"
        acted = do.Log("warning", "health.acted", {"act": act, "why": why})
        if act == RESTART:
            return [acted, *self.restart(self._unhealthy, now)]
        return [acted, *self._stop_for(END, now, own=True)]

    def _on_main_pid_named(self, event: ev.MainPidNamed, now: float) -> Actions:
        known = self.app in (None, event.pid) or not self.policy.notify
        return [] if known else [do.Follow(event.pid)]

    def _on_followed(self, event: ev.Followed, now: float) -> Actions:
        """The first process may end now without that being the app's end."""
        if self.app is None:
            return []
        was, self.app = self.app, event.pid
        self._corpse, self.followed = was, True
        return [do.Log("info", "app.followed", {"app": event.pid, "was": was})]

    def _on_extension_asked(self, event: ev.ExtensionAsked, now: float) -> Actions:
        if self._stop is not None:
            self._stop.extend(now + event.seconds)
        return []
