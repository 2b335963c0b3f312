"""/etc/ld.so.preload: our line in it, out of it, and whether the loader could use it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from initd.core.hostname.ld_so_preload import (
    entries,
    objection_of_loader,
    objection_to_effect,
    objection_to_path,
    objection_to_system,
    with_library,
    without_library,
)

LIBRARY = "/usr/local/lib/python3.11/dist-packages/initd/native/hostname.so"
OURS = LIBRARY.encode()
OLDER = b"/usr/lib/python3.9/site-packages/initd/native/hostname.so"

_WORDS = st.sampled_from([b"/usr/lib/libjemalloc.so.2", b"libm.so.6", b"#", b"# said", b"\xff"])
_GAPS = st.sampled_from([b" ", b"\t", b":", b"\n", b"\n\n", b"  ", b"\n "])
_TEXTS = st.lists(st.one_of(_WORDS, _GAPS), max_size=12).map(b"".join)


# ---- the file -------------------------------------------------------------------------------


def test_the_loader_parts_at_blanks_colons_and_line_ends() -> None:
    """And passes comments over (ld.so(8))."""
    text = b"/a.so /b.so:/c.so\t/d.so # /e.so:/f.so\n#/g.so\n\n/h.so"
    assert entries(text) == [b"/a.so", b"/b.so", b"/c.so", b"/d.so", b"/h.so"]


def test_where_there_is_no_file_one_is_made_and_taken_away() -> None:
    """With a line that says no more than it must."""
    assert with_library(None, LIBRARY) == OURS + b"\n"
    assert without_library(OURS + b"\n") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b" " + OURS + b"\n"),
        (b"/a.so\n", b"/a.so\n" + OURS + b"\n"),
        (b"/a.so", b"/a.so\n " + OURS + b"\n"),
        (b"# why\n/a.so # here", b"# why\n/a.so # here\n " + OURS + b"\n"),
    ],
)
def test_what_is_there_stays_and_ours_comes_last(before: bytes, after: bytes) -> None:
    """Nothing in front: glibc looks for a second comment as far before the file's end as the
    first one reached, and takes its words for libraries if it stands behind that."""
    assert with_library(before, LIBRARY) == after
    assert without_library(after) == before


@given(_TEXTS)
def test_of_every_file_an_installation_is_undone_to_the_byte(before: bytes) -> None:
    """And the loader finds what it found, and ours."""
    after = with_library(before, LIBRARY)
    assert after is not None
    assert after.startswith(before)
    assert entries(after) == [*entries(before), OURS]
    assert with_library(after, LIBRARY) is None, "a second time changes nothing"
    assert without_library(after) == before
    assert without_library(before) == before


@given(_TEXTS, _TEXTS)
def test_what_others_add_later_stays_when_ours_goes(before: bytes, more: bytes) -> None:
    """`echo /x.so >> /etc/ld.so.preload`."""
    assume(more.strip())
    after = with_library(before, LIBRARY)
    assert after is not None
    left = without_library(after + more)
    assert left is not None
    assert entries(left) == entries(before + b"\n" + more)


def test_a_file_that_is_made_and_to_which_others_add_stays() -> None:
    """It is theirs by then."""
    assert without_library(OURS + b"\n/a.so\n") == b"/a.so\n"


def test_another_initds_library_gives_way() -> None:
    """After a change of Python's version its path leads nowhere, and every program that
    starts would be told so."""
    assert with_library(b"/a.so\n" + OLDER + b"\n", LIBRARY) == b"/a.so\n" + OURS + b"\n"
    assert with_library(OLDER + b"\n", LIBRARY) == OURS + b"\n"
    assert without_library(b"/a.so\n" + OLDER + b"\n") == b"/a.so\n"


def test_an_entry_that_was_written_by_hand_counts_and_goes() -> None:
    """In a line with others, too."""
    text = b"/a.so:" + OURS + b" /b.so # mine\n"
    assert with_library(text, LIBRARY) is None
    left = without_library(text)
    assert left is not None
    assert entries(left) == [b"/a.so", b"/b.so"]
    assert left.endswith(b"# mine\n")


def test_a_comment_is_ignored() -> None:
    """Somebody has put it out of force."""
    text = b"# " + OURS + b"\n"
    assert with_library(text, LIBRARY) == text + OURS + b"\n"
    assert without_library(text) == text


# ---- whether it can work --------------------------------------------------------------------

OPEN = [("/", 0o40755), ("/usr", 0o40755), (LIBRARY, 0o100644)]


def test_a_path_that_all_can_read_is_fine() -> None:
    """Read is enough: the loader maps, and does not execute."""
    assert objection_to_path(LIBRARY, OPEN, False) is None
    assert objection_to_path(LIBRARY, [("/", 0o40711), (LIBRARY, 0o100004)], False) is None


@pytest.mark.parametrize("sign", [" ", ":", "\t", "\n", "#"])
def test_a_path_that_the_loader_would_split_is_refused(sign: str) -> None:
    """There is no way to quote it."""
    said = objection_to_path(f"/opt/my{sign}app/hostname.so", OPEN, False)
    assert said is not None
    assert repr(sign) in said


def test_what_only_some_can_reach_is_refused() -> None:
    """Each program of the others would write the loader's line."""
    said = objection_to_path(LIBRARY, [("/", 0o40755), ("/root", 0o40700), *OPEN[2:]], False)
    assert said == "only some users may enter /root: chmod o+x /root"
    said = objection_to_path(LIBRARY, [*OPEN[:2], (LIBRARY, 0o100640)], False)
    assert said == f"only some users may read {LIBRARY}: chmod o+r {LIBRARY}"


def test_what_can_not_be_mapped_is_refused() -> None:
    """On noexec mmap(2) fails with EPERM for everybody."""
    assert "noexec" in (objection_to_path(LIBRARY, OPEN, True) or "")


def test_musl_does_not_read_the_file() -> None:
    """Which of the two a system has its programs say."""
    assert "musl" in (objection_to_system(b"/lib/ld-musl-x86_64.so.1") or "")
    assert objection_to_system(b"/lib64/ld-linux-x86-64.so.2") is None
    assert objection_to_system(b"") is None


def test_what_the_loader_says_of_the_library_counts() -> None:
    """And what it says of others anyway does not."""
    others = "ERROR: ld.so: object '/x.so' ... ignored.\n"
    assert objection_of_loader((0, ""), (0, "")) is None
    assert objection_of_loader((0, others), (0, others)) is None
    assert objection_of_loader((0, others), (0, "")) is None
    assert objection_of_loader((0, others), (0, others + "file too short\n")) == (
        "the loader says: file too short"
    )
    assert "exits with -11" in (objection_of_loader((0, ""), (-11, "")) or "")


def test_the_loaders_own_list_says_whether_a_program_gets_the_library() -> None:
    """There are loaders that go by another file, or by none."""
    line = f"\t{LIBRARY} (0x00007f0000000000)\n"
    rest = "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0000200000)\n"
    assert objection_to_effect(line + rest, LIBRARY) is None
    assert "ignores" in (objection_to_effect(rest, LIBRARY) or "")
