"""Lines of DogStatsD: their form, what may stand in them, and how they share datagrams."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.metrics import metric as m
from initd.core.metrics.dogstatsd import DogStatsd, Line, clean_tag, datagram, packed, tag_of
from initd.core.metrics.plain_statsd import PlainStatsd, part_of
from initd.core.metrics.samples import Sample

METRIC_LINE = re.compile(r"[a-z_.]+:-?\d+(\.\d+)?\|(g|c|ms)\|#[^,|#\s]+(,[^,|#\s]+)*")


PLAIN_LINE = re.compile(r"[A-Za-z0-9_.-]+:\d+(\.\d+)?\|(g|c|ms)")
WEB = DogStatsd(("role:web",))
OTHER = DogStatsd(("a:b",))
PLAIN = PlainStatsd("initd.web-1")


def texts(*samples: Sample, sent: dict[tuple[str, ...], float] | None = None) -> list[str]:
    return [line.text for line in WEB.lines(samples, sent or {})]


def test_a_gauge_is_what_it_is_now() -> None:
    """Its own tags come first."""
    passing = Sample(m.CHECK_PASSING, 1, ("db", "readiness"))
    assert texts(Sample(m.APP_UP, 1)) == ["initd.app.up:1|g|#role:web"]
    assert texts(passing) == ["initd.check.passing:1|g|#check:db,check_role:readiness,role:web"]


def test_a_counter_is_what_it_grew_by() -> None:
    """And no line where it did not."""
    restarts = Sample(m.APP_RESTARTS, 7)
    key = ("initd.app.restarts",)
    assert texts(restarts) == ["initd.app.restarts:7|c|#role:web"]
    assert texts(restarts, sent={key: 5}) == ["initd.app.restarts:2|c|#role:web"]
    assert texts(restarts, sent={key: 7}) == []


def test_a_counter_that_began_anew_has_grown_by_all_it_has() -> None:
    """A negative count would be taken off."""
    assert texts(Sample(m.STOPS, 2), sent={("initd.stops",): 9}) == ["initd.stops:2|c|#role:web"]


def test_each_signal_is_a_counter_of_its_own() -> None:
    """The key that is remembered has the labels, and not the workload's tags."""
    signals = [Sample(m.SIGNALS_RECEIVED, 3, ("TERM",)), Sample(m.SIGNALS_RECEIVED, 1, ("HUP",))]
    lines = list(WEB.lines(signals, {("initd.signals.received", "signal:HUP"): 1}))
    assert [line.text for line in lines] == ["initd.signals.received:3|c|#signal:TERM,role:web"]
    assert (lines[0].key, lines[0].total) == (("initd.signals.received", "signal:TERM"), 3)


def test_histograms_and_info_are_left_out() -> None:
    """Durations go one by one, and the tags say what runs."""
    assert texts(Sample(m.CHECK_DURATION, 1, ("db",)), Sample(m.BUILD, 1, ("1.0",))) == []


def test_a_duration_is_in_milliseconds() -> None:
    """The type says so."""
    assert WEB.timing("db", 0.0125).text == ("initd.check.duration:12.5|ms|#check:db,role:web")


def test_a_counter_of_statsds_own() -> None:
    """Is told as the others are."""
    assert [line.text for line in OTHER.count("initd.x", 3, {("initd.x",): 1})] == [
        "initd.x:2|c|#a:b"
    ]


def test_a_service_check_says_ok_or_critical_and_why() -> None:
    """Its message is one line, and can't begin another field."""
    (line,) = WEB.service_check("initd.live", True, "up")
    assert line.text == "_sc|initd.live|0|#role:web|m:up"
    (odd,) = WEB.service_check("initd.live", False, "a|b\nm:c")
    assert odd.text == r"_sc|initd.live|2|#role:web|m:a/b\nm\:c"


def test_an_events_lengths_are_in_bytes() -> None:
    """Of the title and the text as they are sent."""
    (line,) = WEB.event("Ändö", "a\nb")
    assert line.text == r"_e{6,4}:Ändö|a\nb|t:warning|#role:web"


@pytest.mark.parametrize(
    ("value", "written"), [(0, "0"), (1e9, "1000000000"), (0.25, "0.25"), (1e-7, "0")]
)
def test_a_number_has_no_exponent(value: float, written: str) -> None:
    """Not every relay reads one."""
    assert texts(Sample(m.MEMORY, value)) == [f"initd.app.resident_memory:{written}|g|#role:web"]


