"""getopt_long(3) in Python: the same as glibc's, by asking glibc."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.drop_in.getopt import WRONG, Getopt
from initd.core.drop_in.numbers import atoi, scan

LONG = {"help": "h", "single-child": "c", "rewrite": "r", "verbose": "v", "version": "V"}


class _Option(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("has_arg", ctypes.c_int),
        ("flag", ctypes.c_void_p),
        ("val", ctypes.c_int),
    )


def _of_glibc(
    words: Sequence[str], short: str, long: Mapping[str, str], permute: bool
) -> tuple[list[tuple[str, str]], list[str]]:
    libc = ctypes.CDLL("libc.so.6")
    optind, opterr = ctypes.c_int.in_dll(libc, "optind"), ctypes.c_int.in_dll(libc, "opterr")
    optarg = ctypes.c_char_p.in_dll(libc, "optarg")
    optind.value, opterr.value = 0, 0
    argv = (ctypes.c_char_p * (len(words) + 2))(b"x", *(word.encode() for word in words), None)
    options = (_Option * (len(long) + 1))(
        *(
            _Option(name.encode(), int(letter + ":" in short), None, ord(letter))
            for name, letter in long.items()
        )
    )
    found: list[tuple[str, str]] = []
    string = (("" if permute else "+") + short).encode()
    while True:
        if long:
            got = libc.getopt_long(len(words) + 1, argv, string, options, None)
        else:
            got = libc.getopt(len(words) + 1, argv, string)
        if got == -1:
            break
        value = ""
        if chr(got) + ":" in short and optarg.value is not None:
            value = optarg.value.decode()
        found.append((chr(got), value))
    rest = [each.decode() for each in argv[optind.value : len(words) + 1] if each is not None]
    return found, rest


WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            "-- - -v -vv -x -e -e3 -r -r15:3 -sge143 a b 3 --help --he --ver --verb --rewrite"
            " --rewrite=1:2 --verbose=3 --re=4 --nope ---".split()
        ),
        st.text("-vsgerhx3:=", max_size=5),
    ),
    max_size=7,
)


@given(WORDS, st.booleans(), st.sampled_from([("hvwgle:sp:", {}), ("hvVr:c", LONG)]))
def test_what_is_found_is_what_glibc_finds(
    words: list[str], permute: bool, known: tuple[str, dict[str, str]]
) -> None:
    """Letters, values, and what is left for operands."""
    short, long = known
    getopt = Getopt("x", words, short, long, permute)
    found = [(letter, "" if letter == WRONG else value) for letter, value in getopt]
    assert (found, getopt.operands) == _of_glibc(words, short, long, permute)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-x", "tini: invalid option -- 'x'\n"),
        ("-r", "tini: option requires an argument -- 'r'\n"),
        ("--foo", "tini: unrecognized option '--foo'\n"),
        ("--foo=3", "tini: unrecognized option '--foo'\n"),
        ("--ver", "tini: option '--ver' is ambiguous; possibilities: '--verbose' '--version'\n"),
        ("--verbose=3", "tini: option '--verbose' doesn't allow an argument\n"),
        ("--rewrite", "tini: option '--rewrite' requires an argument\n"),
    ],
)
def test_the_messages_are_glibcs(words: str, message: str) -> None:
    """As people, and scripts, know them."""
    assert list(Getopt("tini", words.split(), "hvVr:c", LONG, False)) == [(WRONG, message)]


@given(st.text(" +-0123456789x", max_size=8))
def test_numbers_are_read_as_the_c_library_reads_them(text: str) -> None:
    """atoi(3) and what strtol(3) says of the rest."""
    libc = ctypes.CDLL("libc.so.6")
    assert atoi(text) == libc.atoi(text.encode())
    found = scan(text)
    if found is not None:
        assert text.endswith(found[1])
        assert not found[1][:1].isdigit()
