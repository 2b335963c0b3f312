"""A monitor that does not do what it was to do is missed, and nobody is woken for that."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from initd.core.health.verdict import CheckState, Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.views import health
from initd.core.supervisor import Supervisor
from initd.init.monitor_link import MonitorLink
from initd.linux import moment

APP = 3


@pytest.fixture
def shared() -> Iterator[int]:
    """What the monitor and pid 1 share."""
    fd = moment.open_moment()
    yield fd
    os.close(fd)


def test_a_moment_that_is_left_is_read(shared: int) -> None:
    """A later one, an earlier one, and none."""
    assert moment.read(shared) is None
    for left in (123456.789, 5.0, None):
        moment.write(shared, left)
        assert moment.read(shared) == left


def test_without_shared_memory_nothing_is_due() -> None:
    """Where the kernel refuses it."""
    moment.write(-1, 5.0)
    assert moment.read(-1) is None


def test_it_is_silent_once_it_is_three_seconds_late(shared: int) -> None:
    """A busy machine is not; and where nothing is due, nothing is missed."""
    link = object.__new__(MonitorLink)
    link._next_due = shared
    assert link.silent_since(1e6) is None
    moment.write(shared, 100.0)
    assert link.silent_since(102.9) is None
    assert link.silent_since(103.1) == 100.0


def test_what_was_well_is_unknown_while_the_monitor_is_silent(
    running: Callable[..., Supervisor],
) -> None:
    """And what was ill is ill."""
    life = running().life
    well = Report(APP, (CheckState("web", "liveness", True, "200"),))
    ill = Report(APP, (CheckState("web", "liveness", False, "503"),))
    assert health(life, well, "live", 112.0, 100.0) == {
        "healthy": False,
        "why": "unknown for 12 s: init's monitor does not answer",
    }
    assert health(life, well, "live", 112.0)["healthy"] is True
    assert health(life, ill, "live", 112.0, 100.0)["why"] == health(life, ill, "live", 112.0)["why"]


def test_a_request_brings_along_whether_it_is(running: Callable[..., Supervisor]) -> None:
    """The loop looks when somebody asks."""
    (reply,) = running().handle(ev.Request(9, "health", "", silent_since=90.0), 100.0)
    assert isinstance(reply, do.Reply)
    assert not reply.answer["healthy"]
