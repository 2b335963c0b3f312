"""Samples as Prometheus reads them, by prometheus_client: import this at the first scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from initd.core.metrics.histogram import BOUNDS
from initd.core.metrics.metric import COUNTER, HISTOGRAM, INFO, METRICS, Metric
from initd.core.metrics.samples import Sample

_LE = (*(repr(bound) for bound in BOUNDS), "+Inf")


class Exposition(Collector):
    """Has a registry of its own: the library's default one is about this process."""

    def __init__(self, samples: Callable[[], list[Sample]]) -> None:
        self._samples = samples
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def render(self, accept: str) -> tuple[bytes, str]:
        """The text and its Content-Type, in the best format that `accept` allows."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self._registry), content_type

    def describe(self) -> list[_Family]:
        """Empty: registering must not take samples."""
        return []

    def collect(self) -> Iterator[_Family]:
        """A family for each metric that has a value."""
        by_metric: dict[Metric, list[Sample]] = {metric: [] for metric in METRICS}
        for sample in self._samples():
            by_metric[sample.metric].append(sample)
        for metric, samples in by_metric.items():
            if samples:
                yield _family(metric, samples)


_Family = GaugeMetricFamily | CounterMetricFamily | HistogramMetricFamily | InfoMetricFamily


def _family(metric: Metric, samples: list[Sample]) -> _Family:
    if metric.kind == HISTOGRAM:
        return _histogram(metric, samples)
    if metric.kind == INFO:
        info = InfoMetricFamily(metric.name.removesuffix("_info"), metric.help, labels=())
        for sample in samples:
            info.add_metric((), dict(zip(metric.labels, sample.labels)))
        return info
    kind = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=metric.labels, unit=metric.unit)
    for sample in samples:
        family.add_metric(sample.labels, sample.value)
    return family


def _histogram(metric: Metric, samples: list[Sample]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels, unit=metric.unit)
    for sample in samples:
        buckets = list(zip(_LE, map(float, sample.buckets)))
        family.add_metric(sample.labels, buckets, sample.value)
    return family
