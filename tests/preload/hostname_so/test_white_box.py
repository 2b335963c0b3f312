"""hostname.c under the compiler's sanitizers: no byte too many is read or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from .container import FQDN, output
from .programs import Libc, Programs

SANITIZED = (
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-static-libasan",
    "-static-libubsan",
)


@pytest.fixture(scope="module")
def white_box(programs: Programs, source: Path) -> Path:
    """programs/white_box.c, with hostname.c within."""
    return programs("white_box", Libc.GLIBC, *SANITIZED, f"-I{source.parent}")


def test_every_case_is_sound(white_box: Path) -> None:
    """Each is an assertion in white_box.c, which would end it with a message."""
    assert output(white_box, name=FQDN.replace("web1", "web")) == "sound"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "none"),
        ("\n", "none"),
        ("web1", "web1"),
        ("web1\n", "web1"),
        ("n" * 64, "n" * 64),
        ("n" * 64 + "\n", "n" * 64),
        ("n" * 65, "none"),
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
