"""The state of the container, and every decision about it.

    events in, actions out; no process, no socket, no file, no clock

`handle(event, now)` returns what is to be done. `deadline` is the moment (monotonic seconds)
at which `Elapsed` is due, and `exit_code` is set once init is to end.

It is made of the app's life and, where there is a monitor, of the monitor's upkeep. What it
does itself is to answer the requests that come over the control socket.
"""

from __future__ import annotations

from initd.core.health.verdict import Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.app_life import STOP_BY_NAME, AppLife
from initd.core.life.views import NO_MONITOR, health, status
from initd.core.signals.numbers import number_of
from initd.core.signals.route import NO_ROUTES, direct_routes
from initd.core.states import END, ENDED, RUNNING, SWEEPING, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.life.app_life import Handlers
    from initd.core.life.moments import Moments
    from initd.core.life.policy import Policy
    from initd.core.life.rereading import Rereading
    from initd.core.monitor.upkeep import MonitorUpkeep

    Actions = list[do.Action]

_NO_REPORT = Report(0)
_NO_SECRETS = "the app was started without --secrets"
_LETS_GO = (
    "the app can't be restarted: the descriptors that it was started with are its own since then."
    " With --restart on-failure or always, init keeps them for the next start"
)


class Supervisor:
    """`upkeep` is None where nothing asks for a monitor: then none of its code is loaded."""

    def __init__(self, policy: Policy, seed: int = 0) -> None:
        self.life = AppLife(policy, seed)
        self.upkeep: MonitorUpkeep | None = None
        aimed = policy.aim is not None and policy.aim.behind
        self._direct_routes = NO_ROUTES if aimed else direct_routes(policy.signals)
        self._handlers: Handlers = {**self.life.handlers, ev.Request: self._on_request}
        self.moments: Moments | None = None
        if policy.has_moments:
            from initd.core.life.moments import Moments

            self.moments = self.life.gate = moments = Moments(self.life)
            self._handlers |= moments.handlers
            self._handlers[ev.Elapsed] = self._on_elapsed
        if policy.monitor:
            from initd.core.monitor.upkeep import MonitorUpkeep

            self.upkeep = upkeep = MonitorUpkeep(self.life)
            self._handlers |= upkeep.handlers
            self._handlers[ev.Elapsed] = self._on_elapsed
        self.rereading: Rereading | None = None
        if policy.reload is not None:
            from initd.core.life.rereading import Rereading

            self.rereading = Rereading(self.life, policy.reload)
            self._handlers[ev.SecretsRead] = self.rereading.read

    @property
    def exit_code(self) -> int | None:
        """Set once init is to end."""
        return self.life.exit_code

    @property
    def direct_routes(self) -> Mapping[int, int]:
        """What the loop may send to the app's own process as soon as a signal arrives, before
        `handle` has seen it: nothing else follows from these signals."""
        return self._direct_routes if self.life.state == RUNNING else NO_ROUTES

    @property
    def deadline(self) -> float | None:
        """When `Elapsed` is due (monotonic seconds); None while nothing is."""
        due = self.life.deadline
        for part in (self.upkeep, self.moments):
            other = part.due if part is not None else None
            due = other if due is None or (other is not None and other < due) else due
        return due

    def begin(self, now: float = 0.0) -> Actions:
        """The first actions of all, at `now` (monotonic seconds)."""
        return self._kept_up(self.life.start(now), now)

    def handle(self, event: ev.Event, now: float) -> Actions:
        """What follows from `event`, which was seen at `now` (monotonic seconds)."""
        return self._kept_up(self._handlers[type(event)](event, now), now)

    def _kept_up(self, actions: Actions, now: float) -> Actions:
        if self.upkeep is not None:
            actions = [*actions, *self.upkeep.keep_up(now)]
        if self.moments is None:
            return actions
        due = self.moments.keep_up(self._report(), now)
        # What they bring about, the monitor is to know as well.
        told = self.upkeep.keep_up(now) if self.upkeep is not None and due else []
        return [*actions, *due, *told]

    def _on_elapsed(self, event: ev.Elapsed, now: float) -> Actions:
        parts = [part for part in (self.upkeep, self.moments) if part is not None]
        others = [action for part in parts for action in part.elapsed(now)]
        return [*self.life.handlers[ev.Elapsed](event, now), *others]

    # ---- requests -------------------------------------------------------------

    def _on_request(self, event: ev.Request, now: float) -> Actions:
        if event.verb == "health":
            report, since = self._report(), event.silent_since
            answer = health(self.life, report, event.argument, now, since)
            return [do.Reply(event.client, answer)]
        if event.verb == "status":
            return [do.ReplyStatus(event.client, self._status(now))]
        if event.verb in ("reload", "secrets"):
            return self._about_secrets(event)
        if event.verb not in ("stop", "restart", "signal", "maintenance"):
            return [do.Reply(event.client, {"error": f"unknown verb: {event.verb!r}"})]
        refusal, todo = self._asked(event, now)
        if refusal:
            return [do.Reply(event.client, {"error": refusal})]
        asked = do.Log("info", f"control.{event.verb}", {"argument": event.argument})
        return [*todo, asked, do.Reply(event.client, {"ok": True})]

    def _about_secrets(self, event: ev.Request) -> Actions:
        if self.rereading is None:
            return [do.Reply(event.client, {"error": _NO_SECRETS})]
        if event.verb == "secrets":
            return [do.ReplySecrets(event.client)]
        refusal, todo = self.rereading.asked(event.client)
        return [do.Reply(event.client, {"error": refusal})] if refusal else todo

    def _report(self) -> Report:
        return self.upkeep.report if self.upkeep is not None else _NO_REPORT

    def _status(self, now: float) -> dict[str, Any]:
        monitor = self.upkeep.view() if self.upkeep is not None else NO_MONITOR
        return status(self.life, self._report(), monitor, now)

    def _asked(self, event: ev.Request, now: float) -> tuple[str, Actions]:
        """Why it can't be done, or what is to be done: the same as if the signal, or a stop,
        had come in the ordinary way."""
        life = self.life
        if event.verb == "maintenance":
            if event.argument not in ("on", "off"):
                return f"maintenance is on or off, not {event.argument!r}", []
            life.maintenance = event.argument == "on"
            return "", []
        if event.verb == "restart":
            if life.state not in (RUNNING, WAITING):
                return f"the app can't be restarted now: {life.state}", []
            if life.policy.lets_go:
                return _LETS_GO, []
            return "", life.restart("asked for with initd restart", now)
        number = STOP_BY_NAME
        if event.verb == "signal":
            try:
                number = number_of(event.argument)
            except ValueError as mistake:
                return str(mistake), []
        too_late = life.want == END or not life.is_stop(number)
        if life.state == ENDED or (life.state == SWEEPING and too_late):
            return f"the app is not running: {life.state}", []
        return "", life.signal(number, now)
