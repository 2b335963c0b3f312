"""hostname.c under the compiler's sanitizers: no byte too many is read or written, and no
two threads meet in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from .container import output
from .programs import Libc, Programs

NAME = "web.example.org"

CHECKED = ("-g", "-fno-sanitize-recover=all", "-static-libasan", "-static-libubsan")
#: No address is where an older thread sanitizer expects it, with a newer kernel's random ones.
IN_ORDER = ("setarch", "-R")


@pytest.fixture(scope="module")
def white_box(programs: Programs, source: Path) -> Path:
    """programs/white_box.c, with hostname.c within."""
    sanitized = (*CHECKED, "-fsanitize=address,undefined", f"-I{source.parent}")
    return programs("white_box", Libc.GLIBC, *sanitized)


def test_every_case_is_sound(white_box: Path) -> None:
    """Each is an assertion in white_box.c, which would end it with a message."""
    assert output(white_box, name=NAME) == "sound"


def test_without_environment_and_proc_nothing_is_kept(white_box: Path) -> None:
    """Later there is an environment, and the right name in it."""
    assert output(white_box, "hidden", name=NAME) == "sound"


def test_threads_share_no_byte_that_one_of_them_writes(programs: Programs, source: Path) -> None:
    """By the thread sanitizer, which knows an atomic from a plain access."""
    checked = ("-g", "-fsanitize=thread", "-static-libtsan", f"-I{source.parent}")
    program = programs("white_box", Libc.GLIBC, *checked)
    assert output(*IN_ORDER, program, "race", name=NAME) == "sound"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "none"),
        ("\n", "none"),
        ("web1", "web1"),
        ("web1\n", "web1"),
        ("n" * 63, "n" * 63),
        ("n." * 31 + "nn", "n." * 31 + "nn"),
        ("n." * 31 + "nn\n", "n." * 31 + "nn"),
        ("n." * 31 + "nnn", "none"),
        ("n." * 31 + "nnn\n", "none"),
        ("n" * 66 + "\n", "none"),
        ("n" * 9000, "none"),
    ],
    ids=lambda value: f"{len(value)}" if len(value) > 20 else repr(value),
)
def test_a_file_of_any_length_is_read_within_bounds(
    white_box: Path, content: str, name: str
) -> None:
    """The longest name with its newline fills the buffer to the last byte but one."""
    assert output(white_box, "file", name_file=content) == name
