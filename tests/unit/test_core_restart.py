"""The restart policy: who is started again, when, and how often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.life.restart import (
    ALWAYS,
    JITTER,
    LONGEST,
    NO,
    ON_FAILURE,
    STABLE,
    RestartPolicy,
    Restarts,
    policy_of,
    text_of,
)

modes = st.sampled_from([NO, ON_FAILURE, ALWAYS])
policies = st.one_of(
    st.builds(RestartPolicy, modes),
    st.builds(
        RestartPolicy,
        st.sampled_from([ON_FAILURE, ALWAYS]),
        st.integers(1, 999),
        st.integers(0, 9999).map(float),
    ),
)


@pytest.mark.parametrize(
    ("mode", "code", "again"),
    [(NO, 0, False), (NO, 1, False), (ON_FAILURE, 0, False), (ON_FAILURE, 1, True),
     (ON_FAILURE, 137, True), (ALWAYS, 0, True), (ALWAYS, 1, True)],
)  # fmt: skip
def test_the_mode_and_the_exit_code_decide(mode: str, code: int, again: bool) -> None:
    """As Docker's policies of these names do."""
    restart = Restarts(RestartPolicy(mode)).after_exit(code, 1.0, 100.0)
    assert (restart.pause is not None) == again
    assert restart.why == (f"exit code {code}" if again else "")


def test_pauses_double_to_a_minute() -> None:
    """0.1 s, 0.2 s ... each up to a quarter longer or shorter."""
    restarts = Restarts(RestartPolicy(ALWAYS), seed=7)
    pauses = [restarts.after_exit(1, 0.0, float(at)).pause or 0.0 for at in range(12)]
    for pause, expected in zip(pauses, [0.1 * 2**n for n in range(10)] + [60.0, 60.0], strict=True):
        expected = min(expected, LONGEST)
        assert expected * (1 - JITTER) <= pause <= expected * (1 + JITTER)


def test_who_was_stable_begins_without_a_history() -> None:
    """After ten seconds of running."""
    restarts = Restarts(RestartPolicy(ALWAYS))
    for _ in range(8):
        restarts.after_exit(1, STABLE - 0.1, 0.0)
    pause = restarts.after_exit(1, STABLE, 0.0).pause
    assert pause is not None
    assert pause <= 0.1 * (1 + JITTER)


def test_a_hundred_containers_do_not_start_in_the_same_moment() -> None:
    """Their jitter differs, because their seeds do."""
    pauses = {Restarts(RestartPolicy(ALWAYS), seed).after_exit(1, 0, 0).pause for seed in range(99)}
    assert len(pauses) == 99


def test_a_limit_is_of_so_many_restarts_in_so_much_time() -> None:
    """The third within a minute is refused; when the first is a minute old, it isn't."""
    restarts = Restarts(policy_of("always:2/60"))
    assert restarts.after_exit(3, 0, 0.0).pause is not None
    assert restarts.after_exit(3, 0, 10.0).pause is not None
    refused = restarts.after_exit(3, 0, 59.0)
    assert refused.pause is None
    assert refused.why == "exit code 3, after 2 restarts within 60 s"
    assert restarts.after_exit(3, 0, 61.0).pause is not None


def test_a_limit_without_a_time_is_for_ever() -> None:
    """As in Docker's on-failure:2."""
    restarts = Restarts(policy_of("on-failure:2"))
    asked = [restarts.after_exit(1, 0, 1e6 * at).pause is not None for at in range(4)]
    assert asked == [True, True, False, False]


@given(policies, st.lists(st.tuples(st.integers(0, 255), st.floats(0, 100)), max_size=40))
def test_within_any_window_there_are_no_more_restarts_than_allowed(
    policy: RestartPolicy, ends: list[tuple[int, float]]
) -> None:
    """And a pause is never negative nor longer than a minute and its jitter."""
    restarts, now, granted = Restarts(policy, 1), 0.0, []
    for code, ran in ends:
        now += ran
        pause = restarts.after_exit(code, ran, now).pause
        if pause is not None:
            assert 0 < pause <= LONGEST * (1 + JITTER)
            granted.append(now)
    if policy.times:
        for first in granted:
            window = policy.seconds or float("inf")
            assert sum(first <= then < first + window for then in granted) <= policy.times


@given(policies)
def test_a_policy_is_read_as_it_is_written(policy: RestartPolicy) -> None:
    """text_of and policy_of are each other's inverse."""
    assert policy_of(text_of(policy)) == policy


@pytest.mark.parametrize(
    "text", ["", "never", "on-failure:", "always:0", "always:x", "no:3", "always:3/", "always:3/0"]
)
def test_an_invalid_policy_is_refused_with_a_sentence(text: str) -> None:
    """That shows what was found, and what would be right."""
    with pytest.raises(
        ValueError, match=r"unknown restart mode .*: use no, on-failure|invalid restart policy"
    ) as said:
        policy_of(text)
    assert repr(text.partition(":")[0])[:-1] in str(said.value)
