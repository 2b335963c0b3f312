"""The supervisor and the stop plan: steps, patience, and what may come in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.signals.numbers import CONT, HUP, INT, KILL, QUIT, TERM, TSTP, number_of
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
STOP = 19
Running = Callable[..., Supervisor]
Decided = Callable[[Sequence[do.Action]], list[do.Action]]


def _events_logged(actions: Sequence[do.Action]) -> list[str]:
    return [action.event for action in actions if isinstance(action, do.Log)]


@pytest.mark.parametrize("asked", [ev.Signal(TERM, 0, 0), ev.Request(7, "stop")], ids=repr)
def test_a_stop_takes_the_plans_first_step_at_once(
    running: Running, decided: Decided, asked: ev.Event
) -> None:
    """Asked by the engine or by a person."""
    supervisor = running(plan="QUIT:20 KILL")
    actions = decided(supervisor.handle(asked, START))
    assert actions[0] == do.Deliver(QUIT, "process")
    assert actions[1:] in ([], [do.Reply(7, {"ok": True})])
    assert (supervisor.life.state, supervisor.life.stop.deadline) == ("stopping", START + 20)


def test_the_steps_are_taken_one_by_one_each_when_its_time_has_come(
    running: Running, decided: Decided
) -> None:
    """TSTP, 5 s, TERM, 25 s, KILL, and then no clock runs."""
    supervisor = running(TERM, plan="TSTP:5 TERM:25 KILL")
    for sent, now, until in ((TERM, START + 5, START + 30), (KILL, START + 31, None)):
        assert decided(supervisor.handle(ev.Elapsed(), now)) == [do.Deliver(sent, "process")]
        assert (supervisor.life.state, supervisor.life.stop.deadline) == ("stopping", until)


def test_the_patience_of_a_step_counts_from_when_it_was_taken(running: Running) -> None:
    """Late is not lost."""
    supervisor = running(TERM, plan="QUIT:5 TERM:5 KILL")
    supervisor.handle(ev.Elapsed(), START + 9)
    assert supervisor.life.stop.deadline == START + 14


def test_a_step_without_patience_is_followed_at_once(running: Running, decided: Decided) -> None:
    """INT:0 TERM: the deadline is now, not never."""
    supervisor = running(TERM, plan="INT:0 TERM")
    assert supervisor.deadline == START
    assert decided(supervisor.handle(ev.Elapsed(), START)) == [do.Deliver(TERM, "process")]


def test_the_last_step_waits_for_ever(running: Running) -> None:
    """The engine's clock rules; init does not cut it short."""
    supervisor = running(TERM, plan="TERM")
    assert supervisor.life.stop.deadline is None


def test_a_time_on_the_last_step_only_says_that_the_stop_is_overdue(
    running: Running, decided: Decided
) -> None:
    """Once, and the app goes on."""
    supervisor = running(TERM, plan="TERM:25")
    actions = supervisor.handle(ev.Elapsed(), START + 25)
    assert (decided(actions), _events_logged(actions)) == ([], ["stop.overdue"])
    assert (supervisor.life.state, supervisor.life.stop.deadline) == ("stopping", None)


@given(st.floats(0, 19.99, allow_nan=False))
def test_an_elapsed_that_comes_too_early_does_nothing(
    running: Running, decided: Decided, early: float
) -> None:
    """It was for something that is over."""
    supervisor = running(TERM, plan="QUIT:20 KILL")
    assert decided(supervisor.handle(ev.Elapsed(), START + early)) == []
    assert supervisor.life.stop.deadline == START + 20


@pytest.mark.parametrize("again", [ev.Signal(TERM, 0, 0), ev.Request(7, "stop")], ids=repr)
def test_a_second_stop_does_not_cut_the_first_one_short(
    running: Running, decided: Decided, again: ev.Event
) -> None:
    """Neither in its first step nor later; it is logged."""
    supervisor = running(TERM, plan="QUIT:20 TERM:5 KILL")
    for now, until in ((START + 1, START + 20), (START + 21, START + 26)):
        actions = supervisor.handle(again, now)
        assert not any(isinstance(action, do.Deliver) for action in actions)
        assert "stop.already" in _events_logged(actions)
        assert (supervisor.life.state, supervisor.life.stop.deadline) == ("stopping", until)
        supervisor.handle(ev.Elapsed(), START + 21)


def test_other_signals_reach_the_app_during_a_stop(running: Running, decided: Decided) -> None:
    """They do not change the plan."""
    supervisor = running(TERM, plan="QUIT:20 KILL")
    assert decided(supervisor.handle(ev.Signal(HUP, 0, 0), START + 1)) == [
        do.Deliver(HUP, "process")
    ]
    assert (supervisor.life.state, supervisor.life.stop.deadline) == ("stopping", START + 20)


