"""The committed figures, and what is said when a count has left them."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from .namespace import ONE_FILE

#: The one file has figures of its own: its interpreter is part of them.
FILE = Path(__file__).parent / ("figures-one-file.toml" if ONE_FILE else "figures.toml")
TARGET = "figures-one-file" if ONE_FILE else "figures"
#: Writes what is counted instead of comparing it: `make figures`.
WRITE = "TESTS_WRITE_FIGURES"


def check(name: str, counted: int, what: str) -> None:
    """Fails where `counted` is further from the figure than its margin, in either direction: one
    that has become better is to be kept too."""
    if os.environ.get(WRITE):
        _write(name, counted)
        return
    figure = _figures()[name]
    allowed = figure["count"] * figure.get("percent", 0) / 100 + figure.get("give", 0)
    assert abs(counted - figure["count"]) <= allowed, (
        f"{what}: {counted}, and {figure['count']} is the figure ({name} in tests/process/"
        f"{FILE.name}, give or take {allowed:g}). Where that is meant, `make {TARGET}` writes the"
        " new one; the commit says why."
    )


def _figures() -> dict[str, dict[str, Any]]:
    return tomllib.loads(FILE.read_text())


def _write(name: str, counted: int) -> None:
    """Changes the count alone: margins and words are a person's."""
    text = FILE.read_text()
    pattern = re.compile(rf"(^\[{re.escape(name)}\]\n(?:.+\n)*?count = )\d+", re.MULTILINE)
    changed, times = pattern.subn(rf"\g<1>{counted}", text)
    assert times == 1, f"no [{name}] with a count in {FILE}"
    FILE.write_text(changed)
