"""The values of the metrics, from what the monitor knows; for Prometheus and StatsD alike."""

from __future__ import annotations

from initd.core.health import verdict
from initd.core.life.transitions import STATES
from initd.core.metrics import metric as m
from initd.core.signals.numbers import number_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from initd.core.metrics.histogram import Histogram
    from initd.core.metrics.metric import Metric
    from initd.core.metrics.usage import CpuMeter, MainUsage, TreeUsage

#: A label is a name, not a document: /app/REVISION may have 4 KiB.
LABEL_AT_MOST = 200


class Sample(Value):
    """One value of a metric. For a histogram `value` is the sum, and `buckets` has the
    cumulative counts for histogram.BOUNDS and +Inf."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()
    buckets: tuple[int, ...] = ()


class MetricInputs(Value):
    """What samples are made from. `view` is that of MonitorState; `histograms` are by check;
    `started_at` is when the app was started, in unix seconds; `tree` and `main` are None without
    an app."""

    view: Mapping[str, Any]
    verdicts: Mapping[str, bool]
    checks: tuple[verdict.CheckState, ...]
    histograms: Mapping[str, Histogram]
    tree: TreeUsage | None
    main: MainUsage | None
    cpu: CpuMeter
    started_at: float | None
    version: str


def samples(inputs: MetricInputs) -> list[Sample]:
    """All values, in the order of metric.METRICS; what is not known is left out, as
    Prometheus recommends."""
    return [
        *_app(inputs.view, inputs.started_at),
        *_last_exit(inputs.view["last_exit"]),
        *_usage(inputs.tree, inputs.cpu),
        *_main_process(inputs.main),
        *_verdicts(inputs.verdicts),
        *_checks(inputs.checks, inputs.histograms),
        *_init(inputs.view),
        *_stops(inputs.view["stop"]),
        Sample(m.MONITOR_RESTARTS, inputs.view["monitor"]["restarts"]),
        Sample(m.BUILD, 1, (inputs.version,)),
        Sample(m.WORKLOAD, 1, tuple(label_of(inputs.view[name]) for name in m.WORKLOAD.labels)),
    ]


def label_of(value: object) -> str:
    """A label's text: one line, valid UTF-8, at most LABEL_AT_MOST characters; "" for None."""
    text = "" if value is None else str(value)
    line = text.partition("\n")[0].strip()[:LABEL_AT_MOST]
    return line.encode(errors="backslashreplace").decode()


def _app(view: Mapping[str, Any], started_at: float | None) -> Iterator[Sample]:
    yield Sample(m.APP_UP, int(view["app"]["pid"] is not None))
    yield Sample(m.APP_STOPPED, int(view["app"]["stopped_by_number"] is not None))
    if started_at is not None:
        yield Sample(m.APP_START_TIME, round(started_at, 3))
    yield Sample(m.APP_RESTARTS, view["restarts"])


def _last_exit(last: Mapping[str, Any] | None) -> Iterator[Sample]:
    if last is None:
        return
    yield Sample(m.LAST_EXIT_CODE, last["code"])
    yield Sample(m.LAST_EXIT_SIGNAL, number_of(last["signal"]) if "signal" in last else 0)
    yield Sample(m.LAST_EXIT_ASKED, int(last["asked"]))
    yield Sample(m.LAST_RUN, last["after_seconds"])


def _usage(tree: TreeUsage | None, cpu: CpuMeter) -> Iterator[Sample]:
    yield Sample(m.CPU, cpu.user, ("user",))
    yield Sample(m.CPU, cpu.system, ("system",))
    if tree is None:
        return
    yield Sample(m.MEMORY, sum(each.resident for each in tree.processes))
    if tree.descriptors is not None:
        yield Sample(m.DESCRIPTORS, tree.descriptors)
    yield Sample(m.THREADS, sum(each.threads for each in tree.processes))
    yield Sample(m.PROCESSES, len(tree.processes) + tree.refused)
    yield Sample(m.UNREADABLE, tree.unreadable)


def _main_process(main: MainUsage | None) -> Iterator[Sample]:
    if main is None:
        return
    yield Sample(m.PROCESS_CPU, round(main.user + main.system, 6))
    known: dict[m.Metric, float | None] = {
        m.PROCESS_FDS: main.descriptors,
        m.PROCESS_MAX_FDS: main.descriptors_at_most,
        m.PROCESS_VIRTUAL: main.virtual,
        m.PROCESS_MAX_VIRTUAL: main.virtual_at_most,
        m.PROCESS_RESIDENT: main.resident,
        m.PROCESS_START_TIME: round(main.started_at, 2),
        m.PROCESS_THREADS: main.threads,
    }
    yield from (Sample(metric, value) for metric, value in known.items() if value is not None)


def _verdicts(verdicts: Mapping[str, bool]) -> Iterator[Sample]:
    yield Sample(m.LIVE, int(verdicts[verdict.LIVE]))
    yield Sample(m.STARTED, int(verdicts[verdict.STARTED]))
    yield Sample(m.READY, int(verdicts[verdict.READY]))
    yield Sample(m.HEALTHY, int(verdicts[verdict.HEALTHY]))


def _checks(
    checks: tuple[verdict.CheckState, ...], histograms: Mapping[str, Histogram]
) -> Iterator[Sample]:
    for check in checks:
        yield Sample(m.CHECK_PASSING, int(check.ok), (check.name, check.role))
    for name, histogram in histograms.items():
        yield Sample(m.CHECK_ANSWERS, histogram.passed, (name, "passed"))
        yield Sample(m.CHECK_ANSWERS, histogram.failed, (name, "failed"))
    for name, histogram in histograms.items():
        yield Sample(m.CHECK_DURATION, histogram.seconds, (name,), histogram.cumulative())


def _init(view: Mapping[str, Any]) -> Iterator[Sample]:
    for state in STATES:
        yield Sample(m.STATE, int(view["state"] == state), (state,))
    for name, count in sorted(view["signals"]["received"].items()):
        yield Sample(m.SIGNALS_RECEIVED, count, (name,))
    for name, count in sorted(view["signals"]["delivered"].items()):
        yield Sample(m.SIGNALS_DELIVERED, count, (name,))
    yield Sample(m.SIGNALS_UNDELIVERED, view["signals"]["undelivered"])
    yield Sample(m.ORPHANS, view["orphans_reaped"])


def _stops(stop: Mapping[str, Any]) -> Iterator[Sample]:
    yield Sample(m.STOPS, stop["count"])
    if stop["last_seconds"] is not None:
        yield Sample(m.STOP_DURATION, stop["last_seconds"])
