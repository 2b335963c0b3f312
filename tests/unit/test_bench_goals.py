"""The benchmarks' goals: reached, missed by so much, or not measured."""

from __future__ import annotations

from dataclasses import replace

from figures import private_kib
from goals import GOALS, Goal, Verdict, of, verdict, verdicts
from report import goal_cells
from results import Results
from summary import MemoryRow, Row, Spread, StormRow

NOTHING = Results([], [], [], [], [], [], {}, [], 0.0, 0.0)


def init(name: str, kib: float) -> Row:
    """One of which nothing but the memory is known."""
    held = MemoryRow(Spread(kib, kib, kib, kib, 1), kib, kib, [])
    return Row(name, "", None, None, 0, None, True, None, None, held)


GOAL = Goal(
    "memory", "at most 1.5 times b's", "KiB", of("a", private_kib), 1.5, of("b", private_kib)
)


def judged(goal: Goal, *rows: Row) -> Verdict:
    return verdict(goal, replace(NOTHING, table=list(rows)))


def test_a_goal_is_reached_up_to_its_limit() -> None:
    assert judged(GOAL, init("a", 150), init("b", 100)).reached is True


def test_a_goal_is_missed_by_what_is_over_the_limit() -> None:
    found = judged(GOAL, init("a", 170), init("b", 100))
    assert found.reached is False
    assert found.over == 20
    assert goal_cells(found)[2:] == ["170 KiB", "100 KiB", "1.70", "MISSED by 20 KiB"]


def test_a_goal_may_allow_something_on_top() -> None:
    assert judged(replace(GOAL, limit=1.0, plus=50.0), init("a", 150), init("b", 100)).reached


def test_a_goal_may_be_held_against_a_number_alone() -> None:
    assert judged(replace(GOAL, reference=None, limit=99.0), init("a", 100)).over == 1.0


def test_a_goal_whose_half_is_missing_is_neither_reached_nor_missed() -> None:
    for rows in ([init("a", 150)], [init("b", 100)], []):
        found = judged(GOAL, *rows)
        assert found.reached is None
        assert goal_cells(found)[-1] == "not measured"


def test_every_goal_can_be_judged_of_nothing() -> None:
    assert {found.reached for found in verdicts(NOTHING)} == {None}


def test_every_goal_has_a_name_of_its_own() -> None:
    assert len({goal.measure for goal in GOALS}) == len(GOALS)


def test_the_library_is_held_against_its_slowest_way() -> None:
    goal = next(goal for goal in GOALS if goal.measure.startswith("start of /bin/true"))
    ways = {"without": [100e3], "variable": [105e3], "file": [120e3]}
    found = verdict(goal, replace(NOTHING, names={"start of /bin/true": ways}))
    assert (found.got, found.reference, found.reached) == (120.0, 100.0, False)


def test_no_zombie_after_a_second_means_all_of_them() -> None:
    goal = next(goal for goal in GOALS if goal.measure.startswith("orphan storm, zombies"))
    for clean_ms, left, reached in ((999.0, 0, True), (1001.0, 0, False), (None, 5, False)):
        row = replace(init("initd", 1), storm=StormRow(clean_ms, 1.0, 9, left, 20000))
        assert judged(goal, row).reached is reached
