"""A deadline: rings when it should, and costs a busy connection nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from initd.monitor.http.deadline import Deadline

if TYPE_CHECKING:
    from initd.monitor.loop import Loop


class Timer:
    """As the loop's."""

    def __init__(self, at: float, ring: Callable[[], None]) -> None:
        self.at, self.ring, self.over = at, ring, False

    def when(self) -> float:
        return self.at

    def cancel(self) -> None:
        self.over = True


class Clock:
    """An event loop's clock and timers, for a time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []
        self.armed = 0

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, ring: Callable[[], None]) -> Timer:
        self.armed += 1
        self.timers.append(Timer(at, ring))
        return self.timers[-1]

    def waiting(self) -> list[Timer]:
        return [timer for timer in self.timers if not timer.over]

    def go_to(self, then: float) -> None:
        while due := [timer for timer in self.waiting() if timer.at <= then]:
            first = min(due, key=Timer.when)
            self.now, first.over = max(self.now, first.at), True
            first.ring()
        self.now = then


def deadline() -> tuple[Clock, Deadline, list[float]]:
    """With the times at which it rang."""
    clock = Clock()
    rang: list[float] = []
    loop = cast("Loop", clock)
    return clock, Deadline(loop, lambda: rang.append(clock.now)), rang


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 60)), max_size=20))
def test_it_rings_once_at_the_time_that_was_set_last(moves: list[tuple[int, int]]) -> None:
    """Earlier or later than what was set before, however often it rang already."""
    clock, one, rang = deadline()
    expected: list[float] = []
    due: float | None = None
    for passes, seconds in moves:
        clock.go_to(clock.now + passes)
        if due is not None and due <= clock.now:
            expected.append(due)
        one.set(seconds)
        due = clock.now + seconds
        assert len(clock.waiting()) == 1
    clock.go_to(10_000)
    assert rang == expected + ([due] if due is not None else [])
    assert clock.waiting() == []


def test_a_connection_that_moves_it_a_thousand_times_arms_two_timers() -> None:
    """A request costs no entry in the event loop's heap."""
    clock, one, rang = deadline()
    for number in range(1000):
        clock.go_to(number / 100)
        one.set(30)
    clock.go_to(1000)
    assert clock.armed == 2
    assert rang == [9.99 + 30]


def test_a_cancelled_one_leaves_no_timer() -> None:
    """Nothing wakes the process for it."""
    clock, one, rang = deadline()
    one.set(1)
    one.cancel()
    assert clock.waiting() == []
    clock.go_to(10)
    one.set(1)
    clock.go_to(20)
    assert rang == [11]
