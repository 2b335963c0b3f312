"""Programs from npm, installed once for all suites that run at the same time."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

HERE = Path(__file__).parents[2] / "build" / "npm"
#: What tests use: Etsy's relay, and an accessibility checker.
PACKAGES = ("statsd@0.9.0", "axe-core@4.14.1")
_COMMAND = """npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional
    --prefix""".split()


def module(path: str) -> Path:
    """A file of one of PACKAGES, such as statsd/stats.js."""
    HERE.mkdir(parents=True, exist_ok=True)
    with (HERE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = HERE / " ".join(PACKAGES)  # written last, and another one for other versions
        if not found.exists():
            subprocess.run([*_COMMAND, str(HERE), *PACKAGES], check=True, timeout=120)
            found.touch()
    return HERE / "node_modules" / path
