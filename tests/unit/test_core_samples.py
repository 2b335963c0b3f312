"""From what the monitor knows to samples, and from samples to Prometheus' text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.core import Metric as PrometheusMetric
from prometheus_client.exposition import generate_latest as prometheus_text
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_text
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from initd.core.health import verdict
from initd.core.health.check import ProbeResult
from initd.core.metrics.exposition import exposition, wants_open_metrics
from initd.core.metrics.histogram import BOUNDS, Histogram
from initd.core.metrics.metric import METRICS, Metric
from initd.core.metrics.samples import MetricInputs, Sample, label_of, samples
from initd.core.metrics.usage import CpuMeter, MainUsage, ProcessUsage, TreeUsage

#: A container with a bit of everything in it.
VIEW: dict[str, Any] = {
    "state": "running",
    "app": {"pid": 3, "since": 100.0, "stopped_by_number": None},
    "restarts": 2,
    "last_exit": {"pid": 9, "code": 137, "signal": "KILL", "asked": False, "after_seconds": 1.5},
    "orphans_reaped": 4,
    "signals": {"received": {"TERM": 1, "HUP": 3}, "delivered": {"QUIT": 1}, "undelivered": 0},
    "stop": {"count": 1, "last_seconds": 0.25},
    "monitor": {"pid": 4, "restarts": 0},
    "hostname": "web-1.example.org",
    "role": "web",
    "revision": 'a"b\\c\nand more',
    "profile": None,
}

GOLDEN = """\
initd_app_up 1.0
initd_app_stopped 0.0
initd_app_start_time_seconds 1.764e+09
initd_app_restarts_total 2.0
initd_app_last_exit_code 137.0
initd_app_last_exit_signal 9.0
initd_app_last_exit_asked 0.0
initd_app_last_run_duration_seconds 1.5
initd_app_cpu_seconds_total{mode="user"} 4.0
initd_app_cpu_seconds_total{mode="system"} 6.0
initd_app_resident_memory_bytes 8192.0
initd_app_open_fds 7.0
initd_app_threads 2.0
initd_app_processes 1.0
initd_app_unreadable_processes 0.0
process_cpu_seconds_total 9.0
process_open_fds 7.0
process_max_fds 1024.0
process_virtual_memory_bytes 65536.0
process_virtual_memory_max_bytes 1.048576e+06
process_resident_memory_bytes 8192.0
process_start_time_seconds 1.764e+09
process_threads 2.0
initd_live 1.0
initd_started 1.0
initd_ready 0.0
initd_healthy 1.0
initd_check_passing{check="db",check_role="readiness"} 0.0
initd_check_answers_total{check="db",result="passed"} 2.0
initd_check_answers_total{check="db",result="failed"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.001"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.0025"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.005"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.01"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.025"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.05"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.1"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.25"} 1.0
initd_check_duration_seconds_bucket{check="db",le="0.5"} 2.0
initd_check_duration_seconds_bucket{check="db",le="1.0"} 2.0
initd_check_duration_seconds_bucket{check="db",le="2.5"} 2.0
initd_check_duration_seconds_bucket{check="db",le="5.0"} 2.0
initd_check_duration_seconds_bucket{check="db",le="10.0"} 2.0
initd_check_duration_seconds_bucket{check="db",le="+Inf"} 3.0
initd_check_duration_seconds_count{check="db"} 3.0
initd_check_duration_seconds_sum{check="db"} 12.501
initd_state{state="starting"} 0.0
initd_state{state="waiting"} 0.0
initd_state{state="running"} 1.0
initd_state{state="stopping"} 0.0
initd_state{state="sweeping"} 0.0
initd_state{state="ended"} 0.0
initd_signals_received_total{signal="HUP"} 3.0
initd_signals_received_total{signal="TERM"} 1.0
initd_signals_delivered_total{signal="QUIT"} 1.0
initd_signals_undelivered_total 0.0
initd_orphans_reaped_total 4.0
initd_stops_total 1.0
initd_last_stop_duration_seconds 0.25
initd_monitor_restarts_total 0.0
initd_build_info{version="1.2"} 1.0
initd_workload_info{hostname="web-1.example.org",profile="",revision="a\\"b\\\\c",role="web"} 1.0
"""


def seen(**changes: Any) -> MetricInputs:
    histogram = Histogram()
    for ok, seconds in ((True, 0.001), (True, 0.5), (False, 12.0)):
        histogram.add(ProbeResult(ok, "", seconds))
    tree = TreeUsage((ProcessUsage("app", (3.0, 6.0), (1.0, 0.0), 8192, 2, 7),))
    main = MainUsage(
        user=3.0,
        system=6.0,
        resident=8192,
        virtual=65536,
        virtual_at_most=1 << 20,
        descriptors=7,
        descriptors_at_most=1024,
        threads=2,
        started_at=1764000000.001,
    )
    cpu = CpuMeter()
    cpu.add(tree.processes)
    facts: dict[str, Any] = {
        "view": VIEW,
        "verdicts": {question: question != verdict.READY for question in verdict.QUESTIONS},
        "checks": (verdict.CheckState("db", "readiness", False, "refused"),),
        "histograms": {"db": histogram},
        "tree": tree,
        "main": main,
        "cpu": cpu,
        "started_at": 1764000000.0001,
        "version": "1.2",
    }
    return MetricInputs(**(facts | changes))


def without(view: dict[str, Any], **changes: Any) -> set[str]:
    """The names that a container with everything has and this one hasn't."""
    some = {each.metric.name for each in samples(seen(view=VIEW | view, **changes))}
    return {metric.name for metric in METRICS} - some


def text_of(found: list[Sample], accept: str = "") -> str:
    return exposition(found, wants_open_metrics(accept))


def test_every_metric_has_its_value() -> None:
    """The whole text, for a container with a bit of everything."""
    text = text_of(samples(seen()))
    assert [line for line in text.splitlines() if line[0] != "#"] == GOLDEN.splitlines()


def test_every_metric_has_help_and_type() -> None:
    """And they stand where Prometheus looks for them: before the first value."""
    text = text_of(samples(seen()))
    for metric in METRICS:
        kind = "gauge" if metric.kind == "info" else metric.kind
        assert f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {kind}\n" in text


def test_values_come_in_the_order_of_the_table_and_one_metrics_together() -> None:
    """So a person finds them again, and a parser does not refuse them."""
    order = [METRICS.index(each.metric) for each in samples(seen())]
    assert order == sorted(order)


def test_what_is_not_known_is_left_out() -> None:
    """A zero would be a lie: no exit is not exit code 0."""
    new = {"last_exit": None, "stop": {"count": 0, "last_seconds": None}}
    gone = {"app": {"pid": None, "since": None, "stopped_by_number": None}}
    assert without({}) == set()
    assert without(new) == {
        "initd_app_last_exit_code",
        "initd_app_last_exit_signal",
        "initd_app_last_exit_asked",
        "initd_app_last_run_duration_seconds",
        "initd_last_stop_duration_seconds",
    }
    of_main = {metric.name for metric in METRICS if metric.name.startswith("process_")}
    assert without(gone, tree=None, main=None, started_at=None) == of_main | {
        "initd_app_start_time_seconds",
        "initd_app_resident_memory_bytes",
        "initd_app_open_fds",
        "initd_app_threads",
        "initd_app_processes",
        "initd_app_unreadable_processes",
    }


def test_a_process_without_limits_has_no_maximum() -> None:
    """Infinity, or the largest number there is, would spoil whoever divides by it."""
    unlimited = MainUsage(
        user=0.0,
        system=0.0,
        resident=1,
        virtual=1,
        virtual_at_most=None,
        descriptors=None,
        descriptors_at_most=None,
        threads=1,
        started_at=1.0,
    )
    assert without({}, main=unlimited) == {
        "process_open_fds",
        "process_max_fds",
        "process_virtual_memory_max_bytes",
    }


def test_an_app_that_ended_by_itself_has_signal_0() -> None:
    """The code alone would not tell 128+N from an app that ends so."""
    last = {"pid": 9, "code": 3, "asked": True, "after_seconds": 2.0}
    text = text_of(samples(seen(view=VIEW | {"last_exit": last})))
    assert "initd_app_last_exit_code 3.0\n" in text
    assert "initd_app_last_exit_signal 0.0\n" in text
    assert "initd_app_last_exit_asked 1.0" in text


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_a_histogram_counts_each_answer_in_every_bucket_from_its_own_on(
    seconds: list[float],
) -> None:
    """`le` is less or equal; the last bucket has all."""
    histogram = Histogram()
    for each in seconds:
        histogram.add(ProbeResult(True, "", each))
    expected = [sum(each <= bound for each in seconds) for bound in (*BOUNDS, math.inf)]
    assert list(histogram.cumulative()) == expected


@given(st.text())
def test_any_text_can_be_a_label(text: str) -> None:
    """Half a surrogate pair, control characters, quotes: the answer is UTF-8 all the same."""
    label = label_of(text)
    assert "\n" not in label
    name = samples(seen(view=VIEW | {"hostname": text}))
    assert text_of(name).count("initd_workload_info{") == 1


@pytest.mark.parametrize("value", ["x" * 4096, "first\nsecond", "\ud800"])
def test_a_label_is_one_line_and_short(value: str) -> None:
    """/app/REVISION may hold 4 KiB of anything."""
    label = label_of(value)
    assert len(label) <= 200
    assert label.isprintable()


OPEN_METRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def test_open_metrics_is_given_to_whom_asks_for_it() -> None:
    """With units, and the end marked; text to all others."""
    found = samples(seen())
    text = text_of(found, OPEN_METRICS)
    assert text.endswith("# EOF\n")
    for metric in METRICS:
        bare = metric.name.removesuffix("_total").removesuffix("_info")
        assert f"# TYPE {bare} {metric.kind}\n" in text
        assert (f"# UNIT {bare} {metric.unit}\n" in text) == bool(metric.unit)
    assert "# EOF" not in text_of(found, "text/html")


@pytest.mark.parametrize(
    ("accept", "wants"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain;version=0.0.4", False),
        ("application/openmetrics-text", True),
        ("text/html, application/openmetrics-text; version=1.0.0; charset=utf-8", True),
        # Prometheus 2 and 3, as they ask.
        (OPEN_METRICS, True),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
            "application/openmetrics-text;version=0.0.1;q=0.4,"
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2",
            True,
        ),
        ("application/openmetrics-text;version=0.0.1", False),
        # By what is liked best, whatever the order and the case.
        ("text/plain;q=0.9, application/openmetrics-text;q=0.5", False),
        ("text/plain;q=0.5, Application/OpenMetrics-Text; Version=1.0.0; Q=0.5", True),
        ("application/openmetrics-text;q=0, text/html", False),
        ("application/openmetrics-text;q=high", False),
        ("application/openmetrics-text;version=2.0.0", False),
    ],
)
def test_who_gets_open_metrics(accept: str, wants: bool) -> None:
    """Its first version, and nobody who did not name it."""
    assert wants_open_metrics(accept) == wants


