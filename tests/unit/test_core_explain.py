"""What `initd check` says of signals is what the supervisor does with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.explain import signals as explain
from initd.core.explain.checks import check_words
from initd.core.health.check import Bound, Check
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.signals.numbers import DROP, FORWARDED, HUP, KILL, OWN, TERM, Rule
from initd.core.signals.route import (
    DELIVERED,
    FAULT,
    RESERVED,
    STOPS,
    UNCATCHABLE,
    SignalPolicy,
)
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

START = 100.0
forwarded = st.sampled_from(sorted(FORWARDED))
rules = st.dictionaries(forwarded, st.sampled_from([DROP, *sorted(FORWARDED)]), max_size=6)


def _running(policy: Policy) -> Supervisor:
    supervisor = Supervisor(policy)
    supervisor.handle(ev.Spawned(2), START)
    supervisor.handle(ev.Started(3), START)
    return supervisor


@given(rules, forwarded, st.sampled_from(["process", "group", "all"]))
def test_each_signals_route_is_what_the_supervisor_does(
    rewrites: dict[int, int], stop_signal: int, target: str
) -> None:
    """For every signal that can reach init, whatever the map and the stop signal."""
    rules = {number: Rule(out, "-r") for number, out in rewrites.items()}
    signals = SignalPolicy(rules, stop_signal, target)
    policy = Policy(command=("app",), signals=signals, stop_plan=plan_of("QUIT:5 KILL"))
    for route in explain.routes(signals):
        supervisor = _running(policy)
        if route.number not in FORWARDED | OWN:
            assert route.does in (FAULT, UNCATCHABLE, RESERVED)
            continue
        actions = supervisor.handle(ev.Signal(route.number, 0, 0), START)
        sent = [action.number for action in actions if isinstance(action, do.Deliver)]
        assert (supervisor.life.state == "stopping") == (route.does == STOPS)
        if route.does == STOPS:
            assert sent == [3, *explain.also_sent(target)]
        else:
            assert sent == ([route.out] if route.does == DELIVERED else [])


def _words(plan: str, own: bool = False, with_cont: bool = False) -> str:
    return explain.plan_words(plan_of(plan), "the app", with_cont, own)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("TERM", "TERM to the app, then wait for the engine"),
        (
            "QUIT:20 TERM:5",
            "QUIT to the app, wait 20 s, then TERM to the app, then wait for the engine"
            " (the log calls it overdue after 5 s)",
        ),
        (
            "QUIT:20 KILL",
            "QUIT to the app, wait 20 s, then KILL to the app, which nothing survives",
        ),
    ],
)
def test_a_plan_in_words(plan: str, words: str) -> None:
    """Step by step, and what comes after the last one."""
    assert _words(plan) == words


def test_a_stop_that_init_wants_has_an_end() -> None:
    """No engine's clock runs for a restart."""
    assert _words("TERM", own=True) == (
        "TERM to the app, wait 30 s, then KILL to the app, which nothing survives"
    )


def test_what_goes_along_is_said() -> None:
    """To a group, CONT goes with every step."""
    assert _words("TERM", with_cont=True).startswith("TERM and CONT to the app")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("no", "the container ends with the app's exit code (143 counts as 0)"),
        ("always", "started again after 0.1 s at first, and up to 60 s later"),
        (
            "on-failure:5/60",
            "with any code but 0 (143 counts as 0): started again after 0.1 s at first, and"
            " up to 60 s later, at most 5 times within 60 s",
        ),
    ],
)
def test_what_follows_an_end_in_words(policy: str, words: str) -> None:
    """The policy, its pauses, its limit."""
    assert explain.end_words(policy_of(policy), (143,)) == words


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (
            Check("web", "http", ("readiness",), "http://h/", period=5.0, statuses=((200, 299),)),
            "GET http://h/, expect status 200-299; every 5 s, timeout 1 s; ready after"
            " 1 success, not ready after 3 failures",
        ),
        (
            Check("db", "exec", ("startup",), argv=("pg_isready", "-h", "a b"), delay=3.0),
            "run pg_isready -h 'a b'; every 10 s, first after 3 s, timeout 1 s; started after"
            " 1 success, failed after 3 failures",
        ),
        (
            Check("up", "tcp", ("readiness",), "127.0.0.1:80", eager=True),
            "connect to 127.0.0.1:80; every 10 s, more often until it passes, timeout 1 s; ready"
            " after 1 success, not ready after 3 failures",
        ),
        (
            Check("app", "process", ("liveness",), failure=1, bounds=(Bound("rss", 0, 1 << 29),)),
            "check that the app's process is alive, with rss up to 512M; every 10 s, timeout 1 s;"
            " not alive after 1 failure, alive after 1 success",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Check) else "",
)
def test_a_check_in_words(check: Check, words: str) -> None:
    """What, how often, and what follows."""
    assert check_words(check) == words


def test_every_signal_has_a_route() -> None:
    """64 of them, and the well-known ones as everybody expects."""
    said = {route.number: route.does for route in explain.routes(SignalPolicy({}, TERM))}
    assert sorted(said) == list(range(1, 65))
    assert (said[TERM], said[HUP], said[KILL]) == (
        STOPS,
        DELIVERED,
        UNCATCHABLE,
    )


def test_the_words_for_what_outlives_the_app() -> None:
    """The default, and a plan of somebody's own."""
    assert explain.survivor_words().endswith("ended by itself, wait 3 s, then KILL")
    assert explain.survivor_words(plan_of("TERM:10 KILL")) == (
        "TERM to them, wait 10 s, then KILL to them, which nothing survives;"
        " TERM only to those that the stop has not asked to end"
    )
