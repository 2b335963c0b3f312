"""The benchmarks measure what they say: each of them once, of initd and of no init at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from container import Container
from contenders import NONE, Contender, no_init
from field import INITD, variants
from measure_health import HEALTH, measure_health
from measure_idle import measure_idle
from measure_memory import measure_memory
from measure_signal import measure_signals
from measure_start import measure_starts
from measure_stop import measure_stops
from measure_storm import measure_storms
from workshop import Workshop, open_workshop, real_interpreter

from .namespace import INITD as LAUNCHER


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with open_workshop(real_interpreter(Path(LAUNCHER))) as workshop:
        yield workshop


@pytest.fixture(scope="module")
def alone() -> Contender:
    return Contender(NONE, "", no_init)


@pytest.fixture(scope="module")
def initd(workshop: Workshop) -> Contender:
    return next(each for each in variants(workshop, Path(LAUNCHER)) if each.name == INITD)


def silent(_: str) -> None:
    """Nobody looks on."""


def test_an_init_takes_longer_to_the_app_than_none(
    workshop: Workshop, alone: Contender, initd: Contender
) -> None:
    starts = measure_starts(workshop, [alone, initd], 2, silent)
    assert 0 < min(starts[NONE]) < min(starts[INITD]) < 10e9


def test_signals_go_round_and_none_is_lost(workshop: Workshop, initd: Contender) -> None:
    found = measure_signals(workshop, [initd], 20, silent)[INITD]
    assert len(found.nanoseconds) == 20
    assert found.lost == 0


def test_a_stop_tells_the_app(workshop: Workshop, alone: Contender, initd: Contender) -> None:
    stops = measure_stops(workshop, [alone, initd], 1, silent)
    assert all(stop.told for of_one in stops.values() for stop in of_one)


def test_an_app_that_was_killed_was_not_told(workshop: Workshop) -> None:
    """A shell as pid 1 ends at once, and the kernel takes its children with it."""
    script = 'trap "exit 0" TERM; "$@" & wait'
    careless = Contender("shell", "", lambda app, _: ["/bin/sh", "-c", script, "sh", *app])
    with Container(workshop, careless) as container:
        assert container.stop().told is False


def test_a_storm_is_counted_and_leaves_nothing(workshop: Workshop, initd: Contender) -> None:
    (weathered,) = measure_storms(workshop, [initd], 500, 1, silent)[INITD]
    assert weathered.storm.most > 0
    assert weathered.storm.left == 0
    assert weathered.storm.clean_ns is not None
    assert weathered.cpu_ns > 0


def test_who_does_not_reap_is_seen_not_to(workshop: Workshop) -> None:
    script = '"$@" & read nothing < "$0.never"'
    gate = str(workshop.root / "gate")
    os.mkfifo(f"{gate}.never")
    careless = Contender("shell", "", lambda app, _: ["/bin/sh", "-c", script, gate, *app])
    with Container(workshop, careless, workshop.storm, "300") as container:
        storm = container.storm(100)
    assert storm.clean_ns is None
    assert storm.left == 300
    assert storm.most >= 300  # who makes the orphans may be one for a moment


def test_rest_memory_and_health_have_figures(workshop: Workshop, initd: Contender) -> None:
    assert measure_idle(workshop, [initd], 0.5, silent)[INITD].voluntary == 0
    (held,) = measure_memory(workshop, [initd], 1, silent)[INITD]
    assert 1000 < held.private <= held.pss <= held.rss
    (call,) = measure_health(workshop, Path(LAUNCHER), 1, silent)[HEALTH]
    assert 0 < call.cpu_ns < call.wall_ns * 2
