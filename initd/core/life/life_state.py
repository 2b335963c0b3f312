"""What is known of the app's life so far."""

from __future__ import annotations

from initd.core.life.aiming import Aiming
from initd.core.life.counts import Counts
from initd.core.life.end_request import EndRequest
from initd.core.life.gate import Gate
from initd.core.life.restart import Restarts
from initd.core.life.stop_run import HUNG_PATIENCE, StopRun
from initd.core.life.stop_watch import StopWatch
from initd.core.life.sweep import Sweep
from initd.core.signals.pending import PendingSignals
from initd.core.states import END, RUN, STARTING, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life.policy import Policy
    from initd.core.states import State, Want


class LifeState:
    """Invariant: `app` is set from the moment that the app is known to run until its end has
    been seen, once, whichever source reports it first. `corpse` is the pid of an app whose end
    is known and that init has yet to reap."""

    STATE = (
        *("state", "want", "shim", "app", "app_since", "stopped_by", "followed", "corpse"),
        *("last_exit", "restarts", "restart_reason", "exit_code", "outcome", "unhealthy"),
        *("held", "maintenance", "entered", "attempt", "next_start", "leaves_survivors"),
        *("reasons",),
        *("awaited", "next_look"),
        *("pending", "counts", "history", "stop", "stop_watch", "sweep", "end_request", "aiming"),
    )

    def __init__(self, policy: Policy, seed: int) -> None:
        self.policy = policy
        self.state: State = STARTING
        self.want: Want = RUN
        self.shim: int | None = None
        self.app: int | None = None
        #: When the app started, in monotonic seconds.
        self.app_since = 0.0
        self.stopped_by: int | None = None
        #: Whether `app` is a process that the app has named in place of its first one.
        self.followed = False
        self.corpse: int | None = None
        self.last_exit: dict[str, Any] | None = None
        self.restarts = 0
        self.restart_reason: str | None = None
        self.exit_code: int | None = None
        #: What the exit code will be, once nothing is left.
        self.outcome = 0
        #: Why init ends a failing app, while it does so.
        self.unhealthy: str | None = None
        #: How many starts in a row found no process or memory.
        self.attempt = 0
        self.next_start: float | None = None
        #: The number of the start that checks hold now; 0 where none is held.
        self.held = 0
        #: Whether the registry may have the app's entry.
        self.entered = False
        #: Whether somebody keeps the app from being ready.
        self.maintenance = False
        #: What may stand between the app and the next moment of its life.
        self.gate: Gate = Gate()
        self.leaves_survivors = False
        #: Why the container ends, as far as the app's own end does not tell.
        self.reasons: list[str] = []
        #: See succession.py.
        self.awaited: list[Any] | None = None
        self.next_look: float | None = None
        self.pending = PendingSignals()
        self.counts = Counts()
        self.history = Restarts(policy.restart, seed)
        adapts = policy.aim is not None and policy.aim.adapts
        self.stop = StopRun(
            policy.stop_plan,
            policy.signals.target,
            grace=policy.grace,
            looks=policy.aim is not None,
            adapts=adapts,
            drain=policy.drain,
            lead=policy.lead,
        )
        self.stop_watch = StopWatch(policy.grace)
        self.aiming = Aiming(policy)
        self.sweep = Sweep(policy.leftovers, policy.grace)
        # Where nobody says, the longest patience that an engine has by itself: Kubernetes' 30 s.
        patience = HUNG_PATIENCE if policy.grace is None else policy.grace
        self.end_request = EndRequest(policy.signals.ending, patience)

    @property
    def subject(self) -> int | None:
        """What reports of the checks are about now: the app's pid, or minus the number of the
        start that they hold; None for nothing."""
        return -self.held or None if self.app is None else self.app

    @property
    def start_due(self) -> bool:
        """Whether the app does not run and is to be started: for the first time, or again because
        the restart policy has not given up."""
        return self.app is None and self.want != END

    def _enter(self, state: State) -> None:
        """The one place where the state changes; transitions.py says which may follow which."""
        self.state = state

    def put_off(self, seconds: float) -> None:
        """Time in which nothing could happen counts for nothing that is waited for."""
        waits = (
            *((self, "next_start"), (self, "next_look"), (self.stop, "deadline")),
            *((self.stop_watch, "due"), (self.aiming, "deadline"), (self.sweep, "deadline")),
            *((self.sweep, "until"), (self.end_request, "until")),
        )
        for part, name in waits:
            due = getattr(part, name)
            if due is not None:
                setattr(part, name, due + seconds)
        if self.awaited is not None:
            self.awaited[2] += seconds

    @property
    def deadline(self) -> float | None:
        """When `Elapsed` is due (monotonic seconds); None while nothing is."""
        start = self.next_start if self.state == WAITING else None
        # Only a monitor has to be told that the app is ready again.
        lapse = self.end_request.until if self.policy.monitor else None
        stop = (self.stop.deadline, self.stop_watch.due, self.aiming.deadline)
        due = (start, self.next_look, *stop, self.sweep.deadline, lapse)
        return min((each for each in due if each is not None), default=None)
