"""A stop plan is fitted into the engine's patience."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals.fit import (
    fit,
    is_too_long,
    lead_within,
    seconds_needed,
    time_until_kill,
)
from initd.core.signals.numbers import FORWARDED, KILL
from initd.core.signals.profile_table import TABLE
from initd.core.signals.stop_plan import Plan, Step, plan_of, text_of

patience = st.floats(0, 100, allow_nan=False).map(lambda value: round(value, 2))
signals = st.sampled_from(sorted(FORWARDED))
steps = st.lists(st.builds(Step, signals, patience), min_size=1, max_size=4)
lasts = st.sampled_from([(), (Step(KILL),), (Step(15),), (Step(3, 7.0),)])
plans = st.builds(lambda front, last: (*front, *last), steps, lasts)
graces = st.floats(0.1, 600, allow_nan=False)


@pytest.mark.parametrize(
    ("plan", "grace", "hurry", "fitted"),
    [
        # Nothing to do but the end, a second before the engine's.
        ("TERM", 30, "", "TERM:29 KILL"),
        ("TERM", 10, "", "TERM:9 KILL"),
        ("TERM", 2, "", "TERM:1.8 KILL"),
        # Long enough: the times are the user's, and the last step has the rest.
        ("QUIT:20 TERM:5 KILL", 30, "", "QUIT:20 TERM:5 KILL"),
        ("QUIT:20 TERM", 30, "", "QUIT:20 TERM:9 KILL"),
        ("QUIT:20 TERM:5", 30, "", "QUIT:20 TERM:9 KILL"),
        # Too long: all of it is shorter by the same part.
        ("QUIT:20 TERM:5 KILL", 11, "", "QUIT:8 TERM:2 KILL"),
        ("QUIT:20 TERM:5", 11, "", "QUIT:8 TERM:2 KILL"),
        ("QUIT:18 TERM", 11, "", "QUIT:9 TERM:1 KILL"),
        # The program's own emergency signal, in time.
        ("QUIT", 30, "TERM", "QUIT:27 TERM:2 KILL"),
        ("QUIT", 30, "TERM:5", "QUIT:24 TERM:5 KILL"),
        ("TERM", 10, "INT:0.5 INT", "TERM:6.5 INT:0.5 INT:2 KILL"),
        ("QUIT", 5, "TERM:5", "QUIT:2.25 TERM:2.25 KILL"),
        # A plan of KILL alone is one already.
        ("KILL", 10, "TERM", "KILL"),
    ],
)
def test_a_plan_within_a_grace_period(plan: str, grace: float, hurry: str, fitted: str) -> None:
    """By example."""
    urgent = plan_of(hurry) if hurry else ()
    assert text_of(fit(plan_of(plan), grace, urgent)) == fitted


@given(plans, graces, st.sampled_from([(), plan_of("TERM"), plan_of("INT:3 INT:4")]))
def test_every_step_comes_before_the_engines_kill(plan: Plan, grace: float, hurry: Plan) -> None:
    """In the order of the plan, then what is urgent, then KILL, the only step without an end."""
    found = fit(plan, grace, hurry)
    *before, last = found
    own = [step.signal for step in plan if step.signal != KILL]
    assert [step.signal for step in before] == own + [step.signal for step in hurry]
    assert last == Step(KILL)
    assert seconds_needed(found) <= time_until_kill(grace) + 1e-6
    assert time_until_kill(grace) < grace
    assert all(step.patience is not None and step.patience >= 0 for step in before)


@given(plans, graces)
def test_a_plan_that_has_the_time_keeps_its_times(plan: Plan, grace: float) -> None:
    """Somebody has thought about them."""
    if is_too_long(plan, grace):
        return
    fitted = fit(plan, grace)
    for own, step in zip(plan[:-1], fitted, strict=False):
        if plan[-1].signal == KILL or plan[-1].patience is not None:
            assert own == step


@given(plans, graces)
def test_a_fitted_plan_fits(plan: Plan, grace: float) -> None:
    """Once more changes nothing, but for the hundredths of a second."""
    fitted = fit(plan, grace)
    again = fit(fitted, grace)
    assert [step.signal for step in again] == [step.signal for step in fitted]
    assert seconds_needed(again) == pytest.approx(seconds_needed(fitted), abs=0.1)


@given(plans, graces)
def test_what_is_urgent_has_at_most_half_of_the_time(plan: Plan, grace: float) -> None:
    """It cuts work that might have ended by itself."""
    found = fit(plan, grace, plan_of("INT:60"))
    urgent = found[-2]
    assert (urgent.patience or 0) <= time_until_kill(grace) / 2


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_no_profile_is_longer_than_dockers_ten_seconds(row: dict[str, object]) -> None:
    """Or everybody who gives --grace 10 is warned of what we wrote."""
    assert not is_too_long(plan_of(str(row.get("stop", "TERM"))), 10)


seconds = st.floats(0, 600, allow_nan=False)


@given(plans, graces, seconds, seconds)
def test_what_comes_before_the_plan_is_part_of_the_time(
    plan: Plan, grace: float, hook: float, drain: float
) -> None:
    """It has at most half of it, and the plan what is left."""
    lead = lead_within(grace, hook, drain)
    assert lead[0] <= hook
    assert lead[1] <= drain
    if lead != (hook, drain):
        assert sum(lead) <= time_until_kill(grace) / 2 + 1e-6
    found = fit(plan, grace, plan_of("INT:60"), sum(lead))
    assert sum(lead) + seconds_needed(found) <= time_until_kill(grace) + 1e-6
    assert found[-1] == Step(KILL)