@given(st.text(), st.floats(0, 1e15))
def test_no_text_breaks_a_line(text: str, value: float) -> None:
    """Whatever somebody calls a host, a revision or a check."""
    samples = [
        Sample(m.CHECK_PASSING, value, (text, "readiness")),
        Sample(m.SIGNALS_RECEIVED, value + 1, (text,)),
    ]
    lines = [*DogStatsd((tag_of("host", text),)).lines(samples, {}), OTHER.timing(text, value)]
    for line in lines:
        assert METRIC_LINE.fullmatch(line.text), line.text
        assert len(datagram([line]).splitlines()) == 1


@given(st.text(), st.text())
def test_no_text_breaks_a_service_check_or_an_event(title: str, text: str) -> None:
    """Both have a fixed number of fields; an event's are measured."""
    check = datagram(OTHER.service_check("initd.live", False, text))
    assert re.fullmatch(rb"_sc\|initd.live\|2\|#a:b\|m:[^|\n]*", check)
    assert b"m:" not in check.split(b"|m:")[1]
    sent = datagram(OTHER.event(title, text))
    lengths, _, rest = sent.partition(b":")
    first, second = map(int, lengths[3:-1].split(b","))
    assert b"\n" not in sent
    assert rest[first : first + 1] == b"|"
    assert rest[first + 1 + second :] == b"|t:warning|#a:b"


@given(st.text())
def test_a_clean_tag_stays_as_it_is(text: str) -> None:
    """Cleaning twice is cleaning once; and a tag is at most as long as Datadog keeps."""
    assert clean_tag(clean_tag(text)) == clean_tag(text)
    assert len(clean_tag(text)) <= 200


# ---- plain StatsD -----------------------------------------------------------------------------


def test_a_plain_relay_has_the_labels_in_the_name() -> None:
    """It knows no tags: what reports, the metric, and then its labels."""
    samples = [
        Sample(m.APP_UP, 1),
        Sample(m.CHECK_PASSING, 1, ("db:main", "readiness")),
        Sample(m.SIGNALS_RECEIVED, 3, ("RTMIN+3",)),
        Sample(m.APP_RESTARTS, 0),
        Sample(m.BUILD, 1, ("1.0",)),
        Sample(m.PROCESS_THREADS, 1),
    ]
    assert [line.text for line in PLAIN.lines(samples, {})] == [
        "initd.web-1.app.up:1|g",
        "initd.web-1.check.passing.db_main.readiness:1|g",
        "initd.web-1.signals.received.RTMIN_3:3|c",
    ]
    assert PLAIN.timing("db", 0.0125).text == "initd.web-1.check.duration.db:12.5|ms"
    (dropped,) = PLAIN.count("initd.statsd.dropped", 2, {})
    assert dropped.text == "initd.web-1.statsd.dropped:2|c"


def test_a_plain_relay_is_told_of_growth_too() -> None:
    """The key is what the line was for."""
    (line,) = PLAIN.lines([Sample(m.APP_RESTARTS, 7)], {("initd.web-1.app.restarts",): 5})
    assert (line.text, line.total) == ("initd.web-1.app.restarts:2|c", 7)
    assert list(PLAIN.lines([Sample(m.APP_RESTARTS, 7)], {line.key or (): 7})) == []


def test_a_plain_relay_gets_nothing_of_datadogs() -> None:
    """Each would be a bad line."""
    assert PLAIN.service_check("initd.live", True, "up") == ()
    assert PLAIN.event("ended", "why") == ()


@given(st.text(), st.floats(0, 1e15))
def test_no_text_breaks_a_plain_line(text: str, value: float) -> None:
    """Nor makes an empty part of a name, which Graphite has no file for."""
    samples = [Sample(m.CHECK_PASSING, value, (text, "readiness"))]
    dialect = PlainStatsd(part_of(text))
    for line in [*dialect.lines(samples, {}), dialect.timing(text, value)]:
        assert PLAIN_LINE.fullmatch(line.text), line.text
        assert ".." not in line.text


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)))
def test_datagrams_have_every_line_once_and_are_as_few_as_can_be(words: list[str]) -> None:
    """In order; none is longer than allowed but for a line that is so by itself, and no
    line would have fitted into the datagram before."""
    limit = 20
    datagrams = list(packed([Line(word) for word in words], limit))
    assert [line.text for lines in datagrams for line in lines] == words
    sizes = [len(datagram(lines)) for lines in datagrams]
    assert all(size <= limit or len(lines) == 1 for size, lines in zip(sizes, datagrams))
    for size, following in zip(sizes, datagrams[1:]):
        assert size + 1 + len(following[0].text.encode()) > limit
