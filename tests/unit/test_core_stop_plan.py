"""Stop plans: read, printed, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals.numbers import INT, KILL, QUIT, RTMAX, TERM, TSTP
from initd.core.signals.stop_plan import Plan, Step, plan_of, text_of

LONGEST = 86400.0 * 365
patiences = st.floats(0, LONGEST, allow_nan=False)
signals = st.integers(1, RTMAX)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Every step but the last has a patience; the last may."""
    before = draw(st.lists(st.builds(Step, signals, patiences), max_size=4))
    return (*before, Step(draw(signals), draw(st.none() | patiences)))


def test_a_step_is_a_signal_and_its_patience_in_seconds() -> None:
    """The last waits for ever: the engine's own clock rules."""
    assert plan_of("QUIT:20 TERM:5 KILL") == (Step(QUIT, 20.0), Step(TERM, 5.0), Step(KILL))


@pytest.mark.parametrize(
    "text",
    ["TSTP:5,TERM", " SIGTSTP:5s  15 ", "tstp:5.0 term", "20:5, TERM", "\tTSTP:05\nTERM"],
)
def test_there_are_many_ways_to_write_one_plan(text: str) -> None:
    """Commas, blanks, numbers, lower case, a trailing s."""
    assert plan_of(text) == (Step(TSTP, 5.0), Step(TERM))


def test_a_patience_may_be_a_part_of_a_second_or_none_at_all() -> None:
    """INT:0 TERM sends both at once."""
    assert plan_of("INT:0 TERM:0.5 KILL") == (Step(INT, 0.0), Step(TERM, 0.5), Step(KILL))


def test_a_time_on_the_last_step_is_kept() -> None:
    """It says from when on the log calls the stop overdue."""
    assert plan_of("TERM:25") == (Step(TERM, 25.0),)


@given(plans())
def test_what_is_printed_is_read_back(plan: Plan) -> None:
    """For each plan, however odd its times."""
    assert plan_of(text_of(plan)) == plan


def test_a_plan_is_printed_as_a_person_writes_it() -> None:
    """Short names, no needless zeros."""
    assert text_of((Step(QUIT, 20.0), Step(TERM, 0.5), Step(37))) == "QUIT:20 TERM:0.5 RTMIN+3"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a stop plan needs at least one step, such as TERM:20 KILL"),
        (" , ", "a stop plan needs at least one step"),
        ("TREM:5 KILL", r"unknown signal 'TREM': did you mean TERM\?"),
        ("TERM KILL", "TERM waits for ever, so KILL would never be sent: write TERM:SECONDS"),
        ("QUIT:5 TERM KILL", "TERM waits for ever, so KILL would never be sent"),
        ("QUIT 20 KILL", "20 is not a step: to wait 20 s after QUIT, write QUIT:20"),
        ("QUIT 20s KILL", "20s is not a step: to wait 20 s after QUIT, write QUIT:20"),
        ("TERM, 10", "10 is not a step: to wait 10 s after TERM, write TERM:10"),
        ("TERM/30/KILL/5", "invalid stop plan 'TERM/30/KILL/5': write TERM:30 KILL:5"),
        ("TERM: KILL", "invalid time '' in 'TERM:': use seconds, such as TERM:20"),
        ("TERM:x", "invalid time 'x' in 'TERM:x': use seconds"),
        ("TERM:-1 KILL", "invalid time '-1' in 'TERM:-1': use seconds"),
        ("TERM:5m KILL", "invalid time '5m' in 'TERM:5m': use seconds"),
        ("TERM:nan KILL", "invalid time 'nan' in 'TERM:nan': use seconds"),
        ("TERM:inf KILL", "invalid time 'inf' in 'TERM:inf': use seconds"),
        ("TERM:1e12 KILL", "invalid time '1e12' in 'TERM:1e12': use seconds"),
        (":5", "unknown signal ''"),
    ],
)
def test_an_invalid_plan_is_refused_with_what_would_be_right(text: str, sentence: str) -> None:
    """A step that waits for ever before another is a mistake, not a wait."""
    with pytest.raises(ValueError, match=sentence):
        plan_of(text)


@given(st.text() | st.text("TERMQUIKL:,0123456789s. "))
def test_any_text_is_a_plan_or_a_value_error(text: str) -> None:
    """A plan always has a step, and only its last step may wait for ever."""
    try:
        plan = plan_of(text)
    except ValueError:
        return
    assert plan
    assert all(step.patience is not None for step in plan[:-1])
