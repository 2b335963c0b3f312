"""`make demo`, the README's first command, keeps its word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "demo" / "demo.py"


def test_the_demo_shows_what_it_says() -> None:
    """Pids 1, 2 and 3, the request that is kept and the one that is cut, nothing left."""
    done = subprocess.run([sys.executable, DEMO], capture_output=True, text=True)
    assert done.returncode == 0, done
    assert "listening on" in done.stdout
    assert "pid 3, ppid 2" in done.stdout
    assert "healthy: running" in done.stdout
    assert "with the plan:    'the whole answer', exit code 0" in done.stdout
    assert done.stdout.count("left behind: nothing") == 2
