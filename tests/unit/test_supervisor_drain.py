"""--drain: not ready any more, and only then the first signal of a stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from initd.core.health.verdict import HEALTHY, READY, Report, judge
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.hook import Hook
from initd.core.life.policy import AimPolicy, Policy
from initd.core.life.successor import Left
from initd.core.life.views import app_status
from initd.core.signals.numbers import QUIT, TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.sleep import Order, may_sleep, orders
from initd.core.supervisor import Supervisor

SHIM, APP, START, STOPPED = 2, 3, 100.0, 150.0
USR1 = 10
TO_APP = do.Deliver(QUIT, "process")
Decided = Callable[[Sequence[do.Action]], list[do.Action]]


def _running(**more: Any) -> Supervisor:
    given: dict[str, Any] = {
        "command": ("app",),
        "signals": SignalPolicy({}, TERM),
        "stop_plan": plan_of("QUIT:20 KILL"),
        "drain": 5.0,
        **more,
    }
    supervisor = Supervisor(Policy(**given))
    supervisor.begin()
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    return supervisor


def _stop(supervisor: Supervisor) -> list[do.Action]:
    return supervisor.handle(ev.Signal(TERM, 0, 0), STOPPED)


def _is_ready(supervisor: Supervisor, question: str = READY) -> bool:
    return judge(question, app_status(supervisor.life, STOPPED), Report(APP)).ok


def test_the_app_gets_its_first_signal_when_the_drain_is_over(decided: Decided) -> None:
    """And the plan's own times count from there."""
    supervisor = _running()
    assert decided(_stop(supervisor)) == []
    assert decided(supervisor.handle(ev.Elapsed(), STOPPED + 4.9)) == []
    assert decided(supervisor.handle(ev.Elapsed(), STOPPED + 5)) == [TO_APP]
    assert supervisor.life.stop.deadline == STOPPED + 25


def test_from_the_first_moment_on_the_app_is_healthy_but_not_ready() -> None:
    """A load balancer is to leave it, and an engine is not to kill it."""
    supervisor = _running()
    assert _is_ready(supervisor)
    _stop(supervisor)
    assert not _is_ready(supervisor)
    assert _is_ready(supervisor, HEALTHY)


def test_a_second_stop_signal_skips_what_is_left_of_it(decided: Decided) -> None:
    """A third one then changes nothing, as ever."""
    supervisor = _running()
    _stop(supervisor)
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), STOPPED + 1)) == [TO_APP]
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), STOPPED + 2)) == []
    assert supervisor.life.stop.deadline == STOPPED + 21


def test_other_signals_reach_the_app_meanwhile(decided: Decided) -> None:
    """It still runs as usual."""
    supervisor = _running()
    _stop(supervisor)
    sent = decided(supervisor.handle(ev.Signal(USR1, 0, 0), STOPPED + 1))
    assert sent == [do.Deliver(USR1, "process")]
    assert supervisor.life.stop.draining


def test_an_app_that_ends_meanwhile_has_been_asked_to(decided: Decided) -> None:
    """Nothing waits for the drain then."""
    supervisor = _running()
    _stop(supervisor)
    supervisor.handle(ev.AppExited(0), STOPPED + 1)
    assert supervisor.life.last_exit is not None
    assert supervisor.life.last_exit["asked"]
    assert not supervisor.life.stop.draining
    assert decided(supervisor.handle(ev.Elapsed(), STOPPED + 5)) == []


def test_a_successor_meanwhile_goes_on_with_the_same_drain(decided: Decided) -> None:
    """It gets its first signal when the one before it would have."""
    supervisor = _running(command=("unicorn",), program=("unicorn",))
    _stop(supervisor)
    master = Left(pid=40, words=("unicorn master -c a",), is_parent=True)
    taken = decided(supervisor.handle(ev.AppExited(0, left=(master,)), STOPPED + 2))
    assert taken == [do.TakeOver(40)]
    assert decided(supervisor.handle(ev.Elapsed(), STOPPED + 5)) == [TO_APP]


