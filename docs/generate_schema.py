"""Writes initd/config.schema.json, the JSON Schema of initd.toml: `make schema` runs it.

One line for each key of a table, so that a change of the model is a short diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from initd.config.toml.model import Configuration

SCHEMA = Path(__file__).parents[1] / "initd" / "config.schema.json"
#: Deeper than that, a line holds the rest.
LEVELS = 4


def lines_of(value: Any, level: int = 0) -> str:
    """JSON that is broken into lines down to LEVELS."""
    if not isinstance(value, dict) or not value or level == LEVELS:
        return json.dumps(value)
    pad = " " * (level + 1)
    rows = [f"{pad}{json.dumps(key)}: {lines_of(each, level + 1)}" for key, each in value.items()]
    return "{\n" + ",\n".join(rows) + "\n" + " " * level + "}"


if __name__ == "__main__":
    text = lines_of(msgspec.json.schema(Configuration)) + "\n"
    if SCHEMA.read_text() != text:  # a touched one would mean a new build of the wheel
        SCHEMA.write_text(text)
