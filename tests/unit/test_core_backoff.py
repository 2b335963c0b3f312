"""Back-off: the pauses between tries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from initd.core.life.backoff import FIRST, LONGEST, delay


def test_the_first_pauses_double() -> None:
    """From a tenth of a second: 6.3 s over six tries."""
    assert [round(delay(attempt), 6) for attempt in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]


@given(st.integers(0, 10**9))
def test_a_pause_is_never_shorter_than_the_one_before_and_never_too_long(attempt: int) -> None:
    """However often it was tried, in no time to compute."""
    assert FIRST <= delay(attempt) <= delay(attempt + 1) <= LONGEST
