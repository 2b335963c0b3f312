"""Keeping a monitor: started once the app runs, started again with back-off, told of changes,
and listened to.

The monitor may crash, leak or be killed for lack of memory as often as it likes: the app never
notices, and init only waits longer before the next start.
"""

from __future__ import annotations

from initd.core.health.verdict import Report, first_report, liveness_failure
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.backoff import delay
from initd.core.life.restart import NOTHING, RESTART
from initd.core.life.views import status
from initd.core.monitor.upward import Upward
from initd.core.start.outcome import status_facts
from initd.core.states import END, ENDED, RUNNING, SWEEPING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life.app_life import AppLife, Handlers

    Actions = list[do.Action]

#: A monitor that has lived for so many seconds is restarted without a history.
STABLE = 10.0
#: After so many starts in a row that did not last, clients are refused between two of them: they
#: would wait for an answer that does not come.
WAITED_FOR = 5


class MonitorUpkeep:
    """Invariants: while `wanted`, once begun, either a monitor runs, or one is being started,
    or `deadline` says when (monotonic seconds). `report` is about the app that runs, or the
    last one that did. A monitor that runs has been told what `published` holds."""

    STATE = (
        *("wanted", "pid", "restarts", "deadline", "begun", "attempt", "since", "published"),
        "upward",
    )

    def __init__(self, life: AppLife) -> None:
        self.report = Report(0)
        self.wanted = True
        self.pid: int | None = None
        self.restarts = 0
        self.deadline: float | None = None
        self.begun = False
        #: Starts in a row that were refused or did not last.
        self.attempt = 0
        #: When the monitor started, in monotonic seconds.
        self.since = 0.0
        self._life = life
        self._policy = life.policy
        upward = life.policy.upward
        self.upward = Upward(upward) if upward is not None else None
        self.published = self._to_publish()
        self.handlers: Handlers = {
            ev.MonitorStarted: self._on_started,
            ev.MonitorRefused: lambda event, now: self._again({"why": event.reason}, now),
            ev.MonitorEnded: self._on_ended,
            ev.HealthReported: self._on_health_reported,
            ev.MainPidNamed: self._on_main_pid_named,
            ev.Followed: lambda event, now: life.follow(event.pid),
            ev.ExtensionAsked: self._on_extension_asked,
            ev.NotifiedNobody: self._on_notified_nobody,
            ev.ViewAsked: lambda event, now: [do.TellMonitor(self._view_of_app(now))],
        }

    # ---- started, and started again -------------------------------------------

    def _on_started(self, event: ev.MonitorStarted, now: float) -> Actions:
        self.pid, self.since = event.pid, now
        return [do.Log("debug", "monitor.started", {"pid": event.pid})]

    def _on_ended(self, event: ev.MonitorEnded, now: float) -> Actions:
        facts = {"pid": self.pid, **status_facts(event.status)}
        self.pid = None
        if not self.wanted:
            return []
        if now - self.since >= STABLE:
            self.attempt = 0
        self.restarts += 1
        return self._again(facts, now)

    def _again(self, facts: dict[str, Any], now: float) -> Actions:
        pause = delay(self.attempt)
        self.attempt += 1
        self.deadline = now + pause
        told: Actions = [do.Log("warning", "monitor.exited", {**facts, "again_in_seconds": pause})]
        if self.attempt >= WAITED_FOR:
            told.append(do.CloseMonitorSockets())
        if self.attempt == WAITED_FOR:
            told.append(do.Log("error", "monitor.not-living", {"starts": self.attempt}))
        return told

    def elapsed(self, now: float) -> Actions:
        """Starts the next monitor, where its pause is over."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        return [self._start(now)]

    def _start(self, now: float) -> do.Action:
        return do.StartMonitor(self._view_of_app(now), self.report)

    # ---- told -----------------------------------------------------------------

    def view(self) -> dict[str, int | None]:
        """The monitor, for status."""
        return {"pid": self.pid, "restarts": self.restarts}

    def _view_of_app(self, now: float) -> dict[str, Any]:
        return status(self._life, self.report, self.view(), now)

    def _to_publish(self) -> list[Any]:
        """What a monitor is told of at once; it asks for counters when it needs them."""
        life = self._life
        until = life.end_request.until
        app = (life.app, life.stopped_by, life.restarts, life.held, life.maintenance, life.entered)
        return [life.state, life.want, *app, until, life.stop.held, life.stop.draining, self.pid]

    @property
    def due(self) -> float | None:
        """When `Elapsed` is due for the monitor, or for what is said upwards."""
        upward = self.upward.deadline if self.upward is not None else None
        return min((each for each in (self.deadline, upward) if each is not None), default=None)

    def keep_up(self, now: float) -> Actions:
        """After each event: what the monitor, and whoever started init, are to know."""
        told = self._tell_monitor(now)
        if self.upward is None:
            return told
        return [*told, *self.upward.keep_up(self._life, self.report, now)]

    def _tell_monitor(self, now: float) -> Actions:
        """Tells the monitor what has changed, starts the first one once the app runs (the first
        pids are for the shim and the app) or is held by checks, and ends the last one."""
        changed = self._to_publish()
        if changed == self.published:
            return []
        self.published = changed
        life = self._life
        if life.app is not None and self.report.app != life.app:
            self.report = self._report_on(life.app)
        if life.subject is not None and self.wanted and not self.begun:
            self.begun = True
            return [self._start(now)]
        told: Actions = []
        if self.pid is not None:
            told.append(do.TellMonitor(self._view_of_app(now)))
        # The registrar is to have the time to take the entry out: moments.py waits for that.
        has_left = life.state == ENDED or not life.entered
        ends = life.state in (SWEEPING, ENDED) and life.want == END and has_left
        return [*told, *self._dismiss()] if ends else told

    def _report_on(self, app: int) -> Report:
        """A new app has shown nothing yet. One that was named by its predecessor goes on with
        the predecessor's health."""
        if self._life.followed:
            return Report(app, self.report.checks, self.report.notify_state)
        return first_report(app, self._policy.checks)

    def _dismiss(self) -> Actions:
        """Init is about to end and needs no monitor any more."""
        running = self.wanted and self.pid is not None
        self.wanted, self.deadline = False, None
        return [do.EndMonitor()] if running else []

    # ---- listened to ----------------------------------------------------------

    def _on_health_reported(self, event: ev.HealthReported, now: float) -> Actions:
        if event.report.app != self._life.subject:
            return []  # about an app that has ended meanwhile
        self.report = event.report
        why = liveness_failure(event.report)
        act = self._policy.on_unhealthy
        if why is None or act == NOTHING or self._life.state != RUNNING:
            return []
        acted = do.Log("warning", "health.acted", {"act": act, "why": why})
        return [acted, *self._life.end_unhealthy(why, now, restarts=act == RESTART)]

    def _on_main_pid_named(self, event: ev.MainPidNamed, now: float) -> Actions:
        known = self._life.app in (None, event.pid) or not self._policy.notify
        return [] if known else [do.Follow(event.pid)]

    def _on_extension_asked(self, event: ev.ExtensionAsked, now: float) -> Actions:
        self._life.stop.extend(now + event.seconds)
        if self.upward is None:
            return []
        return self.upward.say(f"EXTEND_TIMEOUT_USEC={int(event.seconds * 1e6)}")

    def _on_notified_nobody(self, event: ev.NotifiedNobody, now: float) -> Actions:
        if event.is_full and self.upward is not None:
            self.upward.refused(event.text, now)
            return []
        return [do.Log("warning", "notify.not-passed-on", {"why": event.why, "said": event.text})]
