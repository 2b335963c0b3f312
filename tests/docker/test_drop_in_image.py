"""The Dockerfiles of docs/drop-in.md: built, started and stopped, by whomever an image is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .container import Container
from .engine import LABEL, Engine, new_name

TEXT = (Path(__file__).parents[2] / "docs" / "drop-in.md").read_text()
EXAMPLES = re.findall(r"^```dockerfile\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
#: As clusters run what they don't trust.
RESTRICTED = (
    *("--user", "1000:1000", "--read-only", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges"),
)
#: Where its group is killed the shell says so; what is said without it is init's.
SCRIPT = "exec 2>/dev/null; trap 'echo got QUIT; exit 7' QUIT; . /apps/ends_on_term.sh"


def _name(example: str) -> str:
    found = re.search(r"--as ([a-z-]+)", example)
    assert found, example
    return found.group(1)


@pytest.fixture(scope="module", params=EXAMPLES, ids=_name)
def example(request: pytest.FixtureRequest, engine: Engine) -> tuple[str, str]:
    """The name, and the image's tag. The base has initd already: the rest is as it is told."""
    text: str = request.param
    link = re.search(r"initd link [^&\n]*", text)
    entrypoint = re.search(r"^ENTRYPOINT .*$", text, re.MULTILINE)
    assert link, text
    assert entrypoint, text
    lines = f"FROM {engine.image}\nRUN {link.group()}\n{entrypoint.group()}\n"
    tag = f"initd-test-as-{_name(text)}"
    engine.docker("build", "--network=none", "--tag", tag, "-", stdin=lines)
    return _name(text), tag


@pytest.mark.parametrize("docker", [(), RESTRICTED], ids=["as it is", "restricted"])
def test_the_image_starts_answers_and_stops(
    engine: Engine, example: tuple[str, str], docker: tuple[str, ...], runtime: str
) -> None:
    """Pid 1 has that name; dumb-init's example rewrites TERM; nobody says anything."""
    name, tag = example
    flags = ["--label", LABEL, "--network", "none", "--runtime", runtime, *docker]
    words = [*flags, tag, "sh", "-c", f"read -r it </proc/1/comm; echo $it; {SCRIPT}", "sh", "7"]
    with Container(engine.docker, engine.environment, new_name(), words) as container:
        container.wait_for_line(name)
        container.wait_for_line("ready")
        assert container.status()["state"] == "running"
        finished, seconds = container.stop()
    assert (finished.code, finished.err) == (7, ""), finished
    assert f"got {'QUIT' if name == 'dumb-init' else 'TERM'}" in finished.out, finished
    assert seconds < 5, seconds
