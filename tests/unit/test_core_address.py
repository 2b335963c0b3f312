"""Where a check connects to, read from text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.address import Url, read_endpoint, read_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (
            "http://127.0.0.1",
            Url(secure=False, host="127.0.0.1", port=80, authority="127.0.0.1", path="/"),
        ),
        (
            "https://localhost",
            Url(secure=True, host="localhost", port=443, authority="localhost", path="/"),
        ),
        (
            "http://web:8080/a/b?c=d&e#f",
            Url(secure=False, host="web", port=8080, authority="web:8080", path="/a/b?c=d&e"),
        ),
        (
            "http://[::1]:81?x",
            Url(secure=False, host="::1", port=81, authority="[::1]:81", path="/?x"),
        ),
        (
            "http://[fe80::1]/",
            Url(secure=False, host="fe80::1", port=80, authority="[fe80::1]", path="/"),
        ),
    ],
)
def test_a_url_in_its_parts(text: str, url: Url) -> None:
    """RFC 3986, section 3; the fragment is never sent."""
    assert read_url(text) == url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("127.0.0.1:80/x", "http://HOST"),
        ("ftp://host/", "http://HOST"),
        ("http:///x", "no host in"),
        ("http://:80/", "no host in"),
        ("http://host:/", "no port in"),
        ("http://host:0/", "from 1 to 65535"),
        ("http://host:65536/", "from 1 to 65535"),
        ("http://host:8o/", "no port in"),
        ("http://::1/", "in brackets"),
        ("http://me:secret@host/", "password"),
        ("http://host/a b", "%XX"),
        ("http://host/\r\nX: y", "%XX"),
        ("http://hôst/", "%XX"),
        ("http://a..b/", "1 to 63 characters"),
        (f"http://{'a' * 64}.org/", "1 to 63 characters"),
    ],
)
def test_an_invalid_url_is_refused_with_a_reason(text: str, says: str) -> None:
    """Nothing of it could end up in a request line by accident."""
    with pytest.raises(ValueError, match=says):
        read_url(text)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:6379", ("127.0.0.1", 6379)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:65535", ("::1", 65535)),
        ("example.org.:80", ("example.org.", 80)),
    ],
)
def test_an_endpoint_is_a_host_and_a_port(text: str, endpoint: tuple[str, int]) -> None:
    """As people write them."""
    assert read_endpoint(text) == endpoint


@pytest.mark.parametrize("text", ["", "host", "host:", ":80", "::1:80", "[::1]", "host:80x"])
def test_half_an_endpoint_is_none(text: str) -> None:
    """There is no default port for tcp."""
    with pytest.raises(ValueError, match=r"HOST:PORT|in brackets"):
        read_endpoint(text)


def test_a_name_with_other_letters_is_written_as_the_resolver_takes_it() -> None:
    """Found at the start, and not when the check runs."""
    with pytest.raises(ValueError, match="xn--"):
        read_endpoint("bücher.example:80")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """With a ValueError and nothing else."""
    for read in (read_url, read_endpoint):
        with suppress(ValueError):
            assert read(text)
