"""examples/one-file: each way to put the file into an image, built as its first lines say.

What the images with a C program do is told by test_without_python.py; here is a server of Debian's.
"""

from __future__ import annotations

import pytest

from .container import Container
from .engine import LABEL, Engine, new_name
from .host_view import init_of
from .image import build_alone, build_example, one_file
from .waiting import eventually


def test_an_image_can_hold_the_file_alone(engine: Engine) -> None:
    """To the byte: there is nothing else to carry."""
    size = ("image", "inspect", "--format", "{{.Size}}", build_alone(engine))
    assert int(engine.docker(*size).stdout) == one_file().stat().st_size


@pytest.mark.parametrize("name", ["debian", "file"])
def test_a_server_of_debians_with_the_file(engine: Engine, name: str, runtime: str) -> None:
    """From that image, or copied: the engine says healthy, and a stop is nginx's graceful one."""
    flags = ("--label", LABEL, "--runtime", runtime, "--network", "none")
    health = ("--health-interval=300ms", "--health-retries=1")
    log = ("--env", "INITD_LOG_LEVEL=info")
    words = [*flags, *health, *log, build_example(engine, name)]
    with Container(engine.docker, engine.environment, new_name(), words) as container:
        eventually(container.running, what="the container runs")
        eventually(
            lambda: container.inspect("{{.State.Health.Status}}") == "healthy",
            what="the engine says healthy",
        )
        shim = init_of(container).child("ppidshim")
        assert [each.name for each in shim.children()] == ["nginx"]
        finished, seconds = container.stop()
    assert finished.code == 0, finished
    steps = [each["signal"] for each in finished.events() if each["event"] == "stop.step"]
    assert steps == ["QUIT"]
    assert seconds < 5, seconds