def test_initd_restart_drains_too(decided: Decided) -> None:
    """Clients lose the app all the same."""
    supervisor = _running()
    assert decided(supervisor.handle(ev.Request(7, "restart"), STOPPED)) == [
        do.Reply(7, {"ok": True})
    ]
    assert decided(supervisor.handle(ev.Elapsed(), STOPPED + 5)) == [TO_APP]


def test_a_stop_during_the_drain_of_a_restart_skips_it_and_ends(decided: Decided) -> None:
    """It is the second request."""
    supervisor = _running()
    supervisor.handle(ev.Request(7, "restart"), STOPPED)
    assert decided(_stop(supervisor)) == [TO_APP]
    supervisor.handle(ev.AppExited(0), STOPPED + 1)
    supervisor.handle(ev.Reaped(SHIM, 0), STOPPED + 1)
    supervisor.handle(ev.ReapedAll(left=False), STOPPED + 1)
    assert supervisor.exit_code == 0


def test_an_app_that_fails_is_not_drained(decided: Decided) -> None:
    """It serves nobody."""
    supervisor = _running()
    assert decided(supervisor.life.end_unhealthy("web: 503", STOPPED, restarts=True)) == [TO_APP]


def test_an_app_that_is_stopped_is_not_drained(decided: Decided) -> None:
    """Neither does one that cannot act."""
    supervisor = _running()
    supervisor.handle(ev.AppStopped(19), STOPPED)
    assert TO_APP in decided(_stop(supervisor))


def test_a_stop_that_came_before_the_app_is_not_drained(decided: Decided) -> None:
    """Nobody knows of it yet."""
    given = SignalPolicy({}, TERM)
    policy = Policy(command=("app",), signals=given, stop_plan=plan_of("QUIT"), drain=5.0)
    supervisor = Supervisor(policy)
    supervisor.begin()
    supervisor.handle(ev.Spawned(SHIM), START)
    _stop(supervisor)
    assert decided(supervisor.handle(ev.Started(APP), STOPPED)) == [TO_APP]


def test_more_time_that_the_app_asks_for_is_for_its_own_end(decided: Decided) -> None:
    """EXTEND_TIMEOUT_USEC does not lengthen the drain."""
    supervisor = _running(monitor=True)
    _stop(supervisor)
    supervisor.handle(ev.ExtensionAsked(60.0), STOPPED + 1)
    assert TO_APP in decided(supervisor.handle(ev.Elapsed(), STOPPED + 5))


def test_where_the_signal_goes_is_looked_at_when_it_is_sent(decided: Decided) -> None:
    """Processes may have come and gone meanwhile."""
    supervisor = _running(aim=AimPolicy(behind="sh"))
    assert decided(_stop(supervisor)) == []
    assert decided(supervisor.handle(ev.Elapsed(), STOPPED + 5)) == [
        do.Look(QUIT, "process", step=True)
    ]


def test_while_pid_1_sleeps_no_signal_overtakes_the_drain_or_the_hook_of_a_stop() -> None:
    """A stop wakes it: the first step is for one that cannot be woken."""
    hook = Hook(moment="stop", argv=("leave",))
    for before in ({}, {"drain": 0.0, "hooks": (hook,)}):
        supervisor = _running(**before)
        assert may_sleep(supervisor)
        assert orders(supervisor.life)[TERM] == Order(QUIT, wakes=True, waits=True)
    supervisor = _running(drain=0.0, hooks=(Hook(moment="end", argv=("tell",)),))
    assert orders(supervisor.life)[TERM] == Order(QUIT, wakes=True)


def test_a_hook_that_runs_keeps_pid_1_awake() -> None:
    """Its patience is due."""
    supervisor = _running(hooks=(Hook(moment="ready", argv=("tell",)),))
    assert not may_sleep(supervisor)
    supervisor.handle(ev.HookEnded("ready", ""), START + 1)
    assert may_sleep(supervisor)
