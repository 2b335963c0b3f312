"""A response that is read without h11 is read as h11 reads it; what is not, is left to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.monitor.http.fields import NotHttp, Unusual
from initd.monitor.probe.any_response import AnyResponse
from initd.monitor.probe.plain_response import read_response

HEAD_AT_MOST, BODY_AT_MOST = 2048, 256


def plainly(data: bytes, ended: bool) -> tuple[int, bytes] | None:
    return read_response(data, ended, HEAD_AT_MOST, BODY_AT_MOST)


def fully(data: bytes, ended: bool) -> tuple[int, bytes] | None:
    """What h11 makes of it. Raises NotHttp."""
    reading = AnyResponse(HEAD_AT_MOST, BODY_AT_MOST)
    return reading.receive(data) or (reading.receive(b"") if ended else None)


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"
CHUNKED = (
    b"HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
)
UNTIL_THE_END = b"HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6\r\n\r\nok"
EMPTY = b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n"
WITHOUT_REASON = b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n"
RESPONSES = [LENGTH, CHUNKED, UNTIL_THE_END, EMPTY, WITHOUT_REASON]


@pytest.mark.parametrize(
    ("data", "found"),
    list(zip(RESPONSES, [(200, b"ok\n"), (503, b"no"), (200, b"ok"), (204, b""), (404, b"")])),
)
def test_apps_answer_without_h11(data: bytes, found: tuple[int, bytes]) -> None:
    """By length, in chunks, until the end; as h11 has it."""
    assert plainly(data, True) == found
    assert fully(data, True) == found


@pytest.mark.parametrize("data", RESPONSES)
def test_a_response_may_come_byte_by_byte(data: bytes) -> None:
    """Nothing is said before it is there, and nothing else then."""
    for end in range(1, len(data)):
        early = plainly(data[:end], False)
        assert early is None or early == plainly(data, True)
    assert plainly(data, True) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: \xff\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbroken",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * HEAD_AT_MOST,
    ],
)
def test_whatever_could_be_read_in_two_ways_is_left_to_h11(data: bytes) -> None:
    """Also what is broken off: it has the words for it."""
    with pytest.raises(Unusual):
        plainly(data, True)


names = st.sampled_from("Content-Length Transfer-Encoding Content-Type X Upgrade".split())
values = st.sampled_from(["0", "2", "5", "300", "chunked", "Chunked", "x", "", "-1", "2, 2"])
bodies = st.sampled_from(
    [b"", b"ok", b"ok ok", b"2\r\nok\r\n0\r\n\r\n", b"2\r\nok\r\n", b"a\r\n", b"x" * 300]
)


@given(
    st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1 "]),
    st.sampled_from(["200", "204", "304", "404", "503", "101", "600", "99", "2oo"]),
    st.sampled_from([" OK", "", " ", " \t", "OK", " ung\x7f", " gr\xfc\xdf"]),
    st.lists(st.tuples(names, values), max_size=3),
    bodies | st.binary(max_size=20),
    st.booleans(),
)
def test_what_is_read_here_is_read_alike_by_h11(
    version: str,
    status: str,
    reason: str,
    fields: list[tuple[str, str]],
    body: bytes,
    ended: bool,
) -> None:
    """Responses near the edge of what is allowed, on both sides of it."""
    lines = [f"{version} {status}{reason}", *(f"{name}: {value}" for name, value in fields)]
    compare(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body, ended)


@given(st.sampled_from(RESPONSES), st.binary(max_size=5), st.integers(0, 99), st.booleans())
def test_a_damaged_response_is_read_alike_or_left(
    data: bytes, junk: bytes, at: int, ended: bool
) -> None:
    """A piece of it replaced by anything."""
    at = min(at, len(data))
    compare(data[:at] + junk + data[at + len(junk) :], ended)


def compare(data: bytes, ended: bool) -> None:
    """None says to wait, which h11 may do longer: it has then nothing else to say."""
    try:
        found = plainly(data, ended)
    except Unusual:
        return
    if not data and ended:
        return
    try:
        by_h11 = fully(data, ended)
    except NotHttp as error:
        raise AssertionError(f"{data!r} is read as {found}: {error}") from None
    assert found == by_h11
