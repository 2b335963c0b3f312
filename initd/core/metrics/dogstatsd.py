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


def lines_of(
    samples: Iterable[Sample], sent: Mapping[Key, float], tags: Sequence[str]
) -> Iterator[Line]:
    """Gauges as they are, counters by their growth since `sent`. Histograms are sent result
    by result, see `timing`; info is in the tags."""
    for sample in samples:
        name, kind = sample.metric.statsd, sample.metric.kind
        own = tuple(map(tag_of, sample.metric.labels, sample.labels))
        if kind == m.GAUGE:
            yield Line(_line(name, sample.value, "g", (*own, *tags)))
        elif kind == m.COUNTER:
            yield from _growth((name, *own), sample.value, sent, (*own, *tags))


def count(
    name: str, total: float, sent: Mapping[Key, float], tags: Sequence[str]
) -> Iterator[Line]:
    """A counter that only StatsD has; nothing if it did not grow."""
    yield from _growth((name,), total, sent, tags)


def timing(check: str, seconds: float, tags: Sequence[str]) -> Line:
    """How long one probe took, as `ms`, which every StatsD knows, Datadog's or not."""
    own = tag_of("check", check)
    return Line(_line(m.CHECK_DURATION.statsd, seconds * 1000, "ms", (own, *tags)))


def service_check(name: str, ok: bool, why: str, tags: Sequence[str]) -> Line:
    """The verdict. `m:` or a bar in its text would begin another field."""
    message = _plain(why).replace("m:", "m\\:").replace("|", "/")
    return Line(f"_sc|{name}|{OK if ok else CRITICAL}|#{','.join(tags)}|m:{message}")


def event(title: str, text: str, tags: Sequence[str]) -> Line:
    """A warning for the event stream. The lengths are in bytes of UTF-8."""
    title, text = _plain(title), _plain(text)
    lengths = f"{len(title.encode())},{len(text.encode())}"
    return Line(f"_e{{{lengths}}}:{title}|{text}|t:warning|#{','.join(tags)}")


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


def _growth(
    key: Key, total: float, sent: Mapping[Key, float], tags: Sequence[str]
) -> Iterator[Line]:
    before = sent.get(key, 0.0)
    grown = total - before if total >= before else total
    if _number(grown) != "0":
        yield Line(_line(key[0], grown, "c", tags), key, total)


def _line(name: str, value: float, kind: str, tags: Sequence[str]) -> str:
    return f"{name}:{_number(value)}|{kind}|#{','.join(tags)}"


def _number(value: float) -> str:
    """Without an exponent, which not every relay understands."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _plain(text: str) -> str:
    """One line of valid UTF-8."""
    line = text.replace("\r", "").replace("\n", "\\n")
    return line.encode(errors="backslashreplace").decode()
