"""Histories: whatever happens to a container, in whatever order, it ends with the right code.

A small world plays the kernel's part: it has a shim, an app, orphans and corpses, does what
the supervisor's actions say, and lets hypothesis decide what happens next. Every rule is
something that a real kernel can do at that moment, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterable
from errno import EAGAIN, EINVAL, ENOENT

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import AimPolicy, Policy
from initd.core.signals.aim import Process
from initd.core.signals.numbers import CONT, HUP, KILL, TERM, TSTP, Rule
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.start.outcome import exit_code_of
from initd.core.start.stage import Stage
from initd.core.supervisor import Supervisor

PLANS = ["TERM", "QUIT:20 TERM:5 KILL", "TSTP:0 TERM", "INT:3 KILL:1"]
statuses = st.integers(0, 255).map(lambda code: code << 8) | st.integers(1, 31)
#: None: no stop looks further than at the app; else what its command line shows in front.
AIMS = [None, AimPolicy(), AimPolicy(behind="sh"), AimPolicy(behind="sh", adapts=True)]
EVERY_SIGNAL = 2**64 - 1
seconds = st.floats(0, 30, allow_nan=False)


class Container(RuleBasedStateMachine):
    """Invariant: `shim` and `app` are pids of what lives, `corpses` of what init may reap;
    `known` is the app from its start until the supervisor has been told of its end. `program` is
    what the app, a shell then, has below it and waits for; `had` is who has had which signal."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.next_pid = 2
        self.queue: list[ev.Event] = []
        self.shim: int | None = None
        self.app: int | None = None
        self.known: int | None = None
        self.program: int | None = None
        self.watched = False
        self.awaited: int | None = None
        self.had: set[tuple[int, int]] = set()
        self.orphans: set[int] = set()
        self.corpses: dict[int, int] = {}
        self.refuse: list[int] = []
        self.expected: int | None = None
        self.delivered: list[int] = []
        self.stop_is_due = False

    @initialize(
        plan=st.sampled_from(PLANS),
        whom=st.sampled_from(["process", "group", "all"]),
        aim=st.sampled_from(AIMS),
    )
    def begin(self, plan: str, whom: str, aim: AimPolicy | None) -> None:
        policy = Policy(
            command=("app",),
            signals=SignalPolicy({HUP: Rule(0, "-r")}, TERM, whom),
            stop_plan=plan_of(plan),
            clean_codes=(143,),
            aim=aim,
        )
        self.supervisor = Supervisor(policy)
        self._do(self.supervisor.begin())

    # ---- the world's side -------------------------------------------------------------

    def _pid(self) -> int:
        self.next_pid += 1
        return self.next_pid - 1

    def _tell(self, *events: ev.Event) -> None:
        """As the loop does: what an action brings about comes after what was seen before."""
        self.queue += events
        if len(self.queue) > len(events):
            return  # it is being told already
        try:
            for event in self.queue:  # which grows meanwhile
                ended = isinstance(event, ev.AppExited)
                if ended or (isinstance(event, ev.Reaped) and event.pid == self.known):
                    self.known = None
                self._do(self.supervisor.handle(event, self.now))
        finally:
            self.queue.clear()

    def _do(self, actions: Iterable[do.Action]) -> None:
        for action in actions:
            if isinstance(action, do.Spawn):
                self._spawn()
            elif isinstance(action, do.Deliver):
                assert self.known is not None, "a signal for an app that is none"
                self.delivered.append(action.number)
            elif isinstance(action, do.Look):
                seen = self._processes()
                self._tell(ev.Looked(action.number, action.target, action.step, seen))
            elif isinstance(action, do.DeliverTo):
                self._deliver_to(action)
            elif isinstance(action, do.Sweep):
                assert self.app is None, "a sweep while the app runs"
                spared = {pid for pid, _ in action.spared}
                assert not spared or action.number != KILL
                for pid in self.orphans - spared:
                    assert (pid, action.number) not in self.had or action.number == CONT
                if action.number == KILL:
                    for pid in self.orphans:
                        self._orphan_ends(pid, KILL)
                    self.orphans.clear()
            elif isinstance(action, do.Reap):
                self._reap()

    def _processes(self) -> tuple[Process, ...]:
        """The app alone, or the shell that it is and the program below."""
        if self.app is None:  # dead, and init has yet to hear of it
            return ()
        words, catches = (("sh", "-c", "x"), 0) if self.program else (("app",), EVERY_SIGNAL)
        app = Process(self.app, 1, self.app, 7, words, catches)
        if self.program is None:
            return (app,)
        return (app, Process(self.program, self.app, self.app, 7, ("x",), EVERY_SIGNAL))

    def _deliver_to(self, action: do.DeliverTo) -> None:
        """Each process gets a signal once, whoever sends it."""
        assert self.known is not None, "a signal for an app that is none"
        self.delivered.append(action.number)
        self.watched = action.watched or self.watched
        for pid, started in action.processes:
            assert started == 7
            assert (pid, action.number) not in self.had or not action.watched, "twice"
            if action.watched:
                self.had.add((pid, action.number))

    def _spawn(self) -> None:
        assert self.shim is None, "a shim beside a shim"
        assert self.app is None, "a shim beside an app"
        if self.refuse:
            error = self.refuse.pop()
            if error != EAGAIN:
                self.expected = 125
            self._tell(ev.SpawnRefused(error, "refused"))
        else:
            self.shim = self._pid()
            self._tell(ev.Spawned(self.shim))

    def _reap(self, newest_first: bool = False) -> None:
        corpses, self.corpses = self.corpses, {}
        left = bool(self.orphans or self.shim or self.app)
        order = sorted(corpses, reverse=newest_first)
        mine = [
            pid for pid in order if pid in (self.supervisor.life.shim, self.supervisor.life.app)
        ]
        others = [(pid, corpses[pid]) for pid in order if pid not in mine]
        self._tell(*(ev.Reaped(pid, corpses[pid]) for pid in mine), ev.OthersReaped(others))
        self._tell(ev.ReapedAll(left or bool(self.corpses)))

    # ---- what people and engines do ---------------------------------------------------

    @rule(asked=st.sampled_from([ev.Signal(TERM, 0, 0), ev.Request(9, "stop")]))
    def a_stop_is_asked_for(self, asked: ev.Event) -> None:
        """By the engine, or by a person."""
        alive = self.supervisor.life.state not in ("sweeping", "ended")
        if alive and self.supervisor.life.state == "waiting":
            self.expected = 128 + TERM
        first_time = not self.stop_is_due
        self.stop_is_due = self.stop_is_due or alive
        before = len(self.delivered)
        self._tell(asked)
        if self.known is not None:
            first = self.supervisor.life.policy.stop_plan[0].signal
            sent = [number for number in self.delivered[before:] if number != CONT]
            assert sent[:1] == ([first] if first_time else [])

    @rule(number=st.sampled_from([HUP, TSTP, CONT, 10, 12, 34]))
    def a_signal_arrives(self, number: int) -> None:
        """Of which HUP is dropped."""
        before = len(self.delivered)
        self._tell(ev.Signal(number, 0, 0))
        expected = [number] if self.known is not None and number != HUP else []
        assert self.delivered[before:] == expected

    @rule(verb=st.sampled_from(["health", "status", "nonsense"]))
    def somebody_asks(self, verb: str) -> None:
        """It changes nothing."""
        before = (self.supervisor.life.state, self.supervisor.deadline)
        self._tell(ev.Request(9, verb))
        assert before == (self.supervisor.life.state, self.supervisor.deadline)

    @rule(passed=seconds)
    def time_passes(self, passed: float) -> None:
        """The loop tells when a deadline is over, and only then."""
        self.now += passed
        if self.supervisor.deadline is not None and self.now >= self.supervisor.deadline:
            self._tell(ev.Elapsed())

    @rule()
    def an_elapsed_comes_too_early(self) -> None:
        """It does nothing."""
        deadline = self.supervisor.deadline
        if deadline is None or self.now < deadline:
            assert self.supervisor.handle(ev.Elapsed(), self.now) == []
            assert self.supervisor.deadline == deadline

    # ---- what the kernel and the processes do -------------------------------------------

    @rule(error=st.sampled_from([EAGAIN, EAGAIN, EINVAL]))
    def the_next_fork_will_be_refused(self, error: int) -> None:
        """Init's own."""
        self.refuse.append(error)

    def _shim_is_starting(self) -> bool:
        return self.shim is not None and self.supervisor.life.state == "starting"

    @precondition(_shim_is_starting)
    @rule()
    def the_app_starts(self) -> None:
        """A stop that came before is acted on now."""
        self.app = self.known = self._pid()
        before = len(self.delivered)
        self._tell(ev.Started(self.app))
        first = self.supervisor.life.policy.stop_plan[0].signal
        assert (first in self.delivered[before:]) or not self.stop_is_due

    @precondition(_shim_is_starting)
    @rule(error=st.sampled_from([EAGAIN, ENOENT]))
    def the_shim_fails(self, error: int) -> None:
        """It can't fork just now, or there is no such command; then it exits."""
        if error == ENOENT:
            self.expected = 127
        elif self.stop_is_due:
            self.expected = 128 + TERM
        self._shim_dies(125 << 8)
        stage = Stage.EXEC if error == ENOENT else Stage.FORK
        self._tell(ev.StartFailed(stage, error, "failed"))
        self._reap()

    def _shim_dies(self, status: int) -> None:
        if self.shim is not None:
            self.corpses[self.shim] = status
            self.shim = None

    @precondition(lambda self: self.shim is not None and not self.corpses)
    @rule()
    def the_shim_is_killed(self) -> None:
        """The app, if there is one, goes on."""
        if self.app is None and self.supervisor.life.state == "starting":
            self.expected = 125
        self._shim_dies(KILL)
        self._reap()

    @precondition(lambda self: self.app is not None)
    @rule(status=statuses, report_first=st.booleans())
    def the_app_ends(self, status: int, report_first: bool) -> None:
        """The shim reports it, and ends; both corpses come to init."""
        assert self.app is not None
        self.expected = exit_code_of(status, (143,))
        self.corpses[self.app] = status
        if self.program is not None:
            at = [pid for pid, _ in self.supervisor.life.aiming.at]
            self.awaited = self.program if at == [self.program] else None
            self.orphans.add(self.program)
            self.program = None
        self.app = None
        if self.shim is not None and report_first:
            self._tell(ev.AppExited(status))
        self._shim_dies(status)

    @precondition(lambda self: self.app is not None)
    @rule(number=st.sampled_from([19, TSTP]))
    def the_app_is_stopped(self, number: int) -> None:
        """Until somebody continues it."""
        self._tell(ev.AppStopped(number))

    @precondition(lambda self: self.app is not None)
    @rule()
    def the_app_is_continued(self) -> None:
        """By whomever."""
        self._tell(ev.AppContinued())

    @precondition(lambda self: self.app is not None)
    @rule()
    def an_orphan_comes_to_init(self) -> None:
        """Something that the app started and left."""
        self.orphans.add(self._pid())

    @precondition(lambda self: self.orphans)
    @rule(status=statuses)
    def an_orphan_ends(self, status: int) -> None:
        """With a code that is not to matter."""
        self._orphan_ends(self.orphans.pop(), status)

    def _orphan_ends(self, pid: int, status: int) -> None:
        self.corpses[pid] = status
        if pid == self.awaited:
            self.expected = exit_code_of(status, (143,))

    @precondition(lambda self: self.app is not None and self.program is None and not self.had)
    @rule()
    def the_app_starts_a_program_and_waits(self) -> None:
        """As a shell does."""
        self.program = self._pid()

    @precondition(lambda self: self.program is not None)
    @rule()
    def the_program_ends(self) -> None:
        """Its parent, the app, reaps it, and may go on."""
        self.program = None
        if self.watched:
            self.watched = False
            self._tell(ev.AimedEnded())

    @precondition(lambda self: self.corpses)
    @rule(newest_first=st.booleans())
    def init_reaps(self, newest_first: bool) -> None:
        """All there is, in whatever order the kernel has it."""
        self._reap(newest_first)

    # ---- what always holds ----------------------------------------------------------------

    @invariant()
    def the_supervisor_is_sound(self) -> None:
        """An app while it runs, a code at the end, and always something to wait for."""
        supervisor = self.supervisor
        assert (supervisor.exit_code is not None) == (supervisor.life.state == "ended")
        if supervisor.life.state == "ended":
            assert supervisor.exit_code == self.expected
            assert self.app is None
        assert supervisor.life.app == self.known
        if supervisor.life.state == "waiting":
            assert supervisor.deadline is not None
        if (
            supervisor.life.state == "sweeping"
            and supervisor.life.shim is None
            and not self.corpses
        ):
            by_engine = supervisor.life.sweep.asked and not supervisor.life.sweep.own
            assert supervisor.deadline is not None or by_engine, "nobody would ever end init"

    def teardown(self) -> None:
        """However it went: when the app has ended and nothing is left, init ends, by itself,
        with the app's code."""
        if not hasattr(self, "supervisor"):
            return
        self.refuse.clear()
        if self.supervisor.life.state == "waiting":
            self.time_passes(30)
        if self.supervisor.life.state == "starting":
            self.the_app_starts()
        if self.app is not None:
            self.the_app_ends(42 << 8, report_first=True)
        self._reap()
        for _ in range(5):
            self.time_passes(30)
            self._reap()
        while self.orphans:  # those that had the engine's patience
            self.an_orphan_ends(0)
        self._reap()
        assert self.supervisor.exit_code is not None
        assert self.supervisor.exit_code == self.expected


TestContainer = Container.TestCase
TestContainer.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
