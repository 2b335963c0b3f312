"""What the monitor may say to pid 1, and that nothing else is understood."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.health.notified_state import NotifyState
from initd.core.health.roles import ROLES
from initd.core.health.verdict import CheckState, Report
from initd.core.life import events as ev
from initd.core.monitor.messages import (
    PULL_MESSAGE,
    event_of,
    extend_message,
    main_pid_message,
    report_message,
)
from initd.json_codec import decode, encode

texts = st.text(max_size=160)
states = st.builds(CheckState, texts, st.sampled_from(ROLES), st.booleans(), texts)
notify_states = st.builds(
    NotifyState,
    st.booleans(),
    st.sampled_from(["", "reloading", "stopping"]),
    texts,
    st.none() | st.floats(0, 1e9),
    st.booleans(),
)
reports = st.builds(
    Report, st.integers(0, 2**22), st.lists(states, max_size=20).map(tuple), notify_states
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
nearly = st.dictionaries(st.sampled_from(["report", "main_pid", "extend"]), anything, min_size=1)


@given(reports)
def test_a_report_arrives_as_it_was_sent(report: Report) -> None:
    """Through JSON, which is what the channel carries."""
    assert event_of(decode(encode(report_message(report)))) == ev.HealthReported(report)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (PULL_MESSAGE, ev.ViewAsked()),
        (main_pid_message(77), ev.MainPidNamed(77)),
        (extend_message(2.5), ev.ExtensionAsked(2.5)),
    ],
    ids=repr,
)
def test_there_are_three_more_messages(message: dict[str, Any], event: ev.Event) -> None:
    """A wish for a view, and what the app said of its main process and its time."""
    assert event_of(decode(encode(message))) == event


@given(anything | nearly)
def test_nonsense_is_none_and_never_raises(message: Any) -> None:
    """A compromised monitor can say what it likes."""
    event = event_of(message)
    assert event is None or type(event) in (
        ev.HealthReported, ev.ViewAsked, ev.MainPidNamed, ev.ExtensionAsked,
    )  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        {"main_pid": 1}, {"main_pid": 0}, {"main_pid": -5}, {"main_pid": True},
        {"main_pid": 2**31}, {"extend": -1.0}, {"extend": 3601.0}, {"extend": float("nan")},
        {"extend": True}, {"stop": True}, {"signal": 9},
        {"report": [3, [["web", "boss", True, ""]], [False, "", "", None, False]]},
        {"report": [3, [["web", "liveness", 1, ""]], [False, "", "", None, False]]},
        {"report": [3, [["x" * 401, "liveness", True, ""]], [False, "", "", None, False]]},
        {"report": [3, [["web", "liveness", True, ""]] * 97, [False, "", "", None, False]]},
    ],
    ids=lambda each: repr(each)[:40],
)  # fmt: skip
def test_what_is_out_of_bounds_is_nonsense(message: dict[str, Any]) -> None:
    """Pid 1 itself, everybody, an age, a verb that is not for it."""
    assert event_of(message) is None
