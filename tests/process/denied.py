"""System calls that the kernel refuses, as a container engine's seccomp profile has it."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path


@functools.cache
def _numbers() -> dict[str, int]:
    """Those of this machine, by name."""
    words = ["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"]
    macros = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return {name: int(number) for name, number in re.findall(r"__NR_(\w+) (\d+)$", macros, re.M)}


def is_known(call: str) -> bool:
    """Whether this machine has it: the younger ones lack what *at(2) calls do as well."""
    return call in _numbers()


def denying(program: Path, error: int, *calls: str) -> list[str]:
    """What wraps an init, so that each of these calls fails with `error`; `NAME:NUMBER` is one
    with that number as its first argument. `program` is the fixture of that name."""
    parts = [call.partition(":") for call in calls]
    denied = [f"{_numbers()[name]}:{error}{colon}{first}" for name, colon, first in parts]
    return [str(program), *denied, "--"]
