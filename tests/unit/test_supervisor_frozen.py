"""What is known can be taken out as one plain value and put back: nothing is lost by it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initd.core.frozen import freeze, thaw
from initd.core.health.check import Check
from initd.core.life import events as ev
from initd.core.life.hook import ON_FAILURE, Hook
from initd.core.life.policy import AimPolicy, Policy
from initd.core.life.restart import ON_UNHEALTHY, policy_of
from initd.core.life.upward_policy import UpwardPolicy
from initd.core.plain import from_plain, to_plain
from initd.core.secrets import Reload
from initd.core.signals.numbers import HUP, KILL, TERM, Rule
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.sleep import may_sleep, orders
from initd.core.supervisor import Supervisor
from initd.json_codec import decode, encode

from .test_supervisor_every_state import EVENTS, SITUATIONS

WEB = Check("web", "http", ("liveness", "readiness"), "http://127.0.0.1/")
DB = Check("db", "tcp", ("prestart",), "db:5432")
HOOKS = tuple(
    Hook(moment=moment, argv=("it",), on_failure=acts[-1]) for moment, acts in ON_FAILURE.items()
)
policies = st.builds(
    lambda plan, target, aim, restart, on_unhealthy, monitor, jobs, reload, drain, hooks: Policy(
        command=("app",),
        signals=SignalPolicy({HUP: Rule(0, "-r")}, TERM, target, job_control=jobs),
        stop_plan=plan_of(plan),
        aim=aim,
        restart=policy_of(restart),
        on_unhealthy=on_unhealthy,
        checks=(WEB, DB)[: monitor * (1 + bool(hooks))],
        monitor=monitor,
        notify=monitor,
        reload=reload,
        upward=UpwardPolicy(needs_ready=False, watchdog=10.0) if monitor else None,
        drain=drain,
        hooks=hooks,
        registers=bool(hooks) and monitor,
        leave=1.0,
        watches={"web": 1} if hooks and monitor else {},
    ),
    plan=st.sampled_from(["TERM", "QUIT:20 TERM:5 KILL", "TSTP:0 TERM"]),
    target=st.sampled_from(["process", "group", "all"]),
    aim=st.sampled_from([None, AimPolicy(), AimPolicy(behind="sh", adapts=True, own=({"a": 1},))]),
    restart=st.sampled_from(["no", "always", "on-failure:2/60"]),
    on_unhealthy=st.sampled_from(ON_UNHEALTHY),
    monitor=st.booleans(),
    jobs=st.booleans(),
    reload=st.sampled_from([None, Reload(), Reload(signal=HUP), Reload(restarts=True)]),
    drain=st.sampled_from([0.0, 5.0]),
    hooks=st.sampled_from([(), HOOKS]),
)
#: Which event comes next, after how many seconds, and whether the state is moved before it.
histories = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.floats(0, 30), st.booleans()), max_size=30
)
#: Only where there is a monitor.
ABOUT_THE_MONITOR = (
    *(ev.MonitorStarted, ev.MonitorRefused, ev.MonitorEnded, ev.HealthReported, ev.ViewAsked),
    *(ev.MainPidNamed, ev.Followed, ev.ExtensionAsked, ev.NotifiedNobody),
)


def _through_text(value: Any) -> Any:
    """As in the file that pid 1 leaves behind when it falls asleep."""
    return from_plain(decode(encode(to_plain(value))))


def _moved(supervisor: Supervisor, policy: Policy) -> Supervisor:
    """Another supervisor with the same state, which has been text on the way."""
    another = Supervisor(policy, seed=99)
    thaw(another, _through_text(freeze(supervisor)))
    return another


@settings(max_examples=1000)
@given(policies, histories)
def test_a_state_that_was_frozen_and_thawed_decides_as_if_nothing_had_happened(
    policy: Policy, history: Sequence[tuple[ev.Event, float, bool]]
) -> None:
    """Actions, deadlines and exit codes, whatever happens, however often the state is moved."""
    stays, moves = Supervisor(policy, seed=7), Supervisor(policy, seed=7)
    assert stays.begin() == moves.begin()
    its_policy = _through_text(policy)
    assert its_policy == policy
    now = 100.0
    for event, after, is_moved in history:
        if isinstance(event, ABOUT_THE_MONITOR) and not policy.monitor:
            continue
        if isinstance(event, ev.SecretsRead) and policy.reload is None:
            continue
        now += after
        if is_moved:
            moves = _moved(moves, its_policy)
        assert moves.handle(event, now) == stays.handle(event, now)
        assert (moves.deadline, moves.exit_code) == (stays.deadline, stays.exit_code)
        assert moves.direct_routes == stays.direct_routes
    assert freeze(moves) == freeze(stays)


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_event_in_every_state_is_decided_on_alike_by_one_that_was_thawed(name: str) -> None:
    """Actions, deadline, exit code, and the orders for the next sleep."""
    policy = Policy(
        command=("app",),
        signals=SignalPolicy({HUP: Rule(0, "-r")}, TERM),
        stop_plan=plan_of("QUIT:20 TERM:5 KILL"),
        restart=policy_of("on-failure"),
        checks=(WEB,),
        monitor=True,
        notify=True,
        reload=Reload(restarts=True),
    )
    for event in EVENTS:
        stays = Supervisor(policy, seed=7)
        stays.begin()
        for before in SITUATIONS[name]:
            stays.handle(before, 100.0)
        moves = _moved(stays, _through_text(policy))
        assert moves.handle(event, 101.5) == stays.handle(event, 101.5)
        assert (moves.deadline, moves.exit_code) == (stays.deadline, stays.exit_code)
        assert moves.direct_routes == stays.direct_routes
        assert (may_sleep(moves), orders(moves.life)) == (may_sleep(stays), orders(stays.life))
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
        reload=Reload(),
        hooks=HOOKS,
    )
    supervisor = Supervisor(policy)
    life, upkeep, rereading = supervisor.life, supervisor.upkeep, supervisor.rereading
    assert upkeep is not None
    assert rereading is not None
    assert supervisor.moments is not None
    assert upkeep.upward is not None
    made_from_configuration = {"policy", "handlers", "_plan", "_target", "_life", "_policy"}
    made_from_configuration |= {"_fitted", "_ending", "_patience", "_first", "_looks", "_adapts"}
    made_from_configuration |= {"_configured", "_grace", "_drain", "_lead_time", "life", "reload"}
    made_from_configuration |= {"gate", "_hooks", "_limits"}
    frozen_otherwise = {"report"}
    parts: list[Any] = [life, upkeep, life.pending, life.counts, life.history, life.stop]
    ending = [life.end_request, life.stop_watch, life.aiming]
    others = [upkeep.upward, rereading, supervisor.moments]
    for part in [*parts, life.sweep, *ending, *others]:
        attributes = set(vars(part)) - made_from_configuration - frozen_otherwise
        assert attributes == set(part.STATE), type(part).__name__
