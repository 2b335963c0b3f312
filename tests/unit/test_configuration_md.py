"""docs/configuration.md has every key of the model, as the model describes it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec

from initd.config.options import OPTIONS
from initd.config.toml.model import Configuration

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "configuration.md"


def _rows() -> dict[str, str]:
    """Key to the row's text."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return {line.split("`")[1]: line for line in lines}


def test_the_table_is_what_the_model_makes_of_it() -> None:
    """`make docs` brings it up to date."""
    program = "import generate_keys as made; print(made.with_keys(made.PAGE.read_text()), end='')"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY / "docs",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == PAGE.read_text()


def test_every_key_has_a_meaning_and_an_option_that_there_is() -> None:
    """A key without a sentence is one that nobody can use."""
    flags = {flag for option in OPTIONS for flag in option.flags}
    for key, row in _rows().items():
        *_, option, meaning, _ = (cell.strip() for cell in row.replace("\\|", "").split("|"))
        assert meaning, f"{key} has no description in the model"
        assert not option or option.strip("`") in flags, row


def test_the_example_on_the_page_fits_the_model() -> None:
    """The first block is a file."""
    block = PAGE.read_text().partition("    [stop]\n")[2].partition("\n`initd check`")[0]
    text = "\n".join(line.strip() for line in ("[stop]", *block.splitlines()))
    found = msgspec.convert(tomllib.loads(text), Configuration)
    assert found.check["web"].kind == "http"
