"""The supervisor and the signals that a running app is to get, and job control."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.signals.numbers import (
    CONT,
    DROP,
    FORWARDED,
    HUP,
    INT,
    JOB_CONTROL,
    QUIT,
    TERM,
    TSTP,
    TTIN,
    TTOU,
    Rule,
)
from initd.core.signals.route import ALL, DELIVERED, SignalPolicy, direct_routes, route
from initd.core.signals.stop_plan import Step
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
STOP, WINCH = 19, 28
Running = Callable[..., Supervisor]
Decided = Callable[[Sequence[do.Action]], list[do.Action]]
targets = st.sampled_from(["process", "group", "all"])


@given(st.sampled_from(sorted(FORWARDED - {TERM})), targets)
def test_a_signal_is_delivered_as_it_is_to_the_target(
    running: Running, decided: Decided, number: int, target: str
) -> None:
    """Real-time signals too; nothing else follows from it."""
    supervisor = running(target=target)
    assert decided(supervisor.handle(ev.Signal(number, 0, 0), START)) == [
        do.Deliver(number, target)
    ]
    assert (supervisor.life.state, supervisor.deadline) == ("running", None)


@given(st.sampled_from(sorted(FORWARDED - {TERM})), st.integers(1, 64))
def test_a_rewritten_signal_is_delivered_as_another(
    running: Running, decided: Decided, number: int, out: int
) -> None:
    """And only that one is."""
    supervisor = running(rewrites={number: out})
    arrived = ev.Signal(number, 0, 0)
    assert decided(supervisor.handle(arrived, START)) == [do.Deliver(out, "process")]


@given(st.sampled_from(sorted(FORWARDED)))
def test_a_dropped_signal_does_nothing(running: Running, decided: Decided, number: int) -> None:
    """Not even where it is the stop signal."""
    supervisor = running(rewrites={number: 0})
    assert decided(supervisor.handle(ev.Signal(number, 0, 0), START)) == []
    assert (supervisor.life.state, supervisor.deadline) == ("running", None)


def test_a_rewrite_is_not_rewritten_again(running: Running, decided: Decided) -> None:
    """HUP becomes INT, and INT becomes QUIT: one step each."""
    supervisor = running(rewrites={HUP: INT, INT: QUIT})
    assert decided(supervisor.handle(ev.Signal(HUP, 0, 0), START)) == [do.Deliver(INT, "process")]


def test_a_signal_that_becomes_the_stop_signal_is_a_signal_and_not_a_stop(
    running: Running, decided: Decided
) -> None:
    """`--rewrite INT:TERM` says what is delivered; what arrives decides about the plan."""
    supervisor = running(plan="QUIT:5 KILL", rewrites={INT: TERM})
    assert decided(supervisor.handle(ev.Signal(INT, 0, 0), START)) == [do.Deliver(TERM, "process")]
    assert supervisor.life.state == "running"


def test_the_log_has_who_sent_a_signal(running: Running) -> None:
    """Pid 0 is outside of the container. The app gets it first, the log then."""
    facts = {"signal": "HUP", "from_pid": 42, "from_uid": 1000}
    assert running().handle(ev.Signal(HUP, 42, 1000), START) == [
        do.Deliver(HUP, "process"),
        do.Log("info", "signal.received", facts),
    ]


@given(st.sampled_from([17, TTIN, TTOU]), targets)
def test_what_is_about_inits_own_children_and_terminal_is_not_passed_on(
    running: Running, decided: Decided, number: int, target: str
) -> None:
    """CHLD, TTIN and TTOU are init's."""
    supervisor = running(target=target)
    assert decided(supervisor.handle(ev.Signal(number, 0, 0), START)) == []


def test_a_signal_that_does_not_arrive_is_said_and_changes_nothing(
    running: Running, decided: Decided
) -> None:
    """EPERM without CAP_KILL, for one."""
    supervisor = running()
    actions = supervisor.handle(ev.Undelivered(HUP, "Operation not permitted"), START)
    assert decided(actions) == []
    facts = {"signal": "HUP", "why": "Operation not permitted"}
    assert actions == [do.Log("warning", "signal.undelivered", facts)]
    assert supervisor.life.state == "running"


# ---- the app is stopped and continued -------------------------------------------------------


def test_a_stopped_app_is_unhealthy_until_it_is_continued(running: Running) -> None:
    """Whoever stopped it."""
    supervisor = running()
    supervisor.handle(ev.AppStopped(STOP), START)
    assert supervisor.life.stopped_by == STOP
    supervisor.handle(ev.AppContinued(), START)
    assert supervisor.life.stopped_by is None


@pytest.mark.parametrize("number", [STOP, TSTP, TTIN, TTOU])
def test_without_job_control_init_goes_on_when_the_app_is_stopped(
    running: Running, decided: Decided, number: int
) -> None:
    """As pid 1 there is no shell that could continue it."""
    assert decided(running().handle(ev.AppStopped(number), START)) == []


