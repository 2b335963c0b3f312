"""Samples as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0 for who asks for it.

Both are lines of text (prometheus.io/docs/instrumenting/exposition_formats, and the OpenMetrics
specification); prometheus_client, which the tests hold this against, is 5 MB once it is imported.
"""

from __future__ import annotations

from initd.core.metrics.histogram import BOUNDS
from initd.core.metrics.metric import COUNTER, HISTOGRAM, INFO, METRICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from initd.core.metrics.metric import Metric
    from initd.core.metrics.samples import Sample

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_TEXT_TYPE, _OPEN_METRICS_TYPE = "text/plain", "application/openmetrics-text"
#: Versions of it that 1.0.0 is right for.
_OPEN_METRICS_VERSIONS = ("", "1.0.0")

_LE = (*(repr(bound) for bound in BOUNDS), "+Inf")
_LARGE = 1e6
_TOTAL, _INFO = "_total", "_info"


def wants_open_metrics(accept: str) -> bool:
    """Whether an Accept header likes it at least as much as plain text (RFC 9110, 12.5.1). Who does
    not name it gets text, which every reader knows."""
    open_metrics = text = 0.0
    for accepted in accept.split(","):
        kind, *parameters = (word.strip() for word in accepted.lower().split(";"))
        named = dict(word.partition("=")[::2] for word in parameters)
        liking = _quality(named.get("q", "1"))
        if kind == _TEXT_TYPE:
            text = max(text, liking)
        elif kind == _OPEN_METRICS_TYPE and named.get("version", "") in _OPEN_METRICS_VERSIONS:
            open_metrics = max(open_metrics, liking)
    return open_metrics > 0 and open_metrics >= text


def _quality(text: str) -> float:
    """From 0 to 1; what is not a number counts as 0, so that nobody gets what they can't read."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def exposition(samples: Iterable[Sample], open_metrics: bool) -> str:
    """The text. A metric without samples is left out."""
    by_metric: dict[Metric, list[Sample]] = {metric: [] for metric in METRICS}
    for sample in samples:
        by_metric[sample.metric].append(sample)
    lines: list[str] = []
    for metric, of_metric in by_metric.items():
        if of_metric:
            lines += _head(metric, open_metrics)
            for sample in of_metric:
                lines += _lines(metric, sample)
    if open_metrics:
        lines.append("# EOF")
    return "\n".join(lines) + "\n"


def _head(metric: Metric, open_metrics: bool) -> Iterator[str]:
    """In OpenMetrics a family is named without what its samples' names end with."""
    name, kind = metric.name, metric.kind
    if not open_metrics:
        yield f"# HELP {name} {metric.help}"
        yield f"# TYPE {name} {'gauge' if kind == INFO else kind}"
        return
    if kind == COUNTER:
        name = name.removesuffix(_TOTAL)
    elif kind == INFO:
        name = name.removesuffix(_INFO)
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {kind}"
    if metric.unit:
        yield f"# UNIT {name} {metric.unit}"


def _lines(metric: Metric, sample: Sample) -> Iterator[str]:
    labels = list(zip(metric.labels, sample.labels))
    if metric.kind != HISTOGRAM:
        yield _line(metric.name, labels, sample.value)
        return
    for bound, count in zip(_LE, sample.buckets):
        yield _line(f"{metric.name}_bucket", [*labels, ("le", bound)], count)
    yield _line(f"{metric.name}_count", labels, sample.buckets[-1])
    yield _line(f"{metric.name}_sum", labels, sample.value)


def _line(name: str, labels: Sequence[tuple[str, str]], value: float) -> str:
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in sorted(labels))
    return f"{name}{{{inside}}} {_number(value)}" if labels else f"{name} {_number(value)}"


def _number(value: float) -> str:
    """As Go prints it, and so Prometheus and its other clients: 1.764e+09 from a million on."""
    text = repr(float(value))
    whole, point, fraction = text.partition(".")
    if not point or value < _LARGE or "e" in fraction:
        return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(text, text)
    digits = f"{whole[0]}.{whole[1:]}{fraction}".rstrip("0").rstrip(".")
    return f"{digits}e+{len(whole) - 1:02}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
