"""examples/quick-start/Dockerfile, which README and quick start show: built, run and stopped."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from .container import Container
from .engine import LABEL, Engine, new_name
from .image import PROJECT, build_with_the_wheel
from .waiting import eventually

DOCKERFILE = (PROJECT / "examples" / "quick-start" / "Dockerfile").read_text()
PAGE = (PROJECT / "docs" / "quick-start.md").read_text()
TAG = "initd-test-quick-start"

#: What pip needs, without a package index: the image has the wheel of the test run.
_BASE = r"""
FROM {image}
RUN pip uninstall -y --break-system-packages initd-runtime && ! command -v initd \
 && printf '[global]\nno-index = true\nfind-links = /wheels\n' >/etc/pip.conf
ENTRYPOINT []
"""


@pytest.fixture(scope="module")
def image(engine: Engine) -> str:
    """The example's, on a base that has its packages already, and the wheel as pip's index."""
    base = f"{TAG}-base"
    engine.docker(
        "build", "--tag", base, "-", stdin=_BASE.format(image=build_with_the_wheel(engine))
    )
    with tempfile.TemporaryDirectory(prefix="initd-context-") as directory:
        context = Path(directory)
        (context / "Dockerfile").write_text(re.sub(r"^FROM .*", f"FROM {base}", DOCKERFILE))
        build = ("build", "--network=host", "--tag", TAG, str(context))
        engine.docker(*build, timeout=300)
    return TAG


def test_the_quick_start_is_true(engine: Engine, image: str, runtime: str) -> None:
    """Status and health say what the page shows, and the stop is the one that it describes."""
    words = ["--label", LABEL, "--runtime", runtime, "--network", "none", image]
    with Container(engine.docker, engine.environment, new_name(), words) as container:
        eventually(container.running, what="the container runs")
        eventually(
            lambda: container.exec("initd", "health", check=False).code == 0, what="it is healthy"
        )
        _has_the_lines(container.exec("initd", "status").out, "state      running")
        assert container.exec("initd", "health").out.startswith("healthy: running: pid ")
        eventually(
            lambda: container.inspect("{{.State.Health.Status}}") == "healthy",
            within=20,
            what="the engine says so too",
        )
        finished, seconds = container.stop()
    assert finished.code == 0, finished
    assert seconds < 5, seconds
    for line in _block_with('"event":"signal.received"'):
        assert line in finished.err, finished


def _has_the_lines(shown: str, first: str) -> None:
    """Every line of the page's block."""
    for line in _block_with(first):
        assert f"{line}\n" in shown


def _block_with(first: str) -> list[str]:
    """The lines of the indented block that begins so."""
    found = re.search(rf"^    {re.escape(first)}.*\n(?:    .*\n)*", PAGE, re.MULTILINE)
    assert found, first
    return [line.removeprefix("    ") for line in found.group().splitlines()]
