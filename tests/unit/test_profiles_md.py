"""docs/profiles.md is what initd/profiles says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from initd.core.signals.profile_table import TABLE

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "profiles.md"


def test_the_page_is_what_the_data_makes_of_it() -> None:
    """`make docs` brings it up to date."""
    program = "import generate; print(generate.profiles_page(), end='')"
    made = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY / "docs",
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout == PAGE.read_text()


def test_there_are_a_hundred_and_twenty_programs_and_more() -> None:
    """Each a row."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert len([row for row in rows if row.count(" | ") >= 6]) == len(TABLE) + 8
    assert len(TABLE) >= 120
