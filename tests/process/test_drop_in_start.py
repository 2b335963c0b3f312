"""The time from exec to the app, under each name."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from initd.core.peers import PEERS

from .namespace import INITD

AT_MOST = 1.1
#: The machine is busy with other things too: the shortest of so many is what it takes.
ROUNDS_AT_LEAST, ROUNDS_AT_MOST = 10, 150


def _time_to_app(*init: str | Path) -> float:
    began = time.time()
    command = [*map(str, init), "--", "date", "+%s.%N"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return float(done.stdout) - began


@pytest.mark.parametrize("name", sorted(PEERS))
def test_time_to_app_is_that_of_initd(name: str, tmp_path: Path) -> None:
    """In turns, until there is no doubt left, or too much."""
    link = tmp_path / name
    link.symlink_to(INITD)
    own = ours = float("inf")
    for done in range(ROUNDS_AT_MOST):
        own = min(own, _time_to_app(INITD))
        ours = min(ours, _time_to_app(link))
        if done >= ROUNDS_AT_LEAST and ours <= own * AT_MOST:
            return
    pytest.fail(f"{name} takes {ours * 1000:.1f} ms, and initd {own * 1000:.1f} ms")
