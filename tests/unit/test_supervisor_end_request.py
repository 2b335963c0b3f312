"""An end that follows a signal that ends most programs was asked for; a crash was not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.health.verdict import READY, Report, judge
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import ALWAYS, NO, ON_FAILURE, RestartPolicy
from initd.core.life.views import app_status
from initd.core.signals.numbers import FORWARDED, HUP, INT, JOB_CONTROL, KILL, QUIT, TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.signals.stop_signals import ENDING, HALT
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
USR1, SEGV = 10, 11
modes = st.sampled_from([NO, ON_FAILURE, ALWAYS])
Deciding = Callable[..., list[do.Action]]


def _running(mode: str = ALWAYS, grace: float | None = None, monitor: bool = False) -> Supervisor:
    policy = Policy(
        command=("app",),
        signals=SignalPolicy({}, TERM, starters=frozenset((HALT,))),
        stop_plan=plan_of("TERM"),
        restart=RestartPolicy(mode),
        grace=grace,
        monitor=monitor,
    )
    supervisor = Supervisor(policy)
    supervisor.begin()
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    return supervisor


def _end(supervisor: Supervisor, status: int, now: float) -> dict[str, Any]:
    """The app ends, and nothing is left; what the log says of the end."""
    actions = supervisor.handle(ev.AppExited(status), now)
    for event in (ev.Reaped(SHIM, status), ev.Reaped(APP, status), ev.ReapedAll(left=False)):
        supervisor.handle(event, now)
    facts: dict[str, Any] = next(
        action.facts
        for action in actions
        if isinstance(action, do.Log) and action.event == "app.exited"
    )
    return facts


def _ready(supervisor: Supervisor, now: float) -> bool:
    return judge(READY, app_status(supervisor.life, now), Report(APP)).ok


@given(st.sampled_from(sorted(ENDING - {TERM})), modes, st.integers(0, 255), st.floats(0, 29))
def test_an_end_that_follows_is_the_containers(
    number: int, mode: str, code: int, after: float
) -> None:
    """Whatever the restart policy and the code: a Ctrl-C, or an image's STOPSIGNAL."""
    supervisor = _running(mode)
    supervisor.handle(ev.Signal(number, 0, 0), START + 50)
    facts = _end(supervisor, code << 8, START + 50 + after)
    assert facts["asked"] is True
    assert supervisor.exit_code == code


@given(st.sampled_from(sorted(FORWARDED - JOB_CONTROL - ENDING - {HALT})), st.floats(0, 100))
def test_an_end_after_any_other_signal_is_not(number: int, after: float) -> None:
    """HUP and USR1 reload: a program that dies of that has crashed."""
    supervisor = _running()
    supervisor.handle(ev.Signal(number, 0, 0), START)
    assert _end(supervisor, number, START + after)["asked"] is False
    assert supervisor.exit_code is None


@given(st.sampled_from([INT, QUIT]), st.floats(30.001, 1e6))
def test_a_crash_long_after_a_signal_that_the_app_survived_is_a_crash(
    number: int, after: float
) -> None:
    """No engine would have waited so long without having said so."""
    supervisor = _running()
    supervisor.handle(ev.Signal(number, 0, 0), START)
    assert _end(supervisor, SEGV, START + after)["asked"] is False
    assert supervisor.exit_code is None


@pytest.mark.parametrize("status", [INT, 130 << 8])
def test_a_death_by_the_signal_itself_is_asked_for_however_late(status: int) -> None:
    """A worker that ends its job of an hour first, and then by the signal that it was given."""
    supervisor = _running()
    supervisor.handle(ev.Signal(INT, 0, 0), START)
    assert _end(supervisor, status, START + 3600)["asked"] is True
    assert supervisor.exit_code == 130


@pytest.mark.parametrize(("grace", "after", "asked"), [(300.0, 200.0, True), (5.0, 6.0, False)])
def test_a_known_grace_period_is_the_bound(grace: float, after: float, asked: bool) -> None:
    """Instead of the 30 s that stand for what nobody has told."""
    supervisor = _running(grace=grace)
    supervisor.handle(ev.Signal(QUIT, 0, 0), START)
    assert _end(supervisor, 1 << 8, START + after)["asked"] is asked


