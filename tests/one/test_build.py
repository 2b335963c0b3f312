"""The frozen code is what the sources say: who builds them again gets the same file."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from .image import FILE, ROOT

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="make one has not been run")
SOURCES = ("initd", "onefile", "preload", "shim")
#: As in the Makefile; without the files for the tests.
BUILD = ["/usr/bin/python3.11", "-I", "-X", "no_debug_ranges", "onefile/build.py", "--alone"]


def test_another_checkout_at_another_time_gives_the_same_file(tmp_path: Path) -> None:
    """Byte for byte: in a directory of another name, from copies of the inputs."""
    checkout = tmp_path / "a checkout of another name"
    checkout.mkdir()
    left_out = shutil.ignore_patterns("__pycache__")
    for name in SOURCES:
        shutil.copytree(ROOT / name, checkout / name, ignore=left_out)
    for inputs in (ROOT / "build").glob("one-inputs*"):
        shutil.copytree(inputs, checkout / "inputs" / inputs.name, symlinks=True)
    words = [*BUILD, platform.machine(), "inputs/one-inputs", "made/initd"]
    subprocess.run(words, check=True, capture_output=True, cwd=checkout)
    assert (checkout / "made" / "initd").read_bytes() == FILE.read_bytes()