# ---- as Prometheus' own library reads and writes them ----------------------------------------

#: All that it makes of a text, by the format.
PARSERS: dict[bool, Callable[[str], Iterable[object]]] = {
    False: text_string_to_metric_families,
    True: openmetrics.text_string_to_metric_families,
}
WRITERS: dict[bool, Callable[[Any], bytes]] = {False: prometheus_text, True: openmetrics_text}


class Library(Collector):
    """The same samples, written by prometheus_client."""

    def __init__(self, found: list[Sample]) -> None:
        self.found = found

    def collect(self) -> Iterator[PrometheusMetric]:
        for metric in METRICS:
            of_metric = [each for each in self.found if each.metric == metric]
            if of_metric:
                yield family(metric, of_metric)


def family(metric: Metric, found: list[Sample]) -> PrometheusMetric:
    """One metric with its values."""
    named: dict[str, Any] = {"labels": metric.labels, "unit": metric.unit}
    if metric.kind == "info":
        info = InfoMetricFamily(metric.name.removesuffix("_info"), metric.help, labels=())
        for each in found:
            info.add_metric((), dict(zip(metric.labels, each.labels, strict=True)))
        return info
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(metric.name, metric.help, **named)
        for each in found:
            bounds = (*map(repr, BOUNDS), "+Inf")
            counts = map(float, each.buckets)
            histogram.add_metric(each.labels, list(zip(bounds, counts, strict=True)), each.value)
        return histogram
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    simple = kind(metric.name, metric.help, **named)
    for each in found:
        simple.add_metric(each.labels, each.value)
    return simple


@pytest.mark.parametrize("open_metrics", [False, True])
@given(st.text(), st.floats(0, 1e12), st.floats())
def test_the_text_is_read_as_that_of_prometheus_own_library(
    open_metrics: bool, name: str, restarts: float, since: float
) -> None:
    """Names, types, units, labels and values, whatever stands in them."""
    view = VIEW | {"hostname": name, "restarts": restarts}
    found = samples(seen(view=view, started_at=since))
    theirs = WRITERS[open_metrics](Library(found)).decode()
    ours = exposition(found, open_metrics)
    parse = PARSERS[open_metrics]
    assert repr(list(parse(ours))) == repr(list(parse(theirs)))


@given(st.text())
def test_any_accept_header_is_answered(accept: str) -> None:
    """It comes from outside."""
    assert "initd_app_up 1.0\n" in text_of([Sample(METRICS[0], 1)], accept)
