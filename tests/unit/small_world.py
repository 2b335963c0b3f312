"""A container small enough to try everything that can happen in it: the supervisor, as it is, and a
kernel with four processes.

The shim, the app, a worker of the app's, which the app may name as its main process, and a process
that outlives both. Each is alive, a zombie of init's, or not there. A world is one plain value:
what can happen next is a list of names, and each leads to another world.
"""

from __future__ import annotations

import json
from typing import Any

from initd.core.frozen import freeze, thaw
from initd.core.health.verdict import CheckState, Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.successor import Left
from initd.core.signals.numbers import HUP, KILL, TERM
from initd.core.supervisor import Supervisor

SHIM, APP, WORKER, OTHER = 2, 3, 4, 5
ALIVE, ZOMBIE, GONE = "alive", "zombie", "gone"
#: What of the supervisor's state only counts, or is for people: it decides nothing, and grows.
TOLD = (
    *("counts", "last_exit", "restarts", "restart_reason", "reasons", "app_since", "history"),
    *("stop_watch", "outcome"),
)


class World:
    """`follows`: init watches the worker, and what the shim reports is about the first process.
    `stopped`: somebody has asked for the end."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.supervisor = Supervisor(policy)
        self.now = 0.0
        self.processes = {SHIM: GONE, APP: GONE, WORKER: GONE, OTHER: GONE}
        self.follows = self.stopped = False
        self._queue: list[ev.Event] = []

    def copy(self) -> World:
        """The same, to go another way."""
        other = World(self.policy)
        thaw(other.supervisor, freeze(self.supervisor))
        other.now, other.follows, other.stopped = self.now, self.follows, self.stopped
        other.processes = dict(self.processes)
        return other

    def key(self) -> str:
        """Equal for worlds in which the same can happen: moments count from now."""
        frozen = freeze(self.supervisor)
        life = frozen["life"]
        for name in TOLD:
            del life[name]
        del life["stop"]["plan"], life["aiming"]
        life["pending"]["numbers"].sort()
        life["stop"]["since"] = life["stop"]["since"] is not None
        life["end_request"]["until"] = life["end_request"]["until"] is not None
        if life["state"] != "waiting":
            life["next_start"] = life["next_start"] is not None
        if frozen["monitor"] is not None:
            frozen["monitor"] = [frozen["monitor"]["wanted"], frozen["monitor"]["pid"]]
        here = [self._relative(frozen), sorted(self.processes.items()), self.follows, self.stopped]
        return json.dumps(here, sort_keys=True)

    def _relative(self, value: Any) -> Any:
        if isinstance(value, float):
            return round(value - self.now, 3)
        if isinstance(value, dict):
            return {str(key): self._relative(each) for key, each in value.items()}
        return [self._relative(each) for each in value] if isinstance(value, list) else value

    def begin(self) -> None:
        """What init does first of all."""
        for action in self.supervisor.begin():
            self._do(action)

    # ---- what can happen ------------------------------------------------------------------

    def possible(self) -> list[str]:
        """By name, for `happen`."""
        life, there = self.supervisor.life, self.processes
        if self.supervisor.exit_code is not None:
            return []
        found = ["stop", "hup"]
        if there[SHIM] == ALIVE and life.state == "starting" and there[APP] == GONE:
            found += ["app starts", "start fails"]
        if there[APP] == ALIVE:
            found += ["app stops", "app continues", "restart"]
            found += ["worker starts"] if there[WORKER] == GONE else []
            found += ["other starts"] if there[OTHER] == GONE else []
        if there[WORKER] == ALIVE and life.app == APP and self.policy.notify:
            found += ["worker is named"]
        if life.app is not None and self.policy.monitor:
            found += ["unhealthy"]
        for pid, name in ((SHIM, "shim"), (APP, "app"), (WORKER, "worker"), (OTHER, "other")):
            found += [f"{name} dies"] if there[pid] == ALIVE else []
        if ZOMBIE in there.values():
            found += ["reap"]
        if self.supervisor.deadline is not None:
            found += ["time"]
        return found

    def happen(self, what: str) -> None:
        """One of `possible`, and all that follows at once."""
        there = self.processes
        if what == "stop":
            self.stopped = True
            self._tell(ev.Signal(TERM, 0, 0))
        elif what == "hup":
            self._tell(ev.Signal(HUP, 0, 0))
        elif what == "restart":
            self._tell(ev.Request(9, "restart"))
        elif what == "app starts":
            there[APP] = ALIVE
            self._tell(ev.Started(APP))
        elif what == "start fails":
            there[SHIM] = ZOMBIE
            self._tell(ev.StartFailed(7, 2, "No such file"))
        elif what in ("app stops", "app continues"):
            self._tell(ev.AppStopped(19) if what == "app stops" else ev.AppContinued())
        elif what in ("worker starts", "other starts"):
            there[WORKER if what == "worker starts" else OTHER] = ALIVE
        elif what == "worker is named":
            self._tell(ev.MainPidNamed(WORKER))
        elif what == "unhealthy":
            self._tell(ev.HealthReported(self._failing()))
        elif what == "reap":
            self._reap()
        elif what == "time":
            self.now = max(self.now, self.supervisor.deadline or 0.0)
            self._tell(ev.Elapsed())
        else:
            name, _, _ = what.partition(" ")
            self._die({"shim": SHIM, "app": APP, "worker": WORKER, "other": OTHER}[name])

    def run_out(self) -> None:
        """A stop is asked for, all that lives dies, and time goes on."""
        if self.supervisor.exit_code is None:
            self.happen("stop")
        self._go_on("shim dies", "app dies", "worker dies", "other dies", "start fails")

    def sweep_on(self) -> None:
        """Nothing dies but by init's KILL, and time goes on."""
        self._go_on()

    def _go_on(self, *wanted: str) -> None:
        for _ in range(40):
            possible = self.possible()
            what = next((each for each in (*wanted, "reap", "time") if each in possible), None)
            if what is None:
                return
            self.happen(what)

    @property
    def waits_for_nobody(self) -> bool:
        """What the app has left is to be ended by init: no engine's clock runs for it."""
        sweep = self.supervisor.life.sweep
        by_engine = sweep.asked and not sweep.own
        return self.supervisor.life.state == "sweeping" and not by_engine

    def _failing(self) -> Report:
        assert self.supervisor.life.app is not None
        return Report(self.supervisor.life.app, (CheckState("web", "liveness", False, "503"),))

    # ---- the kernel's part ----------------------------------------------------------------

    def _die(self, pid: int) -> None:
        there = self.processes
        if pid == APP and there[SHIM] == ALIVE:
            # It reports, ends in the same way, and leaves the app to init.
            there[APP] = there[SHIM] = ZOMBIE
            if not self.follows:
                self._tell(ev.AppExited(1 << 8, left=self._left()))
        elif pid == WORKER and there[APP] == ALIVE:
            there[WORKER] = GONE  # the app's child, which the app reaps
            if self.follows:
                self.follows = False
                self._tell(ev.AppExited(0, known=False))
        else:
            there[pid] = ZOMBIE

    def _left(self) -> tuple[Left, ...]:
        alive = [pid for pid in (WORKER, OTHER) if self.processes[pid] == ALIVE]
        named = self.policy.pid_file is not None
        return tuple(
            Left(pid=each, words=("app",), is_named=named and each == OTHER) for each in alive
        )

    def _reap(self) -> None:
        there = self.processes
        corpses = [pid for pid, state in there.items() if state == ZOMBIE]
        for pid in corpses:
            there[pid] = GONE
        left = ALIVE in there.values()
        known = (self.supervisor.life.shim, self.supervisor.life.app)
        mine = [pid for pid in corpses if pid in known]
        if WORKER in mine:
            self.follows = False
        others = [(pid, 1 << 8) for pid in corpses if pid not in mine]
        events: list[ev.Event] = [
            ev.Reaped(pid, 1 << 8, left=self._left() if pid == known[1] else ()) for pid in mine
        ]
        self._tell(*events, ev.OthersReaped(others), ev.ReapedAll(left))

    def _tell(self, *events: ev.Event) -> None:
        """As the loop does: what an action brings about comes after what was seen before."""
        self._queue += events
        if len(self._queue) > len(events):
            return
        for event in self._queue:  # which grows meanwhile
            for action in self.supervisor.handle(event, self.now):
                self._do(action)
        self._queue.clear()

    def _do(self, action: do.Action) -> None:
        there = self.processes
        if isinstance(action, do.Spawn):
            assert there[SHIM] != ALIVE, "a shim beside a shim"
            there[SHIM] = ALIVE
            self.follows = False
            self._tell(ev.Spawned(SHIM))
        elif isinstance(action, do.Deliver):
            assert self.supervisor.life.app is not None, "a signal for an app that is none"
            if action.number == KILL and there[self.supervisor.life.app] == ALIVE:
                self._die(self.supervisor.life.app)
        elif isinstance(action, do.Sweep) and action.number == KILL:
            for pid in (OTHER, WORKER, APP, SHIM):
                if there[pid] == ALIVE:
                    self._die(pid)
        elif isinstance(action, do.Reap):
            self._reap()
        elif isinstance(action, do.Follow):
            if there[action.pid] == ALIVE:
                self.follows = True
                self._tell(ev.Followed(action.pid))
        elif isinstance(action, do.TakeOver):
            if there[action.pid] == ALIVE:
                self.follows = True
            else:
                self._tell(ev.AppExited(0, known=False))
        elif isinstance(action, do.LookForSuccessor):
            self._tell(ev.SuccessorSought(self._left()))
        elif isinstance(action, do.LookAtWaits):
            self._tell(ev.WaitsSeen({"waits_for": "a test"}))
        elif isinstance(action, do.StartMonitor):
            self._tell(ev.MonitorStarted(9))
