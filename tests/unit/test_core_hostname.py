"""The workload's name: put together, checked, and handed to the preload."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.hostname import check, preload_environment, workload_name

LIBRARY = "/opt/initd/hostname.so"
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("hostname", "domain", "kernel", "name"),
    [
        (None, None, "web-1", None),
        (None, None, "web-1.example.org", None),
        ("web.example.org", None, "abc", "web.example.org"),
        ("web", None, "abc", "web"),
        ("web", "example.org", "abc", "web.example.org"),
        (None, "example.org", "abc", "abc.example.org"),
        (None, "example.org", "abc.internal", "abc.example.org"),
        ("web.other.org", "example.org", "abc", "web.other.org"),
        ("web", ".example.org.", "abc", "web.example.org"),
        ("abc", None, "abc", None),
        (None, "example.org", "abc.example.org", None),
    ],
)
def test_the_name_is_put_together_from_host_domain_and_kernel(
    hostname: str | None, domain: str | None, kernel: str, name: str | None
) -> None:
    """A name with a dot stands as it is; None where the kernel's own will do."""
    assert workload_name(hostname, domain, kernel) == name


@given(names, names)
def test_a_name_that_is_given_is_the_name_or_the_kernels(name: str, kernel: str) -> None:
    """Nothing is preloaded for what programs see anyway."""
    assert workload_name(name, None, kernel) == (None if name == kernel else name)


@given(names)
def test_names_of_letters_digits_and_inner_hyphens_are_fine(name: str) -> None:
    """RFC 1123, up to 64 characters."""
    check(name)
    check(name.upper())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a" * 65, "has 65 characters: 64 are the most"),
        (".".join(["a" * 20] * 4), "has 83 characters"),
        ("a" * 64, "has a part of 64 characters: 1 to 63"),
        ("", "has a part of 0 characters"),
        ("a..b", "has a part of 0 characters"),
        ("a.b.", "has a part of 0 characters"),
        (".a", "has a part of 0 characters"),
        ("my_host.example.org", "'my_host' in 'my_host.example.org': letters, digits"),
        ("-a.b", "'-a' in"),
        ("a-.b", "'a-' in"),
        ("bücher.example", "'bücher' in"),
        ("a b", "'a b' in"),
        ("a\n", "in 'a.n'"),
        ("a\0b", "letters, digits"),
        ("a/b", "letters, digits"),
    ],
)
def test_what_is_no_host_name_is_refused_with_the_part_that_is_wrong(
    name: str, sentence: str
) -> None:
    """uname's field holds 64 characters, a label 63."""
    with pytest.raises(ValueError, match=sentence):
        check(name)


@given(st.text(max_size=70) | st.text(string.ascii_letters + "-.", max_size=70))
def test_what_passes_the_check_is_safe_to_put_anywhere(name: str) -> None:
    """ASCII, no blanks, within uname's field."""
    try:
        check(name)
    except ValueError:
        return
    assert name.isascii()
    assert 1 <= len(name) <= 64
    assert set(name) <= set(string.ascii_letters + string.digits + "-.")


def test_the_library_stands_in_front_of_what_is_preloaded_already() -> None:
    """And what was there stays."""
    environ = {b"LD_PRELOAD": b"/usr/lib/libjemalloc.so /usr/lib/other.so"}
    assert preload_environment(environ, LIBRARY, "web.example.org") == {
        b"LD_PRELOAD": b"/opt/initd/hostname.so:/usr/lib/libjemalloc.so /usr/lib/other.so",
        b"INITD_HOSTNAME": b"web.example.org",
    }


def test_alone_the_library_is_all_that_is_preloaded() -> None:
    """No colon is left over, for an empty LD_PRELOAD neither."""
    for environ in ({}, {b"LD_PRELOAD": b""}):
        added = preload_environment(environ, LIBRARY, "web")
        assert added[b"LD_PRELOAD"] == LIBRARY.encode()


@pytest.mark.parametrize("before", [b"%s", b"%s:/a.so", b"/a.so %s", b"/a.so:%s:/b.so"])
def test_the_library_is_not_preloaded_twice(before: bytes) -> None:
    """An init within an init finds itself there."""
    before = before.replace(b"%s", LIBRARY.encode())
    added = preload_environment({b"LD_PRELOAD": before}, LIBRARY, "web")
    assert added[b"LD_PRELOAD"].split(b":").count(LIBRARY.encode()) <= 1
    assert added[b"LD_PRELOAD"] == before


@pytest.mark.parametrize("library", ["/my images/hostname.so", "/a:b/hostname.so"])
def test_a_path_that_the_loader_would_split_is_refused(library: str) -> None:
    """ld.so(8): blanks and colons separate, and nothing escapes them."""
    with pytest.raises(ValueError, match="a space or a colon"):
        preload_environment({}, library, "web")
