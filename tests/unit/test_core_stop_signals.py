"""Which signals mean a stop: by the plan, by the program, by custom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals.numbers import DROP, FORWARDED, INT, KILL, QUIT, TERM, Rule, number_of
from initd.core.signals.profile import recognise
from initd.core.signals.profile_table import TABLE
from initd.core.signals.route import DELIVERED, DROPPED, STOPS, SignalPolicy, direct_routes, route
from initd.core.signals.stop_plan import plan_of
from initd.core.signals.stop_signals import ENDING, HALT, ending_signals, plan_starters

USR1, WINCH, HUP = 10, 28, 1


def _starters(command: str, plan: str | None = None) -> set[int]:
    """Those of a command whose plan is its profile's, or the given one; without systemd's."""
    profile = recognise(TABLE, command.split(), {})
    own = plan_of(profile.stop) if profile is not None else None
    chosen = plan_of(plan) if plan else own or plan_of("TERM")
    return set(plan_starters(chosen, profile, own)) - {HALT}


@pytest.mark.parametrize(
    ("command", "starters"),
    [
        ("nginx", {QUIT}),
        ("apache2 -DFOREGROUND", {WINCH}),
        ("haproxy -W", {USR1}),
        ("postgres", {INT}),
        ("gunicorn app", {TERM}),
        ("sidekiq", {TERM}),
        ("an-app", {TERM}),
    ],
)
def test_the_signal_that_ends_the_program_starts_its_plan(command: str, starters: set[int]) -> None:
    """Images have it as their STOPSIGNAL. TSTP only quiets Sidekiq."""
    assert _starters(command) == starters


@pytest.mark.parametrize(
    ("command", "plan", "starters"),
    [
        ("an-app", "QUIT:20 TERM:5 KILL", {QUIT}),
        ("an-app", "CONT:4 TERM:6 KILL", {TERM}),
        ("an-app", "TSTP:5 INT", {INT}),
        ("an-app", "USR1:5 TERM", {TERM}),
        ("an-app", "USR1:20 USR2:5 KILL", {USR1}),
        ("an-app", "HUP", {HUP}),
        ("an-app", "KILL", set()),
        ("haproxy", "CONT:4 USR1:20 KILL", {USR1}),
        ("haproxy", "USR1:20 TERM:5 KILL", {USR1, TERM}),
        ("beanstalkd", "USR1", {TERM}),
        ("nginx", "HUP:3", {QUIT}),
    ],
)
def test_of_a_plan_the_step_that_ends_counts(command: str, plan: str, starters: set[int]) -> None:
    """Not a drain delay, not what the program reloads or goes quiet on."""
    assert _starters(command, plan) == starters


def test_systemds_signal_for_halt_is_a_stop_for_everybody() -> None:
    """podman --systemd=always sends it; a program would die of it."""
    assert number_of("RTMIN+3") == HALT
    assert HALT in plan_starters(plan_of("TERM"), None, None)


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("an-app", {TERM, INT, QUIT}),
        ("java -jar x", {TERM, INT}),
        ("mariadbd", {TERM, QUIT}),
        ("rsyslogd -n", {TERM}),
    ],
)
def test_a_signal_that_the_program_survives_asks_for_nothing(
    command: str, ending: set[int]
) -> None:
    """A JVM prints its threads on QUIT."""
    assert set(ending_signals(recognise(TABLE, command.split(), {}))) == ending


def test_a_reload_is_never_a_stop() -> None:
    """Of no program that initd knows: nor what reopens its logs or quiets it."""
    for row in TABLE:
        profile = recognise([row], row["match"][0].replace("*", "x").split(), {})
        assert profile is not None
        own = plan_of(profile.stop)
        for key in ("reload", "reopen", "quiet"):
            if key in row:
                asked = plan_starters(own, profile, own) | ending_signals(profile)
                assert number_of(row[key]) not in asked, row["name"]


POLICY = SignalPolicy({}, TERM, starters=frozenset((QUIT, HALT)))


def test_what_starts_the_plan_waits_for_the_supervisor() -> None:
    """It is not sent straight to the app; INT, which is passed on, is."""
    assert route(QUIT, POLICY).does == route(HALT, POLICY).does == STOPS
    routes = direct_routes(POLICY)
    assert INT in routes
    assert not routes.keys() & {QUIT, HALT, TERM}


def test_a_rewrite_says_what_is_delivered_and_starts_nothing() -> None:
    """But what is delivered may still be what ends programs."""
    policy = SignalPolicy(
        {QUIT: Rule(HUP, "-r"), HALT: Rule(DROP, "-r"), HUP: Rule(INT, "-r")},
        TERM,
        starters=frozenset((QUIT, HALT)),
    )
    assert (route(QUIT, policy).does, route(QUIT, policy).asks) == (DELIVERED, False)
    assert (route(HALT, policy).does, route(HALT, policy).asks) == (DROPPED, False)
    assert (route(HUP, policy).does, route(HUP, policy).asks) == (DELIVERED, True)


@given(st.sampled_from(sorted(FORWARDED - {TERM, QUIT, HALT})))
def test_what_is_delivered_asks_for_the_end_exactly_if_it_ends_programs(number: int) -> None:
    """And starts no plan."""
    found = route(number, POLICY)
    assert (found.does, found.stops) == (DELIVERED, False)
    assert found.asks == (number in ENDING)


def test_kill_by_name_asks_for_nothing() -> None:
    """`initd signal KILL` is how people try what a restart policy does."""
    assert not route(KILL, POLICY).asks
