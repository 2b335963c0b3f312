"""What follows the app's end: what it has left behind is ended, then init ends or starts again."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life.life_state import LifeState
from initd.core.life.restart import Restart
from initd.core.signals.numbers import DROP, TERM
from initd.core.signals.route import route
from initd.core.states import AGAIN, END, ENDED, RUN, STARTING, SWEEPING, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.life import events as ev
    from initd.core.life.successor import Left

    Actions = list[do.Action]


class Aftermath(LifeState):
    """Whether another process goes on in the app's place; else the state `sweeping`, and what comes
    behind it."""

    def _succeeded(self, status: int, left: Sequence[Left], now: float) -> Actions | None:
        """What follows where another process takes the app's place, or may do so soon; None
        where none does."""
        if not left:
            return None
        try:
            from initd.core.life.succession import awaits, inherit
        except Exception:  # of memory, or of a file that has gone: the app's end must not be lost
            return None
        inherited = inherit(self, status, left, now)
        if inherited is not None:
            return inherited
        return [do.LookForSuccessor()] if awaits(self, status, left, now) else None

    def follow(self, pid: int) -> Actions:
        """`pid` is the app from now on: the app has named it."""
        from initd.core.life.succession import follow

        return follow(self, pid)

    def _left_alone(self, status: int, left: Sequence[Left], ran: float) -> Actions:
        """Says why an app that seems to run nicely is over: it has put itself in the background."""
        if not left:
            return []
        try:
            from initd.core.life.succession import left_alone
        except Exception:  # as above
            return []
        return left_alone(self, status, left, ran)

    def _next(self, code: int | None, ran: float, now: float) -> Restart:
        if self.want == END:
            return Restart(None, "")
        if self.unhealthy is not None:
            return self.history.after_failure(self.unhealthy, ran, now)
        if self.want == AGAIN:
            return Restart(0.0, self.restart_reason or "")
        return self.history.after_exit(code, ran, now)

    def _go_on(self, restart: Restart, code: int, now: float) -> Actions:
        if self.unhealthy is not None and code == 0:
            code = 1  # an end that nobody outside asked for must not look like a success
        if restart.pause is None:
            said = {self.unhealthy: "init stopped it", restart.why: "not started again"}
            self.reasons += [f"{what}: {why}" for why, what in said.items() if why]
            gave_up = do.Log("warning", "restart.gave-up", {"why": restart.why})
            return [*([gave_up] if restart.why else []), *self._end_with(code)]
        self.outcome = code
        self.want = AGAIN
        self.restart_reason = restart.why
        self.next_start = now + restart.pause
        pause = round(restart.pause, 3)
        facts = {"why": restart.why, "in_seconds": pause, "restarts": self.restarts}
        return [do.Log("info", "app.restarting", facts), *self._sweep_up()]

    def start(self, now: float) -> Actions:
        """Starts the app, once nothing holds its start any longer."""
        held = self.gate.before_start(now)
        if held is not None:
            return held
        if self.state != STARTING:
            self._enter(STARTING)
        self.next_start = None
        return [do.Spawn()]

    def wait(self) -> None:
        """The start is to come later."""
        self._enter(WAITING)

    def fail(self, code: int, sentence: str, exec_error: int | None = None) -> Actions:
        """The app can't be started: `sentence` is for people."""
        self.reasons.append(sentence.removeprefix("initd: "))
        return [do.Complain(sentence, exec_error), *self._end_with(code)]

    def _end_with(self, code: int) -> Actions:
        """The outcome is known; a round of reaping tells what is left."""
        self.outcome = code
        self.want = END
        self.next_start = None
        return [*self._terminate_group(), *self._sweep_up()]

    def _terminate_group(self) -> Actions:
        """Where an emulated init does so: TERM to the group that the app led."""
        out = route(TERM, self.policy.signals).out
        if not self.policy.emulation.terminates_group or self.corpse is None or out == DROP:
            return []
        return [do.TerminateGroup(out, self.corpse)]

    def _sweep_up(self) -> Actions:
        self._enter(SWEEPING)
        self.stop.reset()
        return [do.Reap()]

    def _on_reaped_all(self, event: ev.ReapedAll, now: float) -> Actions:
        if self.state != SWEEPING or self.gate.holds_end:
            return []
        if not event.left:
            return self._swept(now)
        if self.shim is not None and not self.followed:
            self.sweep.watch(now)  # it ends by itself
            return []
        transparent = self.policy.signals.transparent
        if self.want == END and transparent and self.policy.emulation.leaves_survivors:
            self.leaves_survivors = True
            return self._swept(now)
        return self.sweep.begin(now, self.aiming.spared)

    def _swept(self, now: float) -> Actions:
        """Nothing of the app is left, or nothing that could be ended."""
        until = self.sweep.until
        self.sweep.reset()
        self.stop_watch.reset()
        held = self.gate.before_end(until, now)
        if held is not None:
            return held
        if self.want == END:
            return self._end()
        self.want, self.unhealthy = RUN, None
        self._enter(WAITING)
        return self._start_if_due(now)

    def _start_if_due(self, now: float) -> Actions:
        if self.next_start is None or now < self.next_start:
            return []
        return self.start(now)

    def _end(self) -> Actions:
        self._enter(ENDED)
        self.exit_code = self.outcome
        facts = {"code": self.outcome, **({"left": True} if self.leaves_survivors else {})}
        note = do.LeaveNote(self.last_exit, self.reasons)
        return [*([note] if self.policy.leaves_note else []), do.Log("info", "init.exit", facts)]

    def _sweep_on(self, now: float) -> Actions:
        rounds = self.sweep.elapsed(now, self.aiming.spared)
        if rounds is not None:
            return rounds
        return [do.Log("warning", "sweep.gave-up", {}), *self._swept(now)]
