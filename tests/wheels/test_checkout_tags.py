"""Where a checkout's wheel says that it can be installed, and who else says so."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

import pytest
from packaging.tags import cpython_tags
from packaging.utils import parse_wheel_filename

from .conftest import BIN

#: The oldest glibc that every tag of today's pip and images is about (Debian 8, CentOS 7).
AT_LEAST = (2, 17)


def platforms(wheel: Path) -> set[str]:
    return {tag.platform for tag in parse_wheel_filename(wheel.name)[3]}


def test_it_is_for_the_stable_abi_of_3_11(wheel: Path) -> None:
    """One wheel for all that come after."""
    assert {(tag.interpreter, tag.abi) for tag in parse_wheel_filename(wheel.name)[3]} == {
        ("cp311", "abi3")
    }


def test_auditwheel_agrees(wheel: Path) -> None:
    """Its verdict on what is inside is what the name says."""
    shown = subprocess.run(
        [BIN / "auditwheel", "show", wheel], capture_output=True, text=True, check=True
    )
    said = re.search(r'consistent with the following platform tag: "(\w+)"', _line(shown.stdout))
    assert said, shown.stdout
    assert said[1].startswith("manylinux_"), shown.stdout
    assert said[1] in platforms(wheel), shown.stdout


def test_it_asks_for_no_newer_glibc_than_others_do(wheel: Path) -> None:
    """In either spelling of the tags there is one for 2.17 or for one before."""
    asked = [
        (int(found[1]), int(found[2]))
        for name in platforms(wheel)
        if (found := re.fullmatch(rf"manylinux_(\d+)_(\d+)_{platform.machine()}", name))
    ]
    assert min(asked) <= AT_LEAST


def test_the_extension_keeps_to_the_stable_abi(wheel: Path) -> None:
    """Every symbol of CPython that it uses was there in 3.11's; abi3audit knows them."""
    audited = subprocess.run(
        [BIN / "abi3audit", "--strict", "--verbose", wheel],
        capture_output=True,
        text=True,
    )
    assert audited.returncode == 0, audited
    assert "0 ABI violations found" in _line(audited.stdout + audited.stderr), audited


@pytest.mark.parametrize("minor", [11, 12, 13, 14, 15])
def test_a_newer_python_takes_it(wheel: Path, minor: int) -> None:
    """As pip decides it: by the tags that an interpreter takes."""
    assert parse_wheel_filename(wheel.name)[3] & accepted(minor, platforms(wheel))


def test_an_older_python_does_not(wheel: Path) -> None:
    """3.10."""
    assert not parse_wheel_filename(wheel.name)[3] & accepted(10, platforms(wheel))


def accepted(minor: int, names: set[str]) -> set[object]:
    return {*cpython_tags((3, minor), platforms=names)}


def _line(text: str) -> str:
    return " ".join(text.split())