def test_the_signal_of_one_app_explains_no_end_of_the_next() -> None:
    """A restart that was under way ends up with an app that nobody has asked for anything."""
    supervisor = _running()
    supervisor.handle(ev.Signal(HUP, 0, 0), START)
    _end(supervisor, HUP, START + 1)
    supervisor.handle(ev.Elapsed(), START + 10)
    supervisor.handle(ev.Spawned(12), START + 10)
    supervisor.handle(ev.Started(13), START + 10)
    assert (supervisor.life.end_request.signal, supervisor.life.app) == (None, 13)


def test_a_signal_that_went_straight_to_the_app_counts_too() -> None:
    """The loop sends it before the supervisor knows."""
    supervisor = _running()
    assert supervisor.direct_routes[INT] == INT
    supervisor.handle(ev.Signal(INT, 0, 0, sent=INT), START)
    assert _end(supervisor, 0, START + 1)["asked"] is True


def test_systemds_halt_runs_the_plan(decided: Deciding) -> None:
    """podman --systemd=always; the app gets its own signal, not that one."""
    supervisor = _running()
    actions = decided(supervisor.handle(ev.Signal(HALT, 0, 0), START))
    assert actions == [do.Deliver(TERM, "process")]
    assert supervisor.life.state == "stopping"
    _end(supervisor, TERM, START + 1)
    assert supervisor.exit_code == 143


@pytest.mark.parametrize("number", [INT, QUIT, HALT])
def test_while_a_restart_is_waited_for_it_is_the_end(number: int) -> None:
    """No app is there to get it, and none will be."""
    supervisor = _running()
    _end(supervisor, 1 << 8, START + 1)
    assert supervisor.life.state == "waiting"
    supervisor.handle(ev.Signal(number, 0, 0), START + 1)
    supervisor.handle(ev.ReapedAll(left=False), START + 1)
    assert supervisor.exit_code == 128 + number


def test_while_what_is_left_is_swept_it_is_the_end() -> None:
    """A Ctrl-C between the app's end and its next start."""
    supervisor = _running()
    supervisor.handle(ev.AppExited(1 << 8), START + 1)
    supervisor.handle(ev.Signal(INT, 0, 0), START + 1)
    for event in (ev.Reaped(SHIM, 0), ev.Reaped(APP, 0), ev.ReapedAll(left=False)):
        supervisor.handle(event, START + 1)
    assert supervisor.exit_code == 1


def test_it_ends_a_container_whose_app_init_was_about_to_restart() -> None:
    """Somebody outside wants the end: its code is the app's, even if a check had failed."""
    supervisor = _running()
    supervisor.life.end_unhealthy("web: 503", START, restarts=True)
    supervisor.handle(ev.Signal(INT, 0, 0), START + 1)
    assert _end(supervisor, 0, START + 2)["asked"] is True
    assert supervisor.exit_code == 0


def test_readiness_is_false_until_it_is_clear_that_it_was_no_stop() -> None:
    """Load balancers drain a container that stops, and come back to one that does not."""
    supervisor = _running(monitor=True)
    assert _ready(supervisor, START)
    supervisor.handle(ev.Signal(QUIT, 0, 0), START)
    assert not _ready(supervisor, START)
    assert supervisor.life.deadline == START + 30
    supervisor.handle(ev.Elapsed(), START + 30)
    assert _ready(supervisor, START + 30)
    assert supervisor.life.deadline is None


def test_the_monitor_is_told_both_times() -> None:
    """/readyz is its answer."""
    supervisor = _running(monitor=True)
    supervisor.handle(ev.MonitorStarted(4), START)

    def told(actions: list[do.Action]) -> list[Any]:
        views = [action.view for action in actions if isinstance(action, do.TellMonitor)]
        return [view["app"]["end_signal_number"] for view in views]

    assert told(supervisor.handle(ev.Signal(QUIT, 0, 0), START)) == [QUIT]
    assert told(supervisor.handle(ev.Elapsed(), START + 30)) == [None]


def test_without_a_monitor_nobody_is_woken_for_it() -> None:
    """`initd health --ready` looks at the clock itself."""
    supervisor = _running()
    supervisor.handle(ev.Signal(QUIT, 0, 0), START)
    assert supervisor.deadline is None
    assert not _ready(supervisor, START + 29)
    assert _ready(supervisor, START + 30)


def test_kill_by_name_is_a_test_of_the_restart_policy() -> None:
    """`initd signal KILL`."""
    supervisor = _running()
    supervisor.handle(ev.Request(7, "signal", "KILL"), START)
    assert _end(supervisor, KILL, START)["asked"] is False
