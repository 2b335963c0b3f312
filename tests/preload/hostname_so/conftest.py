"""The object under test, built once as a person builds it, and programs to load it into."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .programs import Libc, Programs

ROOT = Path(__file__).parents[3]


def run_module(name: str, *arguments: str | Path, environment: Mapping[str, str]) -> None:
    """`python -m name arguments`, from the checkout."""
    command = [sys.executable, "-m", name, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)


@pytest.fixture(scope="session")
def preload_module() -> Callable[..., None]:
    """Runs a module of preload/: its name, its arguments, `environment`."""
    return run_module


@pytest.fixture(scope="session")
def source() -> Path:
    """hostname.c."""
    return ROOT / "preload" / "hostname.c"


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """What a build needs."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]) -> Path:
    """hostname.so."""
    target = tmp_path_factory.mktemp("preload") / "hostname.so"
    run_module("preload.build", target, environment=clean_environment)
    return target


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """programs/*.c, compiled: `programs("name", Libc.MUSL)`."""
    return Programs(tmp_path_factory.mktemp("programs"))


@pytest.fixture(params=Libc, ids=[libc.name.lower() for libc in Libc])
def libc(request: pytest.FixtureRequest) -> Libc:
    """A test that asks for it runs once for each."""
    found: Libc = request.param
    return found


@pytest.fixture(scope="session")
def binding(
    tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]
) -> ModuleType:
    """The module that preload/binding.py writes: it has `ffi`."""
    target = tmp_path_factory.mktemp("binding") / "hostname_binding.py"
    run_module("preload.binding", target, environment=clean_environment)
    return _imported(target)


@pytest.fixture(scope="session")
def complaints() -> Callable[[bytes], list[str]]:
    """preload/gate.py's, which is not part of the package."""
    found: Callable[[bytes], list[str]] = _imported(ROOT / "preload" / "gate.py").complaints
    return found


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def load(library: Path, binding: ModuleType, tmp_path: Path) -> Callable[[], Any]:
    """Loads the object into this process as if for the first time.

    A copy each: the loader knows a file that it has loaded, and runs no constructor again.
    """
    numbers = itertools.count()

    def load_copy() -> Any:
        copy = shutil.copy(library, tmp_path / f"hostname-{next(numbers)}.so")
        return binding.ffi.dlopen(str(copy))

    return load_copy
