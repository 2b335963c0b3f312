"""The same process tests hold of the one file as of the checkout's installation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from .image import FILE, ROOT

LOG = ROOT / "build" / "test-one.log"
#: In seconds: they take minutes, and begin among the first (tests/schedule/lanes.py).
LONGEST = 1500

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="make one has not been run")


@pytest.fixture
def process_tests() -> Iterator[subprocess.Popen[bytes]]:
    """Those of the one file, started; what they say goes to LOG."""
    launcher = ROOT / "build" / "one" / "prefix" / "bin" / "initd"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.unlink(missing_ok=True)
    launcher.hardlink_to(FILE)
    # -P: or the sources here would be imported, and not what is installed.
    words = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "tests/process"]
    with LOG.open("wb") as out:
        running = subprocess.Popen(
            words,
            cwd=ROOT,
            env=_without_worker() | {"TESTS_UNDER_TEST": str(launcher)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that it can be ended with all that it runs
        )
    yield running
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait()


def _without_worker() -> dict[str, str]:
    """The environment of a run that is no worker of this one."""
    return {name: it for name, it in os.environ.items() if not name.startswith("PYTEST_XDIST")}


@pytest.mark.timeout(LONGEST + 60)
def test_the_process_tests_pass_on_the_one_file(process_tests: subprocess.Popen[bytes]) -> None:
    """Those that start it, and the figures of a start."""
    code = process_tests.wait(LONGEST)
    said = LOG.read_text(errors="replace")
    assert code == 0, f"what {LOG} ends with:\n{said[-20000:]}"
