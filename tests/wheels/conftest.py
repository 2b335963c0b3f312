"""The wheels that `make wheel` and the installation of a checkout left, and Pythons to install
them into."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
#: This machine, as `uname -m` says it.
HERE = platform.machine()
sys.path.append(
    str(PROJECT)
)  # for onefile; last, so that the installed initd is the one that is found
_FROM_WHEELS = ("--only-binary", ":all:", "--no-compile")


@pytest.fixture(scope="session")
def wheel() -> Path:
    """A checkout's, which uses the Python that it is installed in."""
    house = Path(os.environ.get("TESTS_WHEELHOUSE") or PROJECT / "build" / "wheelhouse")
    (found,) = house.glob("initd_runtime-*.whl")
    return found


@pytest.fixture(scope="session")
def published() -> Path:
    """The one that is published for this machine: the one file."""
    (found,) = published_wheels(HERE)
    return found


def built_file(machine: str) -> Path:
    """Where make puts the one file for it."""
    return PROJECT / "build" / ("" if machine == HERE else machine) / "initd"


def published_wheels(machine: str = "") -> list[Path]:
    """Of one machine, or all that were built."""
    return sorted((PROJECT / "build" / "wheels").glob(f"*{machine}.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A venv of an interpreter with the checkout's wheel in it, made once: a function to its
    bin."""
    made: dict[str, Path] = {}

    def venv(interpreter: str) -> Path:
        if interpreter not in made:
            place = tmp_path_factory.mktemp("venv")
            made[interpreter] = _install(interpreter, wheel, place)
        return made[interpreter]

    return venv


def _install(interpreter: str, wheel: Path, place: Path) -> Path:
    """Where there is no compiler: nothing but the venv on the path, and CC fails."""
    subprocess.run([interpreter, "-m", "venv", "--without-pip", place], check=True)
    programs = place / "bin"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    without_compiler = os.environ | {"PATH": str(programs), "CC": "/bin/false"}
    done = subprocess.run(
        [*pip, *("--python", programs / "python", "install"), "--quiet", *_FROM_WHEELS, wheel],
        env=without_compiler,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return programs


def interpreters(oldest: int) -> dict[str, str]:
    """CPython from 3.`oldest` on, as far as this machine has it: version to path."""
    found = {}
    for minor in range(oldest, 20):
        name = f"python3.{minor}"
        if name == f"python3.{sys.version_info.minor}":
            found[name] = getattr(sys, "_base_executable", sys.executable)
        elif shutil.which(name):
            # Where pyenv keeps several, it has to be told which one is meant.
            asked = subprocess.run(
                [name, "-c", "import sys; print(sys.executable)"],
                env=os.environ | {"PYENV_VERSION": f"3.{minor}"},
                capture_output=True,
                text=True,
            )
            if asked.returncode == 0:
                found[name] = asked.stdout.strip()
    return found


def run(*command: object, **variables: str) -> str:
    """What it prints; the test is over if it fails."""
    done = subprocess.run(
        [*map(str, command)],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **variables},
        cwd="/",  # in the checkout, `import initd` finds that
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done
    return done.stdout
