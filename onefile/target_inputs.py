"""Gathers what the one file is made of and is another for each machine: `python -m
onefile.target_inputs MACHINE FOLDER`, by the checkout's own Python, which has cffi.

    FOLDER/sysroot        Debian's static libraries, headers and standard library
    FOLDER/hostname.so    the library of preload/
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from onefile.debian import unpack
from onefile.target import HEADERS, PACKAGES, TARGETS, Target
from preload.build import build as build_preload


def gather(target: Target, folder: Path) -> None:
    """Makes `folder` anew. Raises CalledProcessError, ValueError."""
    shutil.rmtree(folder, ignore_errors=True)
    unpack([*PACKAGES, *HEADERS], target.debian, folder / "sysroot")
    os.environ["CC"] = target.tool("gcc")
    build_preload(folder / "hostname.so")


if __name__ == "__main__":
    gather(TARGETS[sys.argv[1]], Path(sys.argv[2]))
