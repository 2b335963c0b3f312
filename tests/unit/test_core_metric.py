"""The table of metrics: names as Prometheus wants them, and docs that say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from initd.core.metrics.metric import COUNTER, GAUGE, HISTOGRAM, INFO, METRICS, Metric

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
STATSD_TYPES = {GAUGE: "g", COUNTER: "c", HISTOGRAM: "ms"}

each_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def test_every_name_is_there_once() -> None:
    """For Prometheus and for StatsD."""
    names = [metric.name for metric in METRICS]
    statsd = [metric.statsd for metric in METRICS if metric.statsd]
    assert len(METRICS) > 25
    assert (len(set(names)), len(set(statsd))) == (len(names), len(statsd))


#: prometheus.io/docs/instrumenting/writing_clientlibs, process metrics: the heap is not to be seen
#: from outside.
PROCESS = """process_cpu_seconds_total process_open_fds process_max_fds
    process_virtual_memory_bytes process_virtual_memory_max_bytes process_resident_memory_bytes
    process_start_time_seconds process_threads""".split()


def test_the_main_process_has_the_names_that_client_libraries_give_their_own() -> None:
    """All of them, and no other of that prefix."""
    ours = [metric.name for metric in METRICS if metric.name.startswith("process_")]
    assert ours == PROCESS
    assert not any(metric.statsd or metric.labels for metric in METRICS if metric.name in PROCESS)


@each_metric
def test_a_name_is_of_initd_and_in_snake_case(metric: Metric) -> None:
    """StatsD's has dots in some of the places, and is else the same words."""
    assert re.fullmatch(r"initd(_[a-z]+)+", metric.name) or metric.name in PROCESS
    if metric.statsd:
        words = metric.statsd.replace(".", "_")
        bare = metric.name.removesuffix("_total").removesuffix(f"_{metric.unit}")
        assert words == bare


@each_metric
def test_a_counter_and_nothing_else_ends_in_total(metric: Metric) -> None:
    """prometheus.io/docs/practices/naming; and info says what it is."""
    assert metric.name.endswith("_total") == (metric.kind == COUNTER)
    assert metric.name.endswith("_info") == (metric.kind == INFO)


@each_metric
def test_time_is_in_seconds_and_size_in_bytes_and_the_name_ends_so(metric: Metric) -> None:
    """What has neither is counted, is a code, or is 0 or 1."""
    ends = metric.name.removesuffix("_total").rpartition("_")[2]
    assert metric.unit == (ends if ends in ("seconds", "bytes") else "")
    words = set(metric.name.split("_"))
    assert not words & {"ms", "milliseconds", "minutes", "kb", "kilobytes", "mb", "percent"}
    if words & {"time", "duration", "cpu"}:
        assert metric.unit == "seconds"
    if "memory" in words:
        assert metric.unit == "bytes"


@each_metric
def test_a_label_is_in_snake_case_and_not_a_word_of_the_format(metric: Metric) -> None:
    """`le` and `quantile` are the format's own, `job` and `instance` the scraper's, and what begins
    with two underlines Prometheus'. Nor is it a word of the name, but for a set of states."""
    assert len(set(metric.labels)) == len(metric.labels) <= 4
    for label in metric.labels:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", label)
        assert label not in ("le", "quantile", "job", "instance")
        assert not metric.name.endswith(f"_by_{label}")


def test_a_name_for_statsd_is_as_open_telemetry_has_them() -> None:
    """Its general naming: lower case, namespaces with dots between them, words with underlines,
    neither a unit nor `total`; and no name is also the namespace of another."""
    names = {metric.statsd for metric in METRICS if metric.statsd}
    for name in names:
        assert re.fullmatch(r"initd(\.[a-z]+(_[a-z]+)*)+", name)
        words = set(re.split("[._]", name))
        assert not words & {"total", "seconds", "bytes", "milliseconds"}
    namespaces = {name.rpartition(".")[0] for name in names}
    assert not names & namespaces


@each_metric
def test_a_metric_says_in_a_sentence_what_it_is(metric: Metric) -> None:
    """HELP is for the person who finds the name in a list."""
    assert metric.help[0].isupper() or metric.help[0].isdecimal()
    assert metric.help.endswith(".")
    assert len(metric.help) <= 90


def test_the_page_has_a_row_for_each_metric_and_no_other() -> None:
    """docs/metrics.md, word for word and in order."""
    rows = [
        line
        for line in PAGE.read_text().splitlines()
        if line.startswith(("| `initd_", "| `process_"))
    ]
    assert rows == [_row(metric) for metric in METRICS]


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    statsd = f"`{metric.statsd}` {STATSD_TYPES[metric.kind]}" if metric.statsd else ""
    cells = [f"`{metric.name}`", metric.kind, labels, statsd, metric.help.removesuffix(".")]
    return f"| {' | '.join(cells)} |"
