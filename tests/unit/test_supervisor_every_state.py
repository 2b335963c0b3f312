"""Every state of the supervisor with every event: nothing raises, the invariants hold.

What can't happen in a state, says the kernel, must change nothing that matters: a
surprise must not start an app in a container that is ending, nor give it a second
exit code.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import EAGAIN, ENOENT

import pytest

from initd.core.health.check import Check
from initd.core.health.verdict import CheckState, Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.hook import MOMENTS, ON_FAILURE, Hook
from initd.core.life.policy import Policy
from initd.core.life.successor import Left
from initd.core.secrets import Reload
from initd.core.signals.aim import Process
from initd.core.signals.numbers import CONT, HUP, INT, KILL, TERM
from initd.core.start.stage import Stage
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0

#: Left by the app: some process, and one that the pid file names.
OTHER = Left(pid=60, words=("other",))
NAMED = Left(pid=61, words=("app",), is_named=True)

STARTED = (ev.Spawned(SHIM), ev.Started(APP))
ENDED = (*STARTED, ev.AppExited(7 << 8))
#: How to get into each situation; its state is the first word of its name.
SITUATIONS: dict[str, tuple[ev.Event, ...]] = {
    "starting": (),
    "starting, the shim runs": (ev.Spawned(SHIM),),
    "starting, a stop is kept": (ev.Spawned(SHIM), ev.Signal(TERM, 0, 0)),
    "waiting": (ev.SpawnRefused(EAGAIN, "no pids"),),
    "waiting, the shim is not reaped": (
        ev.Spawned(SHIM),
        ev.StartFailed(Stage.FORK, EAGAIN, "no pids"),
    ),
    "starting, a pid file is awaited": (*STARTED, ev.AppExited(0, left=(OTHER,))),
    "running": STARTED,
    "running, another process is followed": (*STARTED, ev.AppExited(0, left=(NAMED,))),
    "running, the app is stopped": (*STARTED, ev.AppStopped(19)),
    "running, the shim is lost": (*STARTED, ev.Reaped(SHIM, KILL)),
    "stopping": (*STARTED, ev.Signal(TERM, 0, 0)),
    "stopping, the shim is lost": (*STARTED, ev.Signal(TERM, 0, 0), ev.Reaped(SHIM, KILL)),
    "sweeping": ENDED,
    "sweeping, the start has failed": (
        ev.Spawned(SHIM),
        ev.StartFailed(Stage.EXEC, ENOENT, "No such file"),
    ),
    "sweeping, TERM is sent": (
        *ENDED,
        ev.Reaped(SHIM, 0),
        ev.Reaped(APP, 0),
        ev.ReapedAll(left=True),
    ),
    "ended": (*ENDED, ev.Reaped(SHIM, 0), ev.Reaped(APP, 0), ev.ReapedAll(left=False)),
    "ended, with an orphan just reaped": (
        *ENDED,
        ev.Reaped(SHIM, 0),
        ev.ReapedAll(left=True),
        ev.Reaped(40, 0),
        ev.ReapedAll(left=False),
    ),
}

#: Where checks hold the start, a hook stands at each moment, and a stop begins with a drain.
HOOKS = tuple(
    Hook(moment=moment, argv=("it",), on_failure=acts[-1]) for moment, acts in ON_FAILURE.items()
)
DB = Check("db", "tcp", ("prestart",), "db:5432")
PASSES = ev.HealthReported(Report(-1, (CheckState("db", "prestart", True, "connected"),)))
FREE = (PASSES, ev.HookEnded("start"))
STOPPED = (*FREE, *STARTED, ev.Signal(TERM, 0, 0))
HELD_SITUATIONS: dict[str, tuple[ev.Event, ...]] = {
    "waiting, a check holds the start": (),
    "waiting, a hook holds the start": (PASSES,),
    "starting": FREE,
    "running, the hook of ready runs": (*FREE, *STARTED),
    "stopping, a hook holds the stop": STOPPED,
    "stopping, it drains": (*STOPPED, ev.HookEnded("stop")),
    "stopping, its entry leaves the registry": (
        *FREE,
        *STARTED,
        ev.EntryTurned(True),
        ev.Signal(TERM, 0, 0),
    ),
    "sweeping, the hook of the end runs": (
        *FREE,
        *STARTED,
        ev.AppExited(7 << 8),
        ev.Reaped(SHIM, 0),
        ev.Reaped(APP, 0),
        ev.ReapedAll(left=False),
    ),
}

EVENTS: tuple[ev.Event, ...] = (
    ev.Signal(TERM, 0, 0),
    ev.Signal(HUP, 1, 0),
    ev.Signal(INT, 0, 0),
    ev.Signal(CONT, 0, 0),
    ev.Signal(64, 0, 0),
    ev.Spawned(12),
    ev.SpawnRefused(EAGAIN, "no pids"),
    ev.SpawnRefused(ENOENT, "No such file"),
    ev.Started(13),
    ev.StartFailed(Stage.FORK, EAGAIN, "no pids"),
    ev.StartFailed(Stage.EXEC, ENOENT, "No such file"),
    ev.Interrupted(INT),
    ev.Signal(28, 0, 0, by_kernel=True),
    ev.AppStopped(20),
    ev.AppContinued(),
    ev.AppExited(5 << 8),
    ev.ShimStopped(),
    ev.Slept(60.0, "signal", 3, 5),
    ev.OrphansCounted(7),
    ev.Reaped(SHIM, 5 << 8),
    ev.Reaped(APP, 5 << 8),
    ev.Reaped(99, 0),
    ev.OthersReaped([(99, 0)]),
    ev.ReapedAll(left=True),
    ev.ReapedAll(left=False),
    ev.Request(7, "health"),
    ev.Request(7, "status"),
    ev.Request(7, "stop"),
    ev.Request(7, "restart"),
    ev.Request(7, "maintenance", "on"),
    ev.Request(7, "signal", "HUP"),
    ev.Request(7, "signal", "nonsense"),
    ev.Request(7, "nonsense"),
    ev.WaitsSeen({"waits_for": "1 child: worker (7)"}),
    ev.Looked(TERM, "process", True, (Process(APP, 1, APP, 7, ("app",), 2**64 - 1),)),
    ev.Looked(HUP, "process", False, ()),
    ev.AimedEnded(),
    ev.SecretsRead(-1, "", 3),
    ev.SecretsRead(-1, "--secrets: why not", 0),
    ev.SecretsRead(7, "", 3),
    ev.SecretsRead(7, "--secrets: why not", 0),
    ev.StartFailed(Stage.SECRETS, 61, "--secrets: why not"),
    ev.Request(7, "reload"),
    ev.Request(7, "secrets"),
    ev.Undelivered(TERM, "Operation not permitted"),
    ev.MonitorStarted(4),
    ev.MonitorRefused("no pids"),
    ev.MonitorEnded(KILL),
    ev.HealthReported(Report(APP, (CheckState("web", "liveness", False, "503"),))),
    ev.HealthReported(Report(99, ())),
    ev.ViewAsked(),
    ev.NotifiedNobody("READY=1", True, "full"),
    ev.NotifiedNobody("READY=1", False, "gone"),
    ev.MainPidNamed(APP),
    ev.MainPidNamed(50),
    ev.Followed(50),
    ev.ExtensionAsked(5.0),
    ev.AppExited(0, left=(OTHER,)),
    ev.AppExited(0, left=(NAMED,)),
    ev.AppExited(0, known=False),
    ev.Reaped(APP, 0, left=(NAMED,)),
    ev.SuccessorSought(()),
    ev.SuccessorSought((OTHER,)),
    ev.SuccessorSought((NAMED,)),
    ev.Paused(60.0),
    ev.EntryTurned(True),
    ev.EntryTurned(False),
    ev.PeersChanged("web"),
    *(ev.HookEnded(moment) for moment in MOMENTS),
    *(ev.HookEnded(moment, "exit code 1") for moment in MOMENTS),
    ev.Elapsed(),
)

#: What answers a client, at once or later.
REPLIES = (do.Reply, do.ReplyStatus, do.ReplySecrets, do.ReadSecrets)

in_every_situation = pytest.mark.parametrize("situation", SITUATIONS)
Policies = Callable[..., Policy]


def _in(situation: str, policy: Policy) -> Supervisor:
    supervisor = Supervisor(policy)
    supervisor.begin(START)
    for event in (HELD_SITUATIONS if policy.hooks else SITUATIONS)[situation]:
        # A stop in an app's first moment does not drain.
        supervisor.handle(event, START + isinstance(event, ev.Signal))
    assert supervisor.life.state == situation.partition(",")[0]
    return supervisor


def _assert_sound(supervisor: Supervisor) -> None:
    state = supervisor.life.state
    assert state in ("starting", "waiting", "running", "stopping", "sweeping", "ended")
    assert (supervisor.life.app is not None) == (state in ("running", "stopping"))
    assert (supervisor.exit_code is not None) == (state == "ended")
    if supervisor.life.app is None:
        assert supervisor.life.stopped_by is None


def test_every_type_of_event_is_in_the_table() -> None:
    """A new one is forgotten neither here nor in the supervisor."""
    types = {each for each in vars(ev).values() if isinstance(each, type)}
    events = {each for each in types if issubclass(each, ev.Event)} - {ev.Event}
    assert {type(event) for event in EVENTS} == events


def _assert_sound_after(supervisor: Supervisor, event: ev.Event) -> None:
    app, code, state = supervisor.life.app, supervisor.exit_code, supervisor.life.state
    now = supervisor.deadline or START
    actions = supervisor.handle(event, now)

    _assert_sound(supervisor)
    assert supervisor.deadline is None or supervisor.deadline >= now
    assert code in (None, supervisor.exit_code), "an exit code is given once"
    if not isinstance(event, ev.Followed) and not getattr(event, "left", ()):
        assert app is None or supervisor.life.app in (app, None), "there is one app"
    if state in ("sweeping", "ended"):
        assert supervisor.life.state in (state, "ended"), "what has ended does not begin again"
    if app is None and not isinstance(event, ev.Started | ev.SuccessorSought):
        assert not any(isinstance(action, do.Deliver) for action in actions)


@pytest.mark.parametrize("event", EVENTS, ids=repr)
@pytest.mark.parametrize("job_control", [False, True], ids=["pid 1", "job"])
def test_in_every_state_the_invariants_hold_after(
    policy: Policies, event: ev.Event, job_control: bool
) -> None:
    """An app exactly while one runs, an exit code exactly at the end, no deadline in the past."""
    for situation in SITUATIONS:
        supervisor = _in(
            situation,
            policy(
                plan="QUIT:20 KILL",
                job_control=job_control,
                monitor=True,
                pid_file="/run/app.pid",
                reload=Reload(restarts=True),
            ),
        )
        try:
            _assert_sound_after(supervisor, event)
        except AssertionError as unsound:
            raise AssertionError(f"{situation}: {unsound}") from unsound


@pytest.mark.parametrize("event", [*EVENTS, PASSES], ids=repr)
def test_they_hold_where_something_holds_the_app_too(policy: Policies, event: ev.Event) -> None:
    """Its start, its stop, its end."""
    for situation in HELD_SITUATIONS:
        given = policy(
            plan="QUIT:20 KILL",
            monitor=True,
            drain=5.0,
            hooks=HOOKS,
            checks=(DB,),
            reload=Reload(restarts=True),
            registers=True,
        )
        try:
            _assert_sound_after(_in(situation, given), event)
        except AssertionError as unsound:
            raise AssertionError(f"{situation}: {unsound}") from unsound


@in_every_situation
def test_an_elapsed_that_nobody_waits_for_changes_nothing(policy: Policies, situation: str) -> None:
    """Stale, or one too many."""
    supervisor = _in(situation, policy(plan="QUIT:20 KILL", pid_file="/run/app.pid"))
    state, deadline = supervisor.life.state, supervisor.deadline
    assert supervisor.handle(ev.Elapsed(), START - 1) == []
    assert (supervisor.life.state, supervisor.deadline) == (state, deadline)


@in_every_situation
def test_every_request_is_answered_once(policy: Policies, situation: str) -> None:
    """A client never waits for an answer that does not come."""
    for event in EVENTS:
        if isinstance(event, ev.Request):
            supervisor = _in(situation, policy(pid_file="/run/app.pid", reload=Reload()))
            replies = [
                each for each in supervisor.handle(event, START) if isinstance(each, REPLIES)
            ]
            assert [reply.client for reply in replies] == [7], event
