"""What is read without h11 is read as h11 reads it; and what is not, is left to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.monitor.http.any_requests import AnyRequests
from initd.monitor.http.fields import Unusual
from initd.monitor.http.plain_requests import PlainRequests, read_plain
from initd.monitor.http.request import Refused, Request

HEAD_AT_MOST = 16 * 1024

KUBELET = (
    b"GET /readyz HTTP/1.1\r\nHost: 10.1.2.3:8080\r\nUser-Agent: kube-probe/1.31\r\n"
    b"Accept: */*\r\nConnection: close\r\n\r\n"
)
PROMETHEUS = (
    b"GET /metrics HTTP/1.1\r\nHost: 10.1.2.3:8080\r\nUser-Agent: Prometheus/3.0.0\r\n"
    b"Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5\r\n"
    b"Accept-Encoding: gzip\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n"
)
CURL = (
    b"GET /livez?verbose HTTP/1.1\r\nHost: x:80\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
)
HAPROXY = b"GET /healthz HTTP/1.0\r\n\r\n"
BROWSER = (
    b"GET / HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n"
    b'sec-ch-ua: "Chromium";v="130"\r\nUpgrade-Insecure-Requests: 1\r\nDNT: 1\r\n'
    b"Accept: text/html,*/*;q=0.8\r\nAccept-Language: de,en;q=0.5\r\nCookie: a=b\r\n\r\n"
)


def plainly(data: bytes) -> Request | None:
    """What PlainRequests makes of the first request; raises Unusual."""
    reading = PlainRequests(HEAD_AT_MOST)
    reading.receive(data)
    return reading.next()


def fully(data: bytes) -> Request | None:
    """What h11 makes of it; raises Refused."""
    return AnyRequests(HEAD_AT_MOST, data, False).next()


@pytest.mark.parametrize("data", [KUBELET, PROMETHEUS, CURL, HAPROXY, BROWSER])
def test_those_who_ask_day_by_day_need_no_h11(data: bytes) -> None:
    """And are understood as it would understand them."""
    found = plainly(data)
    assert found is not None
    assert found == fully(data)


def test_what_a_request_says() -> None:
    """Its target, and how it wants to be answered."""
    assert plainly(KUBELET) == Request(target=b"/readyz", last=True, accept=b"*/*")
    assert plainly(HAPROXY) == Request(target=b"/healthz", last=True)
    head = b"HEAD / HTTP/1.1\r\nhost:x\r\nACCEPT: a\r\nAccept:b\r\n\r\n"
    assert plainly(head) == Request(target=b"/", head_only=True, accept=b"a, b")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x",
        b"get / HTTP/1.1\r\nHost: x",
        b"GET  / HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1 \r\nHost: x",
        b"GET / HTTP/1.2\r\nHost: x",
        b"GET /",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: x",
        b"GET / HTTP/1.1\r\nHost : x",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded: y",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0",
        b"GET / HTTP/1.1\r\nHost: x\r\nTRANSFER-encoding: chunked",
        b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nConnection: keep-alive",
        b"GET / HTTP/1.1\nHost: x",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: \xff",
        b"GET /\xff HTTP/1.1\r\nHost: x",
        b"GET /\t HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1\r\nHost: x\r\nA\x0b: b",
        b"GET / HTTP/1.1\r\nHost: x\r\nLong: " + b"a" * HEAD_AT_MOST,
    ],
)
def test_whatever_could_be_read_in_two_ways_is_left_to_h11(head: bytes) -> None:
    """Bodies, folded lines, line ends, doubles, sizes, bytes."""
    assert read_plain(head, HEAD_AT_MOST) is None
    with pytest.raises(Unusual):
        plainly(head + b"\r\n\r\n")


words = st.text("abcGETHOST-:, \t/%?=1.09\x00\x7f\xe9", max_size=12)
names = st.sampled_from("Host Accept Connection Content-Length X-A a-b Te".split()) | words
values = st.sampled_from(["x", "close", "keep-alive", "close, x", "0", "*/*", " a b\t"]) | words
headers = st.lists(st.tuples(names, values), max_size=5)


@given(
    st.sampled_from(["GET", "HEAD"]) | words,
    st.sampled_from(["/", "/livez?a", "*", "http://x/"]) | words,
    st.sampled_from(["1.1", "1.0", "1.2", "2.0"]),
    headers,
    st.sampled_from(["\r\n", "\n"]),
    st.booleans(),
)
def test_what_is_read_here_is_read_alike_by_h11(
    method: str,
    target: str,
    version: str,
    fields: list[tuple[str, str]],
    end: str,
    has_host: bool,
) -> None:
    """Requests near the edge of what is allowed, on both sides of it."""
    lines = [f"{method} {target} HTTP/{version}", *(["Host: x"] if has_host else [])]
    lines += [f"{name}:{value}" for name, value in fields]
    data = (end.join(lines) + end * 2).encode("latin-1")
    try:
        found = plainly(data)
    except Unusual:
        return
    assert found is not None
    assert found == fully(data)


@given(st.binary(max_size=80), st.integers(0, len(KUBELET)), st.integers(0, len(KUBELET)))
def test_a_damaged_request_is_read_alike_or_left(junk: bytes, start: int, end: int) -> None:
    """A piece of it replaced by anything."""
    data = KUBELET[:start] + junk + KUBELET[max(start, end) :]
    try:
        found = plainly(data)
    except Unusual:
        return
    try:
        assert found == fully(data)
    except Refused as refused:
        raise AssertionError(f"{data!r} should be refused: {refused.response}") from None


@given(st.lists(st.sampled_from([KUBELET, PROMETHEUS, CURL]), max_size=4), st.randoms())
def test_requests_come_in_pieces_and_behind_each_other(sent: list[bytes], rolls: object) -> None:
    """Each is found when it is whole, whatever of the next one is there."""
    reading = PlainRequests(HEAD_AT_MOST)
    data, found = b"".join(sent), []
    while data:
        size = rolls.randrange(1, 200)  # type: ignore[attr-defined]
        reading.receive(data[:size])
        data = data[size:]
        while (request := reading.next()) is not None:
            found.append(request)
    assert found == [plainly(each) for each in sent]
    assert reading.rest == b""


@pytest.mark.parametrize(
    "begun",
    [b"\x16\x03\x01", b"P", b"GETX", b"GET / HTTP/1.1\nHo", b"GET /" + b"a" * HEAD_AT_MOST],
)
def test_what_can_not_become_plain_any_more_is_not_waited_for(begun: bytes) -> None:
    """h11 refuses it at once, and not when its time is over."""
    with pytest.raises(Unusual):
        plainly(begun)


@pytest.mark.parametrize("begun", [b"", b"G", b"HEA", b"GET ", b"GET / HTTP/1.1\r\nHost: x\r\n\r"])
def test_what_may_become_plain_is_waited_for(begun: bytes) -> None:
    """Unless the client has ended."""
    assert plainly(begun) is None
    ended = PlainRequests(HEAD_AT_MOST)
    ended.receive(begun)
    ended.receive(b"")
    if begun:
        with pytest.raises(Unusual):
            ended.next()
    else:
        assert ended.next() is None


def test_a_request_that_h11_refuses_takes_its_status_with_it() -> None:
    """And whether it was a HEAD, whose response has no body."""
    with pytest.raises(Refused) as refused:
        fully(b"HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
    assert (refused.value.response.status, refused.value.head_only) == (413, True)
    with pytest.raises(Refused) as refused:
        fully(b"GET / HTTP/1.1\r\n\r\n")
    assert refused.value.response.status == 400


def test_h11_goes_on_with_what_is_behind_its_first_request() -> None:
    """A connection that was handed over stays with it."""
    reading = AnyRequests(HEAD_AT_MOST, b"GET /a HTTP/1.1\nHost: x\n\n" + CURL + CURL[:9], False)
    first, second = reading.next(), reading.next()
    assert first is not None
    assert first.target == b"/a"
    assert second == plainly(CURL)
    assert reading.next() is None
    reading.receive(CURL[9:])
    assert reading.next() == second
    reading.receive(b"")
    assert reading.next() is None
    assert reading.ended
