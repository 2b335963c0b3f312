"""Parts of the launcher and the shim in a program of the tests, under sanitizers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

SHIM = Path(__file__).parents[2] / "shim"
#: What all the parts call.
_COMMON = ("entry", "environment", "text")
#: The version is what the tests' start plans are written for.
_FLAGS = '-std=c11 -g -Wall -Wextra -Werror -DINITD_HOSTED -DINITD_VERSION="1"'.split()
_SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def compile_sanitized(source: Path, units: Sequence[str], target: Path) -> None:
    """`source` with these units of shim/, which are named without `.c`."""
    sources = [source, *(SHIM / f"{unit}.c" for unit in (*units, *_COMMON))]
    subprocess.run(["cc", *_FLAGS, *_SANITIZERS, *sources, "-o", target], check=True)
