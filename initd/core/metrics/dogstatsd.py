"""Samples as lines of DogStatsD, and lines as datagrams.

docs.datadoghq.com/developers/dogstatsd/datagram_shell: `name:value|type|#tag,tag`, and
`_sc` and `_e` for service checks and events. The format has no escapes, so text from
outside (host names, revisions, names of checks) is made safe.
"""

from __future__ import annotations

from initd.core.metrics import metric as m
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from initd.core.metrics.samples import Sample

    #: A counter: its name and its tags.
    Key = tuple[str, ...]

#: Datadog cuts longer tags.
TAG_AT_MOST = 200
OK, CRITICAL = 0, 2


class Line(Value):
    """One line. A counter's has its `key`, and the `total` that is reported with it."""

    text: str
    key: Key | None = None
    total: float = 0.0


def tag_of(name: str, value: str) -> str:
    """`name:value`, with `_` for characters that a tag may not have."""
    return clean_tag(f"{name}:{value}")


def clean_tag(text: str) -> str:
    """Keeps letters, digits and `_-:./`: a comma, a bar or a line end would break the line."""
    return "".join(c if c.isalnum() or c in "_-:./" else "_" for c in text)[:TAG_AT_MOST]


class DogStatsd:
    """`tags` are clean, and stand on every line, behind the metric's own."""

    def __init__(self, tags: Sequence[str]) -> None:
        self._tags = tuple(tags)

    def lines(self, samples: Iterable[Sample], sent: Mapping[Key, float]) -> Iterator[Line]:
        """Gauges as they are, counters by their growth since `sent`. Histograms are sent result
        by result, see `timing`; info is in the tags."""
        for sample in samples:
            name, kind = sample.metric.statsd, sample.metric.kind
            own = tuple(map(tag_of, sample.metric.labels, sample.labels))
            if name and kind == m.GAUGE:
                yield Line(self._line(name, number(sample.value), "g", own))
            elif name and kind == m.COUNTER:
                yield from self._growth((name, *own), sample.value, sent, own)

    def count(self, name: str, total: float, sent: Mapping[Key, float]) -> Iterator[Line]:
        """A counter that only StatsD has; nothing if it did not grow."""
        yield from self._growth((name,), total, sent, ())

    def timing(self, check: str, seconds: float) -> Line:
        """How long one probe took, as `ms`, which every StatsD knows, Datadog's or not."""
        own = (tag_of("check", check),)
        return Line(self._line(m.CHECK_DURATION.statsd, number(seconds * 1000), "ms", own))

    def service_check(self, name: str, ok: bool, why: str) -> tuple[Line, ...]:
        """The verdict. `m:` or a bar in its text would begin another field."""
        message = _plain(why).replace("m:", "m\\:").replace("|", "/")
        status = OK if ok else CRITICAL
        return (Line(f"_sc|{name}|{status}|#{','.join(self._tags)}|m:{message}"),)

    def event(self, title: str, text: str) -> tuple[Line, ...]:
        """A warning for the event stream. The lengths are in bytes of UTF-8."""
        title, text = _plain(title), _plain(text)
        lengths = f"{len(title.encode())},{len(text.encode())}"
        return (Line(f"_e{{{lengths}}}:{title}|{text}|t:warning|#{','.join(self._tags)}"),)

    def _growth(
        self, key: Key, total: float, sent: Mapping[Key, float], own: Sequence[str]
    ) -> Iterator[Line]:
        grown = growth(key, total, sent)
        if grown:
            yield Line(self._line(key[0], grown, "c", own), key, total)

    def _line(self, name: str, value: str, kind: str, own: Sequence[str]) -> str:
        return f"{name}:{value}|{kind}|#{','.join((*own, *self._tags))}"


def packed(lines: Iterable[Line], limit: int) -> Iterator[tuple[Line, ...]]:
    """In order, as many to a datagram as fit into `limit` bytes with line ends between
    them. A line that is longer than that goes alone."""
    together: list[Line] = []
    size = 0
    for line in lines:
        length = len(line.text.encode()) + 1
        if together and size + length > limit + 1:  # the last line has no line end
            yield tuple(together)
            together, size = [], 0
        together.append(line)
        size += length
    if together:
        yield tuple(together)


def datagram(lines: Iterable[Line]) -> bytes:
    """The bytes to send."""
    return "\n".join(line.text for line in lines).encode()


def growth(key: Key, total: float, sent: Mapping[Key, float]) -> str:
    """Since `sent`, as a number; "" if there was none. What is smaller now has begun anew."""
    before = sent.get(key, 0.0)
    grown = number(total - before if total >= before else total)
    return grown if grown != "0" else ""


def number(value: float) -> str:
    """Without an exponent, which not every relay understands."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _plain(text: str) -> str:
    """One line of valid UTF-8."""
    line = text.replace("\r", "").replace("\n", "\\n")
    return line.encode(errors="backslashreplace").decode()
