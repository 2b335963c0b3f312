"""Samples as lines of plain StatsD, as Etsy's daemon reads them: `name:value|type`.

github.com/statsd/statsd, docs/metric_types.md. There are no tags, so a name says all: what reports
first, then the metric, then its labels. Service checks and events are Datadog's, and would be bad
lines here; the gauges initd.live, .started, .ready and .healthy, and the counters, tell the same.
"""

from __future__ import annotations

from initd.core.metrics import metric as m
from initd.core.metrics.dogstatsd import Line, growth, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from initd.core.metrics.dogstatsd import Key
    from initd.core.metrics.samples import Sample

_KEPT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_PART_AT_MOST = 200
_OWN = "initd."


def part_of(text: str) -> str:
    """Text from outside as one part of a name: a dot would begin another, a colon the value, and
    Graphite makes files of names. Never empty."""
    return "".join(char if char in _KEPT else "_" for char in text)[:_PART_AT_MOST] or "_"


class PlainStatsd:
    """`prefix` stands before each name, such as `initd.web-1`, and is clean already."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def lines(self, samples: Iterable[Sample], sent: Mapping[Key, float]) -> Iterator[Line]:
        """Gauges as they are, counters by their growth since `sent`."""
        for sample in samples:
            name = self._name(sample.metric.statsd, *sample.labels)
            if sample.metric.statsd and sample.metric.kind == m.GAUGE:
                yield Line(f"{name}:{number(sample.value)}|g")
            elif sample.metric.statsd and sample.metric.kind == m.COUNTER:
                yield from self._growth(name, sample.value, sent)

    def count(self, name: str, total: float, sent: Mapping[Key, float]) -> Iterator[Line]:
        """A counter that only StatsD has; nothing if it did not grow."""
        yield from self._growth(self._name(name), total, sent)

    def timing(self, check: str, seconds: float) -> Line:
        """How long one probe took."""
        return Line(f"{self._name(m.CHECK_DURATION.statsd, check)}:{number(seconds * 1000)}|ms")

    def service_check(self, name: str, ok: bool, why: str) -> tuple[Line, ...]:
        """None."""
        return ()

    def event(self, title: str, text: str) -> tuple[Line, ...]:
        """None."""
        return ()

    def _name(self, name: str, *labels: str) -> str:
        return ".".join((self._prefix, name.removeprefix(_OWN), *map(part_of, labels)))

    @staticmethod
    def _growth(name: str, total: float, sent: Mapping[Key, float]) -> Iterator[Line]:
        grown = growth((name,), total, sent)
        if grown:
            yield Line(f"{name}:{grown}|c", (name,), total)
