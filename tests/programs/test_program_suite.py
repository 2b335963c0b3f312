"""Real programs are stopped while they work: in a run of its own, beside everything else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

LOG = Path(__file__).parents[2] / "build" / "test-programs.log"
#: In seconds: with the root directory that is made first, on a busy machine.
LONGEST = 1500


@pytest.mark.timeout(LONGEST + 60)
def test_real_programs_are_stopped_without_loss(program_tests: subprocess.Popen[bytes]) -> None:
    """All tests of test_programs.py."""
    code = program_tests.wait(LONGEST)
    said = LOG.read_text(errors="replace")
    assert code == 0, f"what {LOG} ends with:\n{said[-20000:]}"
