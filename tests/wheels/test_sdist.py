"""The source distribution: pip builds from it the wheel that a checkout gives."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from initd import __version__

from .conftest import PROJECT

#: They name the tools that built it, and have digests of that.
_ABOUT_THE_BUILD = ("WHEEL", "RECORD")


@pytest.fixture(scope="module")
def sdist() -> Path:
    """The one that `make sdist` left."""
    return PROJECT / "build" / "sdist" / f"initd_runtime-{__version__}.tar.gz"


@pytest.fixture(scope="module")
def built(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its wheel, built in an empty venv: pip fetches the build's requirements, as for a user."""
    place = tmp_path_factory.mktemp("sdist")
    subprocess.run([sys.executable, "-m", "venv", place / "venv"], check=True, timeout=100)
    done = subprocess.run(
        [place / "venv/bin/pip", "wheel", "--no-deps", "--wheel-dir", place / "wheels", sdist],
        cwd=place,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = (place / "wheels").glob("*.whl")
    return found


@pytest.mark.timeout(300)
def test_its_wheel_has_the_files_of_the_checkouts(built: Path, wheel: Path) -> None:
    """All of them and no others, byte for byte, with the compiled programs."""
    assert _contents(built) == _contents(wheel)


def test_it_has_what_a_packager_needs(sdist: Path) -> None:
    """Licence, changelog, tests, docs, and the commands that run them."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {
        *(
            "LICENSE",
            "README.md",
            "requirements.txt",
            "CHANGELOG.md",
            "Makefile",
            "Dockerfile.test",
            ".ci/run",
        ),
        *("docs/design.md", "docs/initd.1", "tests/wheels/test_sdist.py", "tests/apps/nginx.conf"),
    }
    assert not [name for name in names if name.endswith((".pyc", ".so")) or "__pycache__" in name]


def test_it_has_every_source_of_the_checkout(sdist: Path) -> None:
    """So that a new file of the build cannot be forgotten."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for directory in ("initd", "onefile", "shim", "preload"):
        for path in (PROJECT / directory).rglob("*"):
            if path.suffix in {".py", ".pyi", ".c", ".h", ".toml", ".json", ".lock", ".typed"}:
                assert str(path.relative_to(PROJECT)) in names


def _contents(wheel: Path) -> dict[str, bytes]:
    """Its files by name, without directories and what is about the build."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name.rpartition("/")[2] not in ("", *_ABOUT_THE_BUILD)
        }
