"""The state of the container, and every decision about it.

    events in, actions out; no process, no socket, no file, no clock

`handle(event, now)` returns what is to be done. `deadline` is the moment (on
the same monotonic clock, in seconds) at which `Elapsed` is wanted, and
`exit_code` is set once init is to end.

The app's life is `AppLife`'s; here are the requests of people. `MonitoredSupervisor`
(core/monitor/supervisor.py) adds the monitor, where there is one.
"""

from __future__ import annotations

from initd.core.health.verdict import Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.app_life import END, STOP_BY_NAME, AppLife
from initd.core.life.views import health, status
from initd.core.signals.numbers import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life.policy import Policy

    Actions = list[do.Action]


class Supervisor(AppLife):
    """Invariant: `report` speaks of the app that runs, or of the last one that did."""

    def __init__(self, policy: Policy, seed: int = 0) -> None:
        super().__init__(policy, seed)
        self.report = Report(0)
        self._handlers[ev.Request] = self._on_request

    def monitor_view(self) -> dict[str, int | None]:
        """The monitor, for status: there is none."""
        return {"pid": None, "restarts": 0}

    def _on_request(self, event: ev.Request, now: float) -> Actions:
        if event.verb == "health":
            return [do.Reply(event.client, health(self, event.argument, now))]
        if event.verb == "status":
            return [do.ReplyStatus(event.client, status(self, now))]
        if event.verb not in ("stop", "restart", "signal"):
            return [do.Reply(event.client, {"error": f"no such verb: {event.verb!r}"})]
        refusal, todo = self._asked(event, now)
        if refusal:
            return [do.Reply(event.client, {"error": refusal})]
        asked = do.Log("info", f"control.{event.verb}", {"argument": event.argument})
        return [*todo, asked, do.Reply(event.client, {"ok": True})]

    def _asked(self, event: ev.Request, now: float) -> tuple[str, Actions]:
        """Why it can't be done, else what is to be done: as if the signal, or a stop,
        had come in the ordinary way."""
        if event.verb == "restart":
            if self.state not in ("running", "waiting"):
                return f"the app can't be restarted now: {self.state}", []
            return "", self.restart("asked for with initd restart", now)
        number = STOP_BY_NAME
        if event.verb == "signal":
            try:
                number = number_of(event.argument)
            except ValueError as mistake:
                return str(mistake), []
        too_late = self.want == END or not self._is_stop(number)
        if self.state == "ended" or (self.state == "sweeping" and too_late):
            return f"the app is not running: {self.state}", []
        return "", self.signal(number, now)
