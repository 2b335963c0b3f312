"""The arithmetic of the benchmarks: from samples to figures."""

from __future__ import annotations

import pytest
from container import RoundTrips, Stop, Storm
from contenders import NONE, Contender, no_init
from hypothesis import given
from hypothesis import strategies as st
from measure_density import Series, Step
from measure_health import Call
from measure_storm import Weathered
from summary import InitSamples, Spread, check_rows, p99, ratio, row, spread, storm_row
from summary_density import density_rows, fitted
from supporters import Activity, Memory

MS = 1_000_000
numbers = st.lists(st.integers(0, 10**9), min_size=1, max_size=300)


def samples(**measured: object) -> InitSamples:
    """Of nobody but of no init at all: 1 ms to the app, 2 ms to its end."""
    nothing: dict[str, object] = {
        "starts": {}, "signals": {}, "stops": {}, "storms": {}, "idle": {}, "idle_seconds": 30.0,
        "memory": {},
    }  # fmt: skip
    nothing.update(measured)
    starts = {NONE: [1 * MS], **nothing.pop("starts")}  # type: ignore[dict-item]
    stops = {NONE: [Stop(2 * MS, True)], **nothing.pop("stops")}  # type: ignore[dict-item]
    return InitSamples(starts=starts, stops=stops, **nothing)  # type: ignore[arg-type]


def storm(clean_ns: int | None, left: int, cpu_ns: int) -> Weathered:
    return Weathered(20000, Storm(10**9, clean_ns, 500, left), cpu_ns)


@given(numbers)
def test_a_spread_is_in_order_and_its_p99_did_occur(values: list[int]) -> None:
    found = spread(values)
    assert found is not None
    assert found.low <= found.median <= found.high <= max(values)
    assert found.p99 in values
    assert found.count == len(values)


def test_the_99th_percentile_leaves_one_in_a_hundred_above() -> None:
    assert p99(list(range(1, 101))) == 99
    assert p99([7]) == 7


def test_of_nothing_there_is_no_spread() -> None:
    assert spread([]) is None


def test_times_are_what_init_adds_to_the_apps_own() -> None:
    found = row(
        Contender("x", "1", no_init),
        samples(starts={"x": [4 * MS, 6 * MS, 5 * MS]}, stops={"x": [Stop(5 * MS, False)]}),
    )
    assert found.start_ms is not None
    assert found.start_ms.median == 4.0
    assert found.stop_ms is not None
    assert found.stop_ms.median == 3.0
    assert not found.told


def test_what_was_not_measured_of_an_init_is_not_zero() -> None:
    found = row(Contender("x", "1", no_init), samples())
    measured = (found.start_ms, found.signal_us, found.stop_ms, found.storm, found.rest)
    assert measured == (None,) * 5
    assert found.memory is None


def test_wakeups_are_all_context_switches_and_memory_the_median() -> None:
    found = row(
        Contender("x", "1", no_init),
        samples(
            idle={"x": Activity(3, 1, 2000, 0)},
            memory={"x": [Memory(kib, 20, 30, [("x", kib)]) for kib in (10, 30, 20)]},
            signals={"x": RoundTrips([2000, 4000], 1)},
        ),
    )
    assert found.rest is not None
    assert (found.rest.wakeups, found.rest.cpu_us) == (4, 2.0)
    assert found.memory is not None
    assert found.memory.private_kib.median == 20
    assert found.signal_us is not None
    assert (found.signal_us.median, found.signals_lost) == (3.0, 1)


def test_of_storms_the_worst_counts() -> None:
    found = storm_row([storm(MS, 0, 200 * MS), storm(3 * MS, 0, 400 * MS)])
    assert found is not None
    assert found.clean_ms == 3.0
    assert found.cpu_ms == 15.0


def test_one_storm_that_was_given_up_is_one_too_many() -> None:
    found = storm_row([storm(MS, 0, 200 * MS), storm(None, 10000, 100 * MS)])
    assert found is not None
    assert found.clean_ms is None
    assert found.left == 10000
    assert found.cpu_ms == 10.0  # of what it did reap


def test_who_reaps_nothing_has_no_cost_of_a_reap() -> None:
    found = storm_row([storm(None, 20000, 5 * MS)])
    assert found is not None
    assert found.cpu_ms is None


def test_a_health_check_has_a_time_and_a_cost() -> None:
    (found,) = check_rows({"it": [Call(2 * MS, MS), Call(4 * MS, 3 * MS)]})
    assert found.ms.median == 3.0
    assert found.cpu_ms.median == 2.0


def test_a_ratio_needs_both() -> None:
    assert ratio(1.0, 2.0) == 0.5
    assert ratio(None, 2.0) is None
    assert ratio(1.0, None) is None
    assert ratio(1.0, 0.0) is None


# --- a hundred containers -------------------------------------------------------------------


@given(
    st.integers(-1000, 1000),
    st.integers(-1000, 1000),
    st.lists(st.integers(0, 1000), min_size=2, max_size=9, unique=True),
)
def test_points_on_a_line_are_on_it(slope: int, intercept: int, xs: list[int]) -> None:
    line = fitted([(x, float(intercept + slope * x)) for x in sorted(xs)])
    assert line.slope == pytest.approx(slope, abs=1e-6)
    assert line.at(10) == pytest.approx(intercept + 10 * slope, abs=1e-3)
    assert line.r_squared == pytest.approx(1.0, abs=1e-6)
    assert line.residual == pytest.approx(0.0, abs=1e-6)


def test_a_bend_shows() -> None:
    line = fitted([(1, 1.0), (10, 100.0), (100, 10000.0)])
    assert line.r_squared < 0.999
    assert line.residual > 0.01


def test_one_point_or_equal_ones_are_a_line_too() -> None:
    assert fitted([(1, 5.0)]).r_squared == 1.0
    assert fitted([(1, 0.0), (2, 0.0)]).residual == 0.0


def test_the_apps_own_is_taken_off_each_container() -> None:
    def series(kib: int, cpu: float, start_ms: int, told: int) -> Series:
        steps = [Step(count, kib * count, kib * count, cpu * count) for count in (1, 4)]
        return Series([start_ms * MS] * 4, steps, 10**9, told)

    alone, other = density_rows({NONE: series(50, 1.0, 200, 4), "x": series(150, 3.0, 250, 3)})
    assert (alone.private_kib, alone.cpu_ms, alone.start_ms.median) == (50, 1.0, 200.0)
    assert (other.private_kib, other.cpu_ms, other.start_ms.median) == (100, 2.0, 50.0)
    assert other.killed == 1
    assert other.starts == [(1, 50.0), (4, 50.0)]
    assert [count for count, _ in other.memory] == [1, 4]
    assert [mb for _, mb in other.memory] == pytest.approx([0.1024, 0.4096])
    assert isinstance(other.start_ms, Spread)
