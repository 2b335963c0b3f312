"""profiles.toml as Python constants, so that pid 1 parses no TOML."""

from __future__ import annotations

import pprint
import tomllib
from pathlib import Path


def write_profile_table(source: Path, target: Path) -> None:
    """Writes the module that initd/core/signals imports."""
    profiles = tomllib.loads(source.read_text())
    rows = tuple({"name": name, **facts} for name, facts in profiles.items())
    head = '"""Made from initd/profiles.toml by the build."""\n\n'
    target.write_text(f"{head}TABLE = {pprint.pformat(rows, sort_dicts=False, width=100)}\n")
