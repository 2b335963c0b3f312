"""Requests: what is refused unread, and what a target asks for."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.monitor.http.request import Target, parse_target, refusal

HEAD_AT_MOST = 16 * 1024
END = h11.EndOfMessage()


def asked(method: str = "GET", version: str = "1.1", pad: int = 0) -> h11.Request:
    headers = [("Host", "x"), ("Pad", "p" * pad)]
    return h11.Request(method=method, target="/", headers=headers, http_version=version)


def status(request: h11.Request, behind: object = END) -> int | None:
    refused = refusal(request, behind, HEAD_AT_MOST)
    return refused.status if refused else None


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", None), ("HEAD", None)]
    + [(known, 405) for known in "POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split()]
    + [(unknown, 501) for unknown in ("get", "BREW", "PROPFIND", "GETX")],
)
def test_only_get_and_head_are_served(method: str, expected: int | None) -> None:
    """405 for methods with a meaning, 501 for the rest; methods are case-sensitive."""
    assert status(asked(method)) == expected


def test_a_refused_method_is_told_which_are_served() -> None:
    """Allow goes with 405 (RFC 9110, 15.5.6)."""
    refused = refusal(asked("POST"), END, HEAD_AT_MOST)
    assert refused is not None
    assert (b"Allow", b"GET, HEAD") in refused.headers


@pytest.mark.parametrize(("version", "expected"), [("1.0", None), ("1.1", None), ("2.0", 505)])
def test_http_1_is_spoken(version: str, expected: int | None) -> None:
    """Of any minor version."""
    assert status(asked(version=version)) == expected


def test_a_head_has_at_most_its_size() -> None:
    """h11 lets a larger one through that arrives whole."""
    small = len(b"GET / HTTP/1.1\r\nHost: x\r\nPad: \r\n")
    assert status(asked(pad=HEAD_AT_MOST - small)) is None
    assert status(asked(pad=HEAD_AT_MOST - small + 1)) == 431


@pytest.mark.parametrize("behind", [h11.Data(data=b"x"), h11.NEED_DATA])
def test_a_body_is_refused(behind: object) -> None:
    """Whether its first byte is here or not."""
    assert status(asked(), behind) == 413


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/", Target("/")),
        (b"/livez/web", Target("/livez/web")),
        (b"/livez?verbose", Target("/livez", frozenset({"verbose"}))),
        (b"/livez?verbose=1&x=y&&", Target("/livez", frozenset({"verbose", "x"}))),
        (b"/a%20b%2Fc?%76erbose", Target("/a b/c", frozenset({"verbose"}))),
        (b"/%25zz", Target("/%zz")),
        (b"http://example.com:80/livez?a", Target("/livez", frozenset({"a"}))),
        (b"HTTP://example.com", Target("/")),
    ],
)
def test_a_target_is_a_path_or_an_http_url(target: bytes, expected: Target) -> None:
    """A server must take both (RFC 9112, 3.2.2)."""
    assert parse_target(target) == expected


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (b"*", "neither a path"),
        (b"example.com:80", "neither a path"),
        (b"ftp://example.com/", "neither a path"),
        (b"/%ff", "is not UTF-8"),
        (b"/?%c3%28", "is not UTF-8"),
        (b"/%", "two hexadecimal digits"),
        (b"/%4", "two hexadecimal digits"),
        (b"/%zz", "two hexadecimal digits"),
    ],
)
def test_an_invalid_path_says_why(target: bytes, why: str) -> None:
    """For the body of a 400."""
    with pytest.raises(ValueError, match=why):
        parse_target(target)


@given(st.text(), st.text())
def test_every_text_can_be_asked_for(path: str, name: str) -> None:
    """Percent-encoded, it comes out as it went in."""
    path, name = (each.encode(errors="replace").decode() for each in (path, name))
    target = parse_target(f"/{quote(path, safe='')}?{quote(name, safe='')}".encode())
    assert target.path == "/" + path
    assert target.names == ({name} if name else set())


@given(st.binary())
def test_any_bytes_are_a_target_or_a_value_error(junk: bytes) -> None:
    """Nothing else is ever raised."""
    with suppress(ValueError):
        assert isinstance(parse_target(junk), Target)
