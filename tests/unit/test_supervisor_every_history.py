"""All that can happen to a small container, in every order: none of it leads where no way is out.

The search is exhaustive: from each world that is found, everything that can happen in it is tried,
until no new one is found. In each of them a stop is asked for, all that lives dies, and time goes
on: then init ends. (A model checker such as TLC or spin would walk a model of the supervisor; this
walks the supervisor itself, and costs seconds.)
"""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.signals.numbers import TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of

from .small_world import World

#: What makes other ways: a restart, a monitor that calls the app ill, and another process in the
#: app's place, by a pid file or because it was named.
POLICIES: dict[str, dict[str, Any]] = {
    "a pid file": {"pid_file": "/run/app.pid"},
    "restarts": {"restart": policy_of("on-failure:2"), "monitor": True, "on_unhealthy": "restart"},
    "a named process": {"restart": policy_of("on-failure"), "monitor": True, "notify": True},
}


def _first(name: str) -> World:
    policy = Policy(
        command=("app",),
        signals=SignalPolicy({}, TERM),
        stop_plan=plan_of("TERM:5 KILL"),
        **POLICIES[name],
    )
    return World(policy)


def _next(world: World, what: str, history: str) -> World:
    following = world.copy()
    try:
        following.happen(what)
    except AssertionError as unsound:
        raise AssertionError(f"{unsound}, after{history}, {what}") from unsound
    return following


@pytest.mark.parametrize("name", POLICIES)
def test_every_history_ends_once_a_stop_was_asked_for(name: str) -> None:
    """Whatever dies, in whatever order; and what is left, init ends by itself."""
    first = _first(name)
    first.begin()
    seen, todo = {first.key()}, deque([(first, "")])
    while todo:
        world, history = todo.popleft()
        ending = world.copy()
        ending.run_out()
        state = ending.supervisor.life.state
        assert ending.supervisor.exit_code is not None, f"{state} has no way out after{history}"
        if world.waits_for_nobody:
            swept = world.copy()
            swept.sweep_on()
            assert swept.supervisor.life.state != "sweeping", f"a sweep without end after{history}"
        for what in world.possible():
            following = _next(world, what, history)
            if following.key() not in seen:
                seen.add(following.key())
                todo.append((following, f"{history}, {what}"))
    assert len(seen) > 500, "a world in which hardly anything happens proves nothing"
