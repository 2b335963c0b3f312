"""initd/profiles as a module of constants, so that pid 1 parses no TOML."""

from __future__ import annotations

import pprint
import tomllib
from pathlib import Path


def write_profile_table(source: Path, target: Path) -> None:
    """The files of profiles as Python constants."""
    rows = tuple(
        {"name": name, **facts}
        for path in sorted(source.glob("*.toml"))
        for name, facts in tomllib.loads(path.read_text()).items()
    )
    head = '"""Made from initd/profiles by the build."""\n\n'
    target.write_text(f"{head}TABLE = {pprint.pformat(rows, sort_dicts=False, width=100)}\n")
