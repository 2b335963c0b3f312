"""requirements.lock: what the one file takes from PyPI."""

from __future__ import annotations

from pathlib import Path

LOCK = Path(__file__).parent / "requirements.lock"


def versions() -> dict[str, str]:
    """NAME: VERSION of each package."""
    lines = [line.split()[0] for line in LOCK.read_text().splitlines() if "==" in line]
    return dict(sorted(line.split("==") for line in lines))
