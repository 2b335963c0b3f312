"""What is known can be taken out as one plain value and put back: nothing is lost by it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from initd.core.frozen import freeze, thaw
from initd.core.health.check import Check
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import ON_UNHEALTHY, policy_of
from initd.core.life.upward_policy import UpwardPolicy
from initd.core.signals.numbers import HUP, KILL, TERM, Rule
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

from .test_supervisor_every_state import EVENTS

WEB = Check("web", "http", ("liveness", "readiness"), "http://127.0.0.1/")
policies = st.builds(
    lambda plan, target, restart, on_unhealthy, monitor, job_control: Policy(
        command=("app",),
        signals=SignalPolicy({HUP: Rule(0, "-r")}, TERM, target, job_control=job_control),
        stop_plan=plan_of(plan),
        restart=policy_of(restart),
        on_unhealthy=on_unhealthy,
        checks=(WEB,) if monitor else (),
        monitor=monitor,
        notify=monitor,
        upward=UpwardPolicy(needs_ready=False, watchdog=10.0) if monitor else None,
    ),
    plan=st.sampled_from(["TERM", "QUIT:20 TERM:5 KILL", "TSTP:0 TERM"]),
    target=st.sampled_from(["process", "group", "all"]),
    restart=st.sampled_from(["no", "always", "on-failure:2/60"]),
    on_unhealthy=st.sampled_from(ON_UNHEALTHY),
    monitor=st.booleans(),
    job_control=st.booleans(),
)
#: Which event comes next, after how many seconds, and whether the state is moved before it.
histories = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.floats(0, 30), st.booleans()), max_size=40
)
#: Only where there is a monitor.
ABOUT_THE_MONITOR = (
    *(ev.MonitorStarted, ev.MonitorRefused, ev.MonitorEnded, ev.HealthReported, ev.ViewAsked),
    *(ev.MainPidNamed, ev.Followed, ev.ExtensionAsked, ev.NotifiedNobody),
)


def _moved(supervisor: Supervisor, policy: Policy) -> Supervisor:
    """Another supervisor with the same state, which has been text on the way."""
    text = json.dumps(freeze(supervisor))
    another = Supervisor(policy, seed=99)
    thaw(another, json.loads(text))
    return another


@given(policies, histories)
def test_a_state_that_was_frozen_and_thawed_decides_as_if_nothing_had_happened(
    policy: Policy, history: Sequence[tuple[ev.Event, float, bool]]
) -> None:
    """Actions, deadlines and exit codes, whatever happens, however often the state is moved."""
    stays, moves = Supervisor(policy, seed=7), Supervisor(policy, seed=7)
    assert stays.begin() == moves.begin()
    now = 100.0
    for event, after, is_moved in history:
        if isinstance(event, ABOUT_THE_MONITOR) and not policy.monitor:
            continue
        now += after
        if is_moved:
            moves = _moved(moves, policy)
        assert moves.handle(event, now) == stays.handle(event, now)
        assert (moves.deadline, moves.exit_code) == (stays.deadline, stays.exit_code)
        assert moves.direct_routes == stays.direct_routes
    assert freeze(moves) == freeze(stays)


def test_what_is_frozen_does_not_change_with_what_goes_on() -> None:
    """A copy, not a view."""
    policy = Policy(command=("app",), signals=SignalPolicy({}, TERM), stop_plan=plan_of("TERM"))
    supervisor = Supervisor(policy)
    frozen = freeze(supervisor)
    before = json.dumps(frozen)
    for event in (ev.Spawned(2), ev.Started(3), ev.Signal(HUP, 0, 0), ev.AppExited(KILL)):
        supervisor.handle(event, 100.0)
    assert json.dumps(frozen) == before
    assert json.dumps(freeze(supervisor)) != before


def test_every_attribute_that_changes_is_part_of_the_state() -> None:
    """A new one that is forgotten would be lost: all others hold configuration, or what is
    made from it."""
    checks = (WEB,)
    policy = Policy(
        command=("app",),
        signals=SignalPolicy({}, TERM),
        stop_plan=plan_of("TERM"),
        checks=checks,
        monitor=True,
        notify=True,
        upward=UpwardPolicy(needs_ready=True),
    )
    supervisor = Supervisor(policy)
    life, upkeep = supervisor.life, supervisor.upkeep
    assert upkeep is not None
    assert upkeep.upward is not None
    made_from_configuration = {"policy", "handlers", "_plan", "_target", "_life", "_policy"}
    made_from_configuration |= {"_fitted", "_ending", "_patience", "_first", "_looks", "_adapts"}
    made_from_configuration |= {"_configured", "_grace"}
    frozen_otherwise = {"report"}
    parts: list[Any] = [life, upkeep, life.pending, life.counts, life.history, life.stop]
    ending = [life.end_request, life.stop_watch, life.aiming]
    for part in [*parts, life.sweep, *ending, upkeep.upward]:
        attributes = set(vars(part)) - made_from_configuration - frozen_otherwise
        assert attributes == set(part.STATE), type(part).__name__
