"""docs/initd.1: of this version, without a warning, where man(1) finds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from initd.config.options import IMMEDIATE, OPTIONS

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "initd.1"


def _rendered() -> str:
    command = ["groff", "-man", "-ww", "-Tutf8", "-P-c", "-P-b", "-P-u", "-rLL=200n", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_page_is_what_the_code_makes_of_it() -> None:
    """`make docs` writes it anew."""
    program = "import generate; print(generate.man_page(), end='')"
    command = [sys.executable, "-c", program]
    folder = REPOSITORY / "docs"
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == PAGE.read_text()


def test_groff_has_nothing_to_say_against_it() -> None:
    """With every warning on; and each option is in what a person reads."""
    text = _rendered().replace("\N{HYPHEN}", "-")
    for option in (*OPTIONS, *IMMEDIATE):
        for flag in option.flags:
            assert flag in text


def test_the_wheel_puts_it_where_man_looks() -> None:
    """share/man/man1 beside the bin that has initd."""
    assert (Path(sys.prefix) / "share/man/man1/initd.1").read_text() == PAGE.read_text()
