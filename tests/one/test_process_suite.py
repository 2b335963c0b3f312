"""The same process tests hold of the one file as of the checkout's installation."""

from __future__ import annotations

import subprocess

import pytest

from .image import FILE, ROOT

LOG = ROOT / "build" / "test-one.log"
#: In seconds: they take minutes, and run beside all others (tests/conftest.py).
LONGEST = 1500

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="make one has not been run")


@pytest.mark.timeout(LONGEST + 60)
def test_the_process_tests_pass_on_the_one_file(process_tests: subprocess.Popen[bytes]) -> None:
    """All of them, and the figures of a start."""
    code = process_tests.wait(LONGEST)
    said = LOG.read_text(errors="replace")
    assert code == 0, f"what {LOG} ends with:\n{said[-20000:]}"
