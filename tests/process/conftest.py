"""Programs that the process tests compile once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .namespace import ONE_FILE
from .once import runs_once

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With the one file, what it cannot change is left out: see once.py."""
    if not ONE_FILE:
        return
    left_out = [item for item in items if _is_here(item) and _runs_once(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not (_is_here(item) and _runs_once(item))]


def _is_here(item: pytest.Item) -> bool:
    return item.path.is_relative_to(HERE)


def _runs_once(item: pytest.Item) -> bool:
    function = item.name.partition("[")[0]
    return runs_once(item.path.relative_to(HERE).as_posix(), function)


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
def actor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app that does what it is told; see actor.c."""
    return compiled("actor", tmp_path_factory.mktemp("actor"))


@pytest.fixture(scope="session")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app that makes orphans; see storm.c."""
    return compiled("storm", tmp_path_factory.mktemp("storm"))


@pytest.fixture(scope="session")
def denying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs a program to which the kernel refuses some system calls; see denied.py."""
    return compiled("denying", tmp_path_factory.mktemp("denying"))
