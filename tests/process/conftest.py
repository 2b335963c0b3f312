"""Programs that the process tests compile once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def compiled(name: str, folder: Path) -> Path:
    """The program of that name here."""
    target = folder / name
    source = HERE / f"{name}.c"
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", target], check=True)
    return target


@pytest.fixture(scope="session")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app that reports every signal it gets; see victim.c."""
    return compiled("victim", tmp_path_factory.mktemp("victim"))


@pytest.fixture(scope="session")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app that makes orphans; see storm.c."""
    return compiled("storm", tmp_path_factory.mktemp("storm"))


@pytest.fixture(scope="session")
def denying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs a program to which the kernel refuses some system calls; see denied.py."""
    return compiled("denying", tmp_path_factory.mktemp("denying"))
