"""Parts of the launcher and the shim in a program of the tests, under sanitizers."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
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


def told(
    program: Sequence[str | Path], given: bytes, environ: Mapping[bytes, bytes] | None = None
) -> Iterator[tuple[int, bytes]]:
    """Runs it: of each of its records, a number and the bytes behind it."""
    done = subprocess.run(program, input=given, env=environ, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    at = 0
    while at < len(done.stdout):
        number, length = struct.unpack_from("=II", done.stdout, at)
        at += 8 + length
        yield number, done.stdout[at - length : at]