def test_an_app_that_ends_during_the_plan_ends_the_plan(running: Running, decided: Decided) -> None:
    """Nobody waits a step out."""
    supervisor = running(TERM, plan="QUIT:20 KILL")
    assert decided(supervisor.handle(ev.AppExited(0), START + 1)) == [do.Reap()]
    assert (supervisor.life.state, supervisor.life.stop.deadline, supervisor.life.app) == (
        "sweeping",
        None,
        None,
    )
    assert decided(supervisor.handle(ev.Elapsed(), START + 20)) == []


def test_the_image_may_have_another_stop_signal(running: Running, decided: Decided) -> None:
    """STOPSIGNAL QUIT: then TERM is a signal like others."""
    supervisor = running(plan="INT:5 KILL", stop_signal=QUIT)
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [do.Deliver(TERM, "process")]
    assert decided(supervisor.handle(ev.Signal(QUIT, 0, 0), START)) == [do.Deliver(INT, "process")]
    assert supervisor.life.state == "stopping"


def test_a_real_time_signal_may_be_the_stop_signal(running: Running, decided: Decided) -> None:
    """systemd in an image stops by RTMIN+3."""
    supervisor = running(plan="TERM", stop_signal=37)
    assert decided(supervisor.handle(ev.Signal(37, 0, 0), START)) == [do.Deliver(TERM, "process")]


# ---- who is stopped does not act on TERM ----------------------------------------------------


def test_an_app_that_is_stopped_is_continued_to_act_on_the_stop(
    running: Running, decided: Decided
) -> None:
    """After the signal, so that it is there when the app wakes."""
    supervisor = running(plan="TERM:5 KILL")
    supervisor.handle(ev.AppStopped(STOP), START)
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [
        do.Deliver(TERM, "process"),
        do.Deliver(CONT, "process"),
    ]


def test_an_app_that_runs_is_not_sent_sigcont(running: Running, decided: Decided) -> None:
    """Some programs do something on SIGCONT."""
    supervisor = running()
    supervisor.handle(ev.AppStopped(STOP), START)
    supervisor.handle(ev.AppContinued(), START)
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [do.Deliver(TERM, "process")]


def test_a_stop_of_the_app_that_is_reported_after_the_step_is_undone_once_a_step(
    running: Running, decided: Decided
) -> None:
    """SIGTERM met a stopped app before init had heard of it: it is pending there."""
    supervisor = running(TERM, plan="TERM:5 QUIT:5 KILL")
    wake = [do.Deliver(CONT, "process")]
    assert decided(supervisor.handle(ev.AppStopped(STOP), START)) == wake
    supervisor.handle(ev.AppContinued(), START)
    assert decided(supervisor.handle(ev.AppStopped(STOP), START)) == []
    supervisor.handle(ev.AppContinued(), START)
    supervisor.handle(ev.Elapsed(), START + 5)
    assert decided(supervisor.handle(ev.AppStopped(STOP), START + 5)) == wake


def test_an_app_that_a_step_of_the_plan_stopped_is_continued_by_the_next(
    running: Running, decided: Decided
) -> None:
    """TSTP to a program that does not know it."""
    supervisor = running(TERM, plan="TSTP:5 TERM")
    supervisor.handle(ev.AppStopped(TSTP), START + 1)
    assert decided(supervisor.handle(ev.Elapsed(), START + 5)) == [
        do.Deliver(TERM, "process"),
        do.Deliver(CONT, "process"),
    ]


@pytest.mark.parametrize("target", ["group", "all"])
def test_a_group_is_always_continued(running: Running, decided: Decided, target: str) -> None:
    """Whether one of its members is stopped, nobody tells init."""
    supervisor = running(target=target, plan="TERM:5 KILL")
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [
        do.Deliver(TERM, target),
        do.Deliver(CONT, target),
    ]


# ---- rewrites and the stop signal -----------------------------------------------------------


def test_a_stop_signal_that_is_rewritten_is_still_a_stop(
    running: Running, decided: Decided
) -> None:
    """`--rewrite TERM:INT` has made a plan of it (config), which runs as any other."""
    supervisor = running(plan="INT", rewrites={TERM: INT})
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [do.Deliver(INT, "process")]
    assert supervisor.life.state == "stopping"


def test_a_dropped_stop_signal_leaves_a_person_the_request(
    running: Running, decided: Decided
) -> None:
    """`--rewrite TERM:0` is about the signal; `initd stop` still means it."""
    supervisor = running(TERM, plan="QUIT", rewrites={TERM: 0})
    assert supervisor.life.state == "running"
    actions = decided(supervisor.handle(ev.Request(7, "stop"), START))
    assert actions == [do.Deliver(QUIT, "process"), do.Reply(7, {"ok": True})]


@pytest.mark.parametrize("name", ["TSTP", "TTIN", "TTOU"])
def test_a_step_that_stops_is_not_undone_by_what_wakes(
    running: Running, decided: Decided, name: str
) -> None:
    """SIGCONT takes such a signal away while it is pending, handler or not (signal(7))."""
    supervisor = running(plan=f"{name}:5 TERM", target="group")
    number = number_of(name)
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [
        do.Deliver(CONT, "group"),
        do.Deliver(number, "group"),
    ]
