"""Before the first success: where nobody has said how often, a check is asked more often, and only
its successes count. On the simulated clock of test_core_health.py."""

from __future__ import annotations

import pytest

from initd.config.values.check import read_check
from initd.core.health.check import ProbeResult
from initd.core.health.roles import LIVENESS, READINESS, STARTUP
from initd.core.health.schedule import Change, Health
from initd.core.health.verdict import HEALTHY

from .test_core_health import APP, START, World, check

#: Of a check that never passes, in its first twelve seconds, delay 0 and period 10.
HURRIED = [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.562, 1.953, 2.441, 3.052, 3.815, 4.768, 5.96, 7.451]


def up_after(seconds: float, world: World) -> None:
    """The app answers from then on."""
    world.run(seconds - 0.001)
    for script in world.answers.values():
        script[:] = ["o"]


def test_an_app_that_is_up_after_one_and_a_half_seconds_is_healthy_then() -> None:
    """Not after a period of ten seconds; from then on the check is asked every period."""
    world = World([check("web", eager=True)], {"web": "x"})
    up_after(1.5, world)
    world.run(1.6)
    assert world.says(HEALTHY)
    assert world.turned == ["1.5625 web readiness well"]
    world.run(40)
    assert world.asked["web"][-4:] == [10.0, 20.0, 30.0, 40.0]


def test_the_pauses_grow_so_that_a_slow_app_is_not_kept_busy() -> None:
    """A dozen within the first period, a few in the next ones, and after forty seconds none."""
    world = World([check("web", eager=True)], {"web": "x"})
    world.run(9.9)
    assert world.asked["web"] == [*HURRIED, 9.313]
    world.run(200)
    late = [at for at in world.asked["web"] if at > 60]
    assert {round(b - a, 3) for a, b in zip(late, late[1:], strict=False)} == {10.0}


def test_the_delay_is_waited_for_all_the_same() -> None:
    world = World([check("web", eager=True, delay=5.0)], {"web": "x"})
    world.run(5.6)
    assert world.asked["web"] == [5.0, 5.25, 5.5]


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize(
    ("roles", "turned"),
    [
        ((STARTUP,), ["30 web liveness bad"]),
        ((READINESS,), ["20 web readiness bad"]),
        ((READINESS, LIVENESS), ["20 web liveness bad", "20 web readiness bad"]),
    ],
    ids=["startup", "readiness", "both"],
)
def test_what_fails_fails_when_it_would_without(
    eager: bool, roles: tuple[str, ...], turned: list[str]
) -> None:
    """Failure x period: the probes in between count for nothing and put nothing off."""
    world = World([check("web", *roles, eager=eager)], {"web": "x"})
    world.run(100)
    assert sorted(world.turned) == turned


def test_liveness_alone_has_nothing_to_hurry_for() -> None:
    """It begins as passing."""
    world = World([check("web", LIVENESS, eager=True)], {"web": "x"})
    world.run(35)
    assert world.asked["web"] == [0.0, 10.0, 20.0, 30.0]


def test_a_success_is_the_end_of_it_also_where_more_are_wanted() -> None:
    """With success=3 the next ones come a period apart; and an app that fails again later, too."""
    world = World([check("web", eager=True, success=3)], {"web": "xxooox"})
    world.run(25)
    assert world.asked["web"] == [0.0, 0.25, 0.5, 10.0, 20.0]
    assert world.turned == ["20 web readiness well"]
    world.run(65)
    assert world.asked["web"][5:] == [30.0, 40.0, 50.0, 60.0]


def test_behind_a_startup_check_it_begins_when_that_has_passed() -> None:
    """Each is waited for from its own first probe on."""
    both = [check("boot", STARTUP, eager=True), check("web", eager=True)]
    world = World(both, {"boot": "xo", "web": "xxo"})
    world.run(2)
    assert world.asked["boot"] == [0.0, 0.25]
    assert world.asked["web"] == [0.25, 0.5, 0.75]
    assert world.says(HEALTHY)


def test_the_first_success_tells_what_was_waited_for() -> None:
    """Not one that came at once."""
    health = Health([check("web", eager=True), check("db", eager=True)])
    health.begin(APP, START)
    health.due(START)
    assert health.answered(APP, "web", ProbeResult(False, "refused"), START) == []
    at_once = health.answered(APP, "db", ProbeResult(True, "ok"), START)
    assert at_once == [Change("db", READINESS, True, "ok")]
    health.due(START + 0.25)
    (change,) = health.answered(APP, "web", ProbeResult(True, "200"), START + 0.3)
    assert change == Change("web", READINESS, True, "200", 0.3, "refused")


@pytest.mark.parametrize(
    ("text", "eager"),
    [
        ("web tcp 127.0.0.1:80", True),
        ("web tcp 127.0.0.1:80 delay=3 failure=9", True),
        ("web tcp 127.0.0.1:80 period=10", False),
        ("db tcp db:5432 role=prestart", True),
        ("up notify", False),
    ],
)
def test_who_says_how_often_is_taken_at_his_word(text: str, eager: bool) -> None:
    """A period that was given is kept, as in a Kubernetes manifest; READY=1 comes by itself."""
    assert read_check(text).eager is eager
