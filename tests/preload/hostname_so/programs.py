"""Small C programs, for one libc or the other: see programs/*.c."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

SOURCES = Path(__file__).parent / "programs"


class Libc(Enum):
    """The compiler that links against it."""

    GLIBC = "gcc"
    MUSL = "musl-gcc"


class Machine(Enum):
    """The cross-compiler, of glibc, for a machine that is emulated."""

    AARCH64 = "aarch64-linux-gnu-gcc"


class Programs:
    """Compiles each program once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._compiled: dict[tuple[str, ...], Path] = {}

    def __call__(self, name: str, libc: Libc | Machine = Libc.GLIBC, *flags: str) -> Path:
        """programs/`name`.c, compiled; `flags` may overrule what is before them."""
        key = (name, libc.name, *flags)
        if key not in self._compiled:
            # No flags in the file's name: env takes a word with "=" for a variable.
            target = self._folder / f"{name}-{len(self._compiled)}"
            _compile(SOURCES / f"{name}.c", target, libc, flags)
            self._compiled[key] = target
        return self._compiled[key]


def _compile(source: Path, target: Path, libc: Libc | Machine, flags: Sequence[str]) -> None:
    plain = ["-O1", "-U_FORTIFY_SOURCE", "-Wall", "-Wextra", "-Werror", "-pthread"]
    subprocess.run([libc.value, *plain, *flags, str(source), "-o", str(target)], check=True)