@pytest.mark.parametrize("number", [TSTP, TTIN, TTOU])
def test_with_job_control_init_is_suspended_with_the_app(
    running: Running, decided: Decided, number: int
) -> None:
    """Ctrl-Z: the shell waits for init, and sees it stop."""
    supervisor = running(job_control=True)
    assert decided(supervisor.handle(ev.AppStopped(number), START)) == [do.Suspend()]


def test_with_job_control_a_stop_by_somebody_else_does_not_suspend_init(
    running: Running, decided: Decided
) -> None:
    """A keyboard has no key for SIGSTOP."""
    assert decided(running(job_control=True).handle(ev.AppStopped(STOP), START)) == []


def test_fg_hands_the_terminal_on_and_continues_the_whole_job(
    running: Running, decided: Decided
) -> None:
    """The shell continues init's group; the app's is another one, whatever the target."""
    supervisor = running(job_control=True)
    supervisor.handle(ev.AppStopped(TSTP), START)
    assert decided(supervisor.handle(ev.Signal(CONT, 0, 0), START)) == [
        do.HandTerminal(),
        do.Deliver(CONT, "group"),
    ]
    supervisor.handle(ev.AppContinued(), START)
    assert supervisor.life.stopped_by is None


def test_without_job_control_sigcont_is_a_signal_like_others(
    running: Running, decided: Decided
) -> None:
    """The terminal is not touched."""
    assert decided(running().handle(ev.Signal(CONT, 0, 0), START)) == [do.Deliver(CONT, "process")]


def test_a_shim_that_is_stopped_is_continued(running: Running, decided: Decided) -> None:
    """Stopped, it can't report."""
    assert decided(running().handle(ev.ShimStopped(), START)) == [do.ContinueShim()]


rules = st.sampled_from([DROP, HUP, QUIT, TERM]).map(lambda out: Rule(out, "a test"))
HISTORIES: dict[str, list[ev.Event]] = {
    "starting": [],
    "running": [ev.Started(APP)],
    "stopping": [ev.Started(APP), ev.Request(1, "stop")],
    "ended": [ev.Started(APP), ev.AppExited(0), ev.ReapedAll(False)],
}


@given(
    targets,
    st.dictionaries(st.sampled_from(sorted(FORWARDED)), rules, max_size=4),
    st.sampled_from([TERM, QUIT, HUP]),
    st.booleans(),
    st.sampled_from(sorted(HISTORIES)),
    st.integers(1, 64),
)
def test_what_is_sent_at_once_is_what_would_have_been_sent(
    target: str,
    signal_map: dict[int, Rule],
    stop: int,
    job_control: bool,
    history: str,
    number: int,
) -> None:
    """There is one decision: whatever the loop sends before it tells, the event would have
    sent, and nothing more would have followed; the counts are the same."""
    plan = (Step(stop),)
    signals = SignalPolicy(signal_map, stop, target, job_control=job_control)
    policy = Policy(command=("app",), signals=signals, stop_plan=plan)
    asked, told = Supervisor(policy), Supervisor(policy)
    for event in HISTORIES[history]:
        asked.handle(event, START)
        told.handle(event, START)
    out = asked.direct_routes.get(number, 0)
    if out:
        actions = asked.handle(ev.Signal(number, 1, 2), START)
        assert actions[0] == do.Deliver(out, "process")
        assert [type(action) for action in actions[1:]] == [do.Log]
        assert told.handle(ev.Signal(number, 1, 2, out), START) == actions[1:]
        assert told.life.counts.view() == asked.life.counts.view()
        assert (told.life.state, told.deadline) == (asked.life.state, asked.deadline)


def test_a_signal_that_is_simply_passed_on_is_sent_at_once(running: Running) -> None:
    """And one that asks for a stop, or stops and continues a job, is not."""
    supervisor = running(rewrites={QUIT: HUP})
    routes = supervisor.direct_routes
    assert [routes.get(number) for number in (HUP, QUIT, 34)] == [HUP, HUP, 34]
    assert routes.keys().isdisjoint((TERM, CONT, TSTP, TTIN, TTOU))


@given(
    st.dictionaries(st.sampled_from(sorted(FORWARDED)), rules, max_size=6),
    st.sampled_from(sorted(FORWARDED)),
    st.booleans(),
)
def test_the_direct_routes_are_those_of_route(
    signal_map: dict[int, Rule], stop: int, job_control: bool
) -> None:
    """All that are simply delivered, but for what stops and continues a job: made in another way,
    for speed, and never different."""
    policy = SignalPolicy(signal_map, stop, job_control=job_control)
    routes = [route(number, policy) for number in ALL if number not in JOB_CONTROL | {CONT}]
    expected = {each.number: each.out for each in routes if each.does == DELIVERED}
    assert direct_routes(policy) == expected
