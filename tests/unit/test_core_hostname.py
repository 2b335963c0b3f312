"""The workload's name: what is one, and what the app's environment gains by it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.hostname.rules import (
    HOSTNAME_VARIABLE,
    check_hostname,
    forget_library,
    hostname_variables,
)
from initd.linux.preloaded_hostname import VARIABLE

LIBRARY = "/opt/initd/hostname.so"
NAME = "web.example.org"
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)


@given(names)
def test_names_of_letters_digits_and_inner_hyphens_are_fine(name: str) -> None:
    """RFC 1123, up to 64 characters."""
    check_hostname(name)
    check_hostname(name.upper())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a" * 65, "has 65 characters: at most 64 are allowed"),
        (".".join(["a" * 20] * 4), "has 83 characters"),
        ("a" * 64, "has a part of 64 characters: 1 to 63"),
        ("", "has a part of 0 characters"),
        ("a..b", "has a part of 0 characters"),
        ("a.b.", "has a part of 0 characters"),
        (".a", "has a part of 0 characters"),
        ("my_host.example.org", "'my_host.example.org': .* no underscores: use my-host"),
        ("_.b", "'-' in '-.b': letters, digits"),
        ("-a.b", "'-a' in"),
        ("a-.b", "'a-' in"),
        ("bücher.example", "'bücher' in"),
        ("a b", "^'a b': letters, digits"),
        ("a\n", r"^'a\\n': letters, digits"),
        ("a\0b", "letters, digits"),
        ("a/b", "letters, digits"),
    ],
)
def test_an_invalid_host_name_is_refused_with_the_part_that_is_wrong(
    name: str, sentence: str
) -> None:
    """uname's field holds 64 characters, a label 63."""
    with pytest.raises(ValueError, match=sentence):
        check_hostname(name)


@given(st.text(max_size=70) | st.text(string.ascii_letters + "-.", max_size=70))
def test_what_passes_the_check_is_safe_to_put_anywhere(name: str) -> None:
    """ASCII, no blanks, within uname's field."""
    try:
        check_hostname(name)
    except ValueError:
        return
    assert name.isascii()
    assert 1 <= len(name) <= 64
    assert set(name) <= set(string.ascii_letters + string.digits + "-.")


# ---- the app's environment ------------------------------------------------------------------


def _gained(name: str = NAME, kernel: str = "web", **environ: str) -> dict[str, str]:
    given = {key.encode(): value.encode() for key, value in environ.items()}
    found = hostname_variables(given, LIBRARY, name, kernel)
    return {key.decode(): value.decode() for key, value in found.items()}


def test_the_library_stands_in_front_of_what_is_preloaded_already() -> None:
    """And what was there stays."""
    preload = _gained(LD_PRELOAD="/usr/lib/libjemalloc.so /usr/lib/other.so")["LD_PRELOAD"]
    assert preload == f"{LIBRARY}:/usr/lib/libjemalloc.so /usr/lib/other.so"


def test_the_variable_is_the_one_that_initd_hostname_asks_the_library_with() -> None:
    """core sets it, and linux/preloaded_hostname.py, which may not know core, has it again."""
    assert HOSTNAME_VARIABLE == VARIABLE


def test_alone_the_library_is_all_that_is_preloaded() -> None:
    """No colon is left over, for an empty LD_PRELOAD neither."""
    assert _gained()["LD_PRELOAD"] == _gained(LD_PRELOAD="")["LD_PRELOAD"] == LIBRARY


@pytest.mark.parametrize("before", ["%s", "%s:/a.so", "/a.so %s", "/a.so:%s:/b.so"])
def test_the_library_is_not_preloaded_twice(before: str) -> None:
    """An init within an init finds itself there."""
    before = before.replace("%s", LIBRARY)
    assert _gained(LD_PRELOAD=before)["LD_PRELOAD"] == before


@pytest.mark.parametrize("library", ["/my images/hostname.so", "/a:b/hostname.so"])
def test_a_path_that_the_loader_would_split_is_refused(library: str) -> None:
    """ld.so(8): blanks and colons separate, and nothing escapes them."""
    with pytest.raises(ValueError, match="a space or a colon"):
        hostname_variables({}, library, NAME, "web")


@pytest.mark.parametrize("said", ["", "{hostname}.example.org", "another"])
def test_the_variable_that_the_library_reads_is_the_name_and_no_template(said: str) -> None:
    """Whatever was said."""
    assert _gained(INITD_HOSTNAME=said)["INITD_HOSTNAME"] == NAME


@pytest.mark.parametrize(
    ("kernel", "inherited", "shown"),
    [
        ("web", None, NAME),
        ("web", "", NAME),
        ("web", "web", NAME),
        ("web.internal", "web", NAME),
        ("web.internal", "web.internal", NAME),
        ("web", "somebodys-own", None),
        ("web", "web.internal", None),
    ],
)
def test_a_shells_variable_is_the_name_unless_it_is_somebodys_own(
    kernel: str, inherited: str | None, shown: str | None
) -> None:
    """Engines set HOSTNAME to the kernel's name, and bash shows what it inherits."""
    environ = {"HOSTNAME": inherited} if inherited is not None else {}
    assert _gained(kernel=kernel, **environ).get("HOSTNAME") == shown


def test_where_the_kernel_says_it_already_nothing_is_gained() -> None:
    """Not even a HOSTNAME."""
    assert _gained("web", "web", HOSTNAME="x", LD_PRELOAD="/a.so") == {}
    assert _gained("web", "web", INITD_HOSTNAME="") == {}


def test_a_template_that_means_the_kernels_name_is_replaced_by_it() -> None:
    """/etc/ld.so.preload may have the library in, which believes the variable."""
    assert _gained("web", "web", INITD_HOSTNAME="{hostname}") == {"INITD_HOSTNAME": "web"}


def test_a_librarys_path_may_be_any_bytes() -> None:
    """A file system knows no encoding, and Python spells what is no UTF-8 in its own way."""
    found = hostname_variables({}, "/opt/\udcff/hostname.so", NAME, "web")
    assert found[b"LD_PRELOAD"] == b"/opt/\xff/hostname.so"


@pytest.mark.parametrize(
    ("preloaded", "then"),
    [
        (b"/a.so", {}),
        (b"/a.so:/b.so /c.so", {b"LD_PRELOAD": b"/b.so /c.so"}),
        (b"/b.so:/a.so", {b"LD_PRELOAD": b"/b.so:/a.so"}),
    ],
)
def test_a_library_that_is_not_there_is_taken_out_again(
    preloaded: bytes, then: dict[bytes, bytes]
) -> None:
    """What the container was given stays."""
    environ = {b"LD_PRELOAD": preloaded}
    forget_library(environ, "/a.so")
    assert environ == then
