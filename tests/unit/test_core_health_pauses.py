"""Pauses as the monitor sees them: on its clock, and on one that goes on while a machine sleeps."""

from __future__ import annotations

import pytest

from initd.core.health.check import Check, ProbeResult
from initd.core.health.notify import Notified, parse
from initd.core.health.pauses import EXCUSED_AT_MOST, IN_FLIGHT, LATE, Pauses
from initd.core.health.schedule import Health

APP, START, PAUSE = 3, 100.0, 3600.0
FAILS, PASSES = ProbeResult(False, "timed out"), ProbeResult(True, "")


def test_a_look_that_comes_much_later_than_expected_has_found_a_pause() -> None:
    """By as much as it is late, and once."""
    pauses = Pauses(())
    assert pauses.expect(START, START + 10, False, 0.0) == START + 10
    assert pauses.look(START + 10 + PAUSE, 0.0) == PAUSE
    assert pauses.look(START + 10 + PAUSE, 0.0) == 0.0


@pytest.mark.parametrize("late", [0.0, LATE])
def test_a_busy_machine_is_none(late: float) -> None:
    """Nor is a look that comes early, for something else."""
    pauses = Pauses(())
    pauses.expect(START, START + 10, False, 0.0)
    assert pauses.look(START + 10 + late, 0.0) == 0.0
    pauses.expect(START, START + 10, False, 0.0)
    assert pauses.look(START + 3, 0.0) == 0.0


@pytest.mark.parametrize(
    ("limits", "in_flight", "watchdog", "first"),
    [
        ((), False, 0.0, 10.0),
        ((), True, 0.0, IN_FLIGHT),
        ((), False, 8.0, 2.0),
        ((20.0, 0.0, 12.0), False, 0.0, 3.0),
        ((), False, 0.1, IN_FLIGHT),
        ((), False, 400.0, 10.0),
    ],
)
def test_the_clock_is_looked_at_more_often_than_the_app_must_do_something(
    limits: tuple[float, ...], in_flight: bool, watchdog: float, first: float
) -> None:
    """A quarter of it, and at each probe anyway."""
    assert Pauses(limits).expect(START, START + 10, in_flight, watchdog) == START + first


def test_a_look_once_expected_is_not_put_off_by_others() -> None:
    """Else an app that talks all the time would hide a pause."""
    pauses = Pauses(())
    assert pauses.expect(START, START + 10, False, 8.0) == START + 2
    assert pauses.expect(START + 1, START + 10, False, 8.0) == START + 2


def test_without_an_app_nobody_looks() -> None:
    """No timer, and no wake-up."""
    assert Pauses((8.0,)).expect(START, None, False, 8.0) is None


def test_a_suspended_machine_ages_files_and_nothing_else() -> None:
    """The monotonic clock stood still, and the wall's did not."""
    pauses = Pauses(())
    pauses.look(START, START + 50)
    assert pauses.look(START + 1, START + 51 + PAUSE) == 0.0
    assert pauses.within(PAUSE + 5, START + 2) == PAUSE


def test_the_pauses_of_the_last_seconds_are_taken_together() -> None:
    """Those that ended before do not count, and never more than the time asked about."""
    pauses = Pauses(())
    for moment in (START, START + 100, START + 200):
        pauses.expect(moment, moment, False, 0.0)
        pauses.look(moment + 10, 0.0)
    assert pauses.within(5.0, START + 300) == 0.0
    assert pauses.within(95.0, START + 300) == 10.0
    assert pauses.within(195.0, START + 300) == 20.0
    assert pauses.within(3.0, START + 211) == 3.0


def test_a_watchdog_waits_as_much_longer() -> None:
    """And never longer than that: an app that hangs is found."""
    notified = Notified(30.0)
    notified.begin(START)
    notified.hear(parse(b"READY=1"), START)
    notified.put_off(PAUSE, START + 20 + PAUSE)
    assert not notified.watchdog_overdue(START + 30 + PAUSE)
    assert notified.watchdog_overdue(START + 30.1 + PAUSE)


def test_a_watchdog_that_was_heard_after_the_pause_counts_from_there() -> None:
    """The message may be read before the clock is looked at."""
    notified = Notified(30.0)
    notified.hear(parse(b"READY=1"), START)
    notified.hear(parse(b"WATCHDOG=1"), START + PAUSE)
    notified.put_off(PAUSE, START + PAUSE)
    assert notified.watchdog_overdue(START + PAUSE + 30.1)


def _health(**more: float) -> Health:
    health = Health([Check("web", "tcp", ("liveness",), "127.0.0.1:80", failure=1, **more)])  # type: ignore[arg-type]
    health.begin(APP, START)
    return health


def test_a_failure_during_a_pause_does_not_count_and_is_asked_once_more() -> None:
    """At once; and what passes has passed."""
    health = _health()
    health.due(START)
    assert health.answered(APP, "web", FAILS, START + PAUSE, paused=True) == []
    assert health.deadline == START + PAUSE
    health.due(START + PAUSE)
    assert health.answered(APP, "web", PASSES, START + PAUSE, paused=True) == []
    assert health.report().checks[0].ok
    assert health.deadline == START + PAUSE + 10


def test_a_machine_that_is_always_late_does_not_hide_an_app_that_hangs() -> None:
    """After so many failures in a row, one counts."""
    health = _health()
    for turn in range(EXCUSED_AT_MOST):
        health.due(START + turn)
        assert health.answered(APP, "web", FAILS, START + turn, paused=True) == []
    health.due(START + 9)
    assert [each.ok for each in health.answered(APP, "web", FAILS, START + 9, paused=True)] == [
        False
    ]


def test_a_delay_is_for_the_app_to_start_in() -> None:
    """So it is longer by the pause; what has been probed before is due as it was."""
    health = _health(delay=20.0)
    health.put_off(PAUSE)
    assert health.deadline == START + 20 + PAUSE
    begun = _health()
    begun.due(START)
    begun.answered(APP, "web", PASSES, START)
    begun.put_off(PAUSE)
    assert begun.deadline == START + 10
