"""The moments of the app's life: what has to be before its start, its stop and its end, and who
is told when it is ready.

Checks of the role prestart hold a start, and so does the hook `start`; the hook `stop` holds a
stop before its drain, and the hook `end` what follows the app's end. The hooks `ready` and
`change` hold nothing. pid 1 imports this where there is such a check or a hook.
"""

from __future__ import annotations

from initd.core.health.roles import PRESTART
from initd.core.health.verdict import NOT_PROBED, READY, judge
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.gate import Gate
from initd.core.life.hook import CHANGE, END, START, STOP
from initd.core.life.hook import READY as FIRST_READY
from initd.core.life.restart import NOTHING, RESTART
from initd.core.life.views import app_status
from initd.core.start.exit_codes import EXIT_OWN
from initd.core.states import AGAIN, RUNNING, STOPPING, SWEEPING, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.health.verdict import Report
    from initd.core.life.app_life import AppLife, Handlers

    Actions = list[do.Action]

#: What holds a start: checks, then the hook. FREE: nothing any more.
CHECKS, HOOK, FREE = "checks", "hook", "free"
#: A hook that was killed and has not ended after so many seconds never will: it is in
#: uninterruptible sleep.
KILL_PATIENCE = 2.0


class Moments(Gate):
    """`held_by` says what holds the start, "" where none is to come, and `since` since when
    (monotonic seconds); `failing` are the checks that do. `runs` has each hook that runs: when its
    patience is over, and whether it was over and the hook was killed. `ready` is what the app was
    last said to be, None before it has been ready for the first time. `ran` says that an app has
    run whose end nobody was told of."""

    STATE = (
        *("held_by", "failing", "since", "holds", "runs", "ready", "ran", "next_change"),
        *("leaves_by", "reason", "gave_up"),
    )

    def __init__(self, life: AppLife) -> None:
        policy = life.policy
        self.held_by = ""
        self.since = 0.0
        self.failing: list[str] = []
        #: How many starts have been held by checks.
        self.holds = 0
        self.runs: dict[str, list[Any]] = {}
        self.ready: bool | None = None
        self.ran = False
        #: The reason of a change that came while the last one's hook was running.
        self.next_change: str | None = None
        #: Until when the app's entry is waited for to leave its registry (monotonic seconds), and
        #: the reason of the stop that waits for it.
        self.leaves_by: float | None = None
        #: Whether a stop has waited for that in vain: the end then does not wait again.
        self.gave_up = False
        self.reason = ""
        self._life = life
        self._hooks = {hook.moment: hook for hook in policy.hooks}
        self._limits = {each.name: each.limit for each in policy.checks if PRESTART in each.roles}
        self.handlers: Handlers = {
            ev.HookEnded: self._on_hook_ended,
            ev.EntryTurned: self._on_entry_turned,
            ev.PeersChanged: self._on_peers_changed,
        }

    @property
    def due(self) -> float | None:
        """When `elapsed` has something to do (monotonic seconds)."""
        due = [until for until, _ in self.runs.values()]
        due += [self.since + self._limits[name] for name in self.failing]
        if self.leaves_by is not None:
            due.append(self.leaves_by)
        return min(due, default=None)

    def elapsed(self, now: float) -> Actions:
        """Kills each hook whose patience is over, and waits no longer for the registry."""
        todo: Actions = []
        if self.leaves_by is not None and now >= self.leaves_by:
            todo += [do.Log("warning", "registry.not-left", {"seconds": self._life.policy.leave})]
            self.gave_up = self._life.state == STOPPING
            todo += self._has_left(now)
        for moment, (until, killed) in list(self.runs.items()):
            if now < until:
                continue
            if killed:
                todo += self._over(moment, "it cannot be killed", now)
            else:
                self.runs[moment] = [now + KILL_PATIENCE, True]
                todo.append(do.KillHook(moment))
        return todo

    def keep_up(self, report: Report, now: float) -> Actions:
        """After each event: whether the start is held any longer, and whether the app is ready."""
        life = self._life
        if life.app is None:
            self.ready = None
        else:
            self.ran = True
        if self.held_by and life.state != WAITING:
            self._release("")  # a stop has ended it
        if self.held_by == CHECKS:
            return self._look_at_checks(report, now)
        return self._look_at_readiness(report, now)

    # ---- the start -------------------------------------------------------------

    def before_start(self, now: float) -> Actions | None:
        """See Gate."""
        if self.held_by == FREE:
            self._release("")
            return None
        if self.held_by:
            return []  # it is on its way
        if not self._limits and START not in self._hooks:
            return None
        life = self._life
        if life.state != WAITING:
            life.wait()
        life.next_start = None  # this start is due
        if not self._limits:
            return self._run_start_hook(now)
        self.held_by, self.since, self.failing = CHECKS, now, list(self._limits)
        self.holds += 1
        life.held = self.holds
        return [do.Log("info", "app.start-held", {"checks": list(self._limits)})]

    def _release(self, held_by: str) -> None:
        self.held_by, self.failing, self._life.held = held_by, [], 0

    def _look_at_checks(self, report: Report, now: float) -> Actions:
        mine = report.checks if report.app == -self._life.held else ()
        known = {state.name: state for state in mine if state.role == PRESTART}
        passing = {name for name, state in known.items() if state.ok}
        self.failing = [name for name in self._limits if name not in passing]
        if not self.failing:
            self._release("")
            if START in self._hooks:
                return self._run_start_hook(now)
            return self._start(now)
        for name in self.failing:
            if now >= self.since + self._limits[name]:
                why = known[name].why if name in known else NOT_PROBED
                return self._give_up(f"check {name} for {self._limits[name]:g} s: {why}")
        return []

    def _run_start_hook(self, now: float) -> Actions:
        self.held_by = HOOK
        return self._run(START, self._life.restart_reason or "first start", now)

    def _start(self, now: float) -> Actions:
        self._release(FREE)
        return self._life.start(now)

    def _give_up(self, why: str) -> Actions:
        self._release("")
        return self._life.fail(EXIT_OWN, f"initd: the app was not started: {why}")

    def _after_start_hook(self, why: str, now: float) -> Actions:
        if self.held_by != HOOK:
            return []  # a stop has come meanwhile
        act = self._hooks[START].on_failure
        if not why or act == NOTHING:
            return self._start(now)
        why = f"hook start: {why}"
        if act != RESTART:
            return self._give_up(why)
        restart = self._life.history.after_failure(why, 0.0, now)
        if restart.pause is None:
            return self._give_up(restart.why)
        self._release("")
        self._life.next_start = now + restart.pause
        return []

    # ---- ready, and not ready --------------------------------------------------

    def _look_at_readiness(self, report: Report, now: float) -> Actions:
        life = self._life
        if life.state != RUNNING or self._hooks.keys().isdisjoint((FIRST_READY, CHANGE)):
            return []
        ready = judge(READY, app_status(life, now), report).ok
        if ready == bool(self.ready):
            return []
        is_first, self.ready = self.ready is None, ready
        if is_first:
            return self._run(FIRST_READY, "ready", now)
        return self._changed("ready" if ready else "not ready", now)

    def _changed(self, reason: str, now: float) -> Actions:
        if CHANGE in self.runs:
            self.next_change = reason
            return []
        return self._run(CHANGE, reason, now)

    def _act_on_failure(self, moment: str, why: str, now: float) -> Actions:
        act = self._hooks[moment].on_failure
        if not why or act == NOTHING or self._life.state != RUNNING:
            return []
        return self._life.end_for(f"hook {moment}: {why}", now, restarts=act == RESTART)

    # ---- the stop and the end --------------------------------------------------

    def before_stop(self, reason: str, now: float) -> Actions | None:
        """See Gate. First the entry leaves the registry, then the hook is run."""
        if self._life.entered:
            self.leaves_by, self.reason = now + self._life.policy.leave, reason
            return []
        return self._run(STOP, reason, now) if STOP in self._hooks else None

    def hurry(self) -> Actions:
        """See Gate."""
        self.leaves_by = None
        return [do.KillHook(STOP)] if self.runs.pop(STOP, None) is not None else []

    # ---- the registry ------------------------------------------------------------

    def _on_entry_turned(self, event: ev.EntryTurned, now: float) -> Actions:
        self._life.entered = event.is_in
        return [] if event.is_in or self.leaves_by is None else self._has_left(now)

    def _has_left(self, now: float) -> Actions:
        """The entry is gone, or is not waited for any longer."""
        self.leaves_by = None
        life = self._life
        if life.state == STOPPING:
            ran = self._run(STOP, self.reason, now)
            return ran or life.go_on_stopping(now)
        self._life.entered = False
        return [do.Reap()] if life.state == SWEEPING else []

    def _on_peers_changed(self, event: ev.PeersChanged, now: float) -> Actions:
        number = self._life.policy.watches.get(event.watch)
        if number is None or self._life.state != RUNNING:
            return []
        sent = self._life.signal(number, now) if number else []
        return [*sent, *self._changed(f"watch {event.watch}", now)]

    def before_end(self, until: float | None, now: float) -> Actions | None:
        """See Gate."""
        if self.gave_up:
            self.gave_up = self._life.entered = False
        if self._life.entered:
            self.leaves_by = now + self._life.policy.leave
            return []
        if not self.ran or END not in self._hooks:
            return None
        self.ran = False
        patience = self._hooks[END].patience
        if until is not None:
            patience = min(patience, until - now)
        if patience <= 0:
            return None
        return self._run(END, "restart" if self._life.want == AGAIN else "end", now, patience)

    @property
    def holds_end(self) -> bool:
        """See Gate."""
        return END in self.runs or (self.leaves_by is not None and self._life.state == SWEEPING)

    # ---- hooks -----------------------------------------------------------------

    def _run(self, moment: str, reason: str, now: float, patience: float | None = None) -> Actions:
        hook = self._hooks.get(moment)
        if hook is None or moment in self.runs:
            return []
        self.runs[moment] = [now + (hook.patience if patience is None else patience), False]
        return [do.RunHook(moment, self._facts(reason))]

    def _facts(self, reason: str) -> dict[str, str]:
        """What the hook is told, by its environment."""
        life = self._life
        facts = {"reason": reason}
        if life.app is not None:
            facts["app_pid"] = str(life.app)
        elif life.last_exit is not None:
            facts["exit_code"] = str(life.last_exit["code"])
            if "signal" in life.last_exit:
                facts["exit_signal"] = life.last_exit["signal"]
        return facts

    def _on_hook_ended(self, event: ev.HookEnded, now: float) -> Actions:
        return self._over(event.moment, event.why, now)

    def _over(self, moment: str, why: str, now: float) -> Actions:
        """It has ended; `why` says how it failed, "" where it did not."""
        run = self.runs.pop(moment, None)
        if run is None:
            return []  # it was not waited for
        hook = self._hooks[moment]
        if run[1]:
            why = f"took longer than {hook.patience:g} s"
        facts = {"hook": moment, "why": why, "on_failure": hook.on_failure}
        told: Actions = [do.Log("warning", "hook.failed", facts)] if why else []
        return [*told, *self._after(moment, why, now)]

    def _after(self, moment: str, why: str, now: float) -> Actions:
        life = self._life
        if moment == START:
            return self._after_start_hook(why, now)
        if moment == STOP:
            return life.go_on_stopping(now) if life.state == STOPPING else []
        if moment == END:
            return [do.Reap()] if life.state == SWEEPING else []
        acted = self._act_on_failure(moment, why, now)
        if moment == CHANGE and self.next_change is not None:
            reason, self.next_change = self.next_change, None
            return [*acted, *self._run(CHANGE, reason, now)]
        return acted
