"""The quadlets of examples/fleet: what podman's own generator makes of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from .quadlet import units

FOLDER = Path(__file__).parents[2] / "examples" / "fleet" / "engines" / "podman"
WORKLOADS = ("web@.service", "worker@.service")


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    found, complaints = units(FOLDER)
    assert complaints == ""
    return found


def started(unit: str) -> list[str]:
    """The words of its `podman run`."""
    (line,) = re.findall(r"^ExecStart=(.*)", unit, re.MULTILINE)
    return shlex.split(line)


def value(unit: str, key: str) -> str:
    (found,) = re.findall(rf"^{key}=(.*)", unit, re.MULTILINE)
    assert isinstance(found, str)
    return found


def test_podman_makes_a_unit_of_each_file_and_complains_of_none(made: dict[str, str]) -> None:
    names = {"fleet-network.service", "redis-volume.service", "redis.service", *WORKLOADS}
    assert set(made) == names


def test_the_generator_finds_a_misspelt_key(tmp_path: Path) -> None:
    """Or the test above would say nothing."""
    (tmp_path / "a.container").write_text("[Container]\nImage=a\nStopTimout=60\n")
    assert "StopTimout" in units(tmp_path)[1]


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_unit_is_started_when_init_says_ready_and_is_named_in_full(
    made: dict[str, str], name: str
) -> None:
    """podman hands NOTIFY_SOCKET in; the name is web-1.server2.example.com for web@1."""
    words = started(made[name])
    role = name.partition("@")[0]
    assert value(made[name], "Type") == "notify"
    assert "--sdnotify=container" in words
    assert words[words.index("--hostname") + 1] == f"{role}-%i.%H"
    assert {"--read-only", "--security-opt=no-new-privileges"} <= set(words)
    assert words[words.index("--cap-drop") + 1] == "all"


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_is_more_patient_than_the_one_inside(made: dict[str, str], name: str) -> None:
    """init, podman, systemd."""
    words = started(made[name])
    (grace,) = [int(word.partition("=")[2]) for word in words if word.startswith("INITD_GRACE=")]
    podman = int(words[words.index("--stop-timeout") + 1])
    assert grace < podman < int(value(made[name], "TimeoutStopSec"))
