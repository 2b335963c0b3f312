"""Stops and restarts: asked for, held, drained, carried out by the plan, watched."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life.aftermath import Aftermath
from initd.core.states import AGAIN, END, RUNNING, STOPPING, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life import events as ev
    from initd.core.states import Want

    Actions = list[do.Action]


class Stops(Aftermath):
    """The state `stopping`, and what leads to it."""

    def _stop_for(self, want: Want, now: float, own: bool = False) -> Actions:
        """The app is to end by its plan, so that what is wanted can follow."""
        if self.stop.since is not None:
            self.want = END if END in (want, self.want) else want
            if own:
                return []
            self.unhealthy = None  # from now on, somebody outside wants the end
            again = self.stop.asked_again(now, self.stopped_by is not None)
            return [*self.gate.hurry(), *self._stepped(again, now)]
        self.want = want
        self._enter(STOPPING)
        stopped = self.stopped_by is not None
        # One that fails, or that has not run before now, has no clients to lose.
        serves = self.unhealthy is None and not stopped and now > self.app_since
        reason = self.unhealthy or (self.restart_reason if want == AGAIN else None) or "stop"
        held = self.gate.before_stop(reason, now)
        begun = self.stop.begin(now, own, stopped, serves, held is not None)
        return [*(held or []), *self._stepped(begun, now)]

    def go_on_stopping(self, now: float) -> Actions:
        """What has held the stop is over."""
        return self._stepped(self.stop.go_on(now, self.stopped_by is not None), now)

    def _stepped(self, actions: Actions, now: float) -> Actions:
        """From the first signal on, a stop is watched that takes long."""
        if not self.stop.is_silent:
            self._watch_stop(now)
        return self._counted(actions)

    def _watch_stop(self, now: float) -> None:
        if self.stop.since is not None and self.stop_watch.since is None:
            self.stop_watch.begin(self.stop.since, now)

    def _counted(self, actions: Actions) -> Actions:
        actions = self.aiming.killing(actions)
        for action in actions:
            if isinstance(action, do.Deliver | do.DeliverTo):
                self.counts.deliver(action.number)
        return actions

    def _on_aimed_ended(self, event: ev.AimedEnded, now: float) -> Actions:
        if self.app is not None and self.stop.since is not None:
            self.aiming.all_ended(self.app, now)
        return []

    def restart(self, why: str, now: float) -> Actions:
        """Stops the app and starts it anew, for the reason `why`; at once where the next start
        is only waited for."""
        if self.state == WAITING:
            self.restart_reason = why
            return self.start(now)
        if self.state != RUNNING:
            return []
        self.restart_reason = why
        return self._stop_for(AGAIN, now, own=True)

    def end_unhealthy(self, why: str, now: float, restarts: bool) -> Actions:
        """A liveness check has failed: ends the app, to start it anew or to end with it."""
        return self.end_for(f"unhealthy: {why}", now, restarts)

    def end_for(self, why: str, now: float, restarts: bool) -> Actions:
        """Ends the app, for which something has failed, to start it anew or to end with it."""
        self.unhealthy = why
        if restarts:
            return self.restart(why, now)
        return self._stop_for(END, now, own=True)

    # ---- what a stop waits for --------------------------------------------------

    def _look_if_due(self, now: float) -> Actions:
        step_is_over = self.stop.deadline is not None and now >= self.stop.deadline
        return [do.LookAtWaits()] if self.stop_watch.looks(now, step_is_over) else []

    def _on_waits_seen(self, event: ev.WaitsSeen, now: float) -> Actions:
        if self.stop_watch.since is None:
            return []
        if not event.facts:  # it can't be seen just now
            return []
        self.stop_watch.seen = event.facts["waits_for"]
        facts = {"seconds": round(now - self.stop_watch.since, 3), **event.facts}
        return [do.Log("warning", "stop.waiting", facts)]
