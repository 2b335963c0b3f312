"""Whether what a file has from Debian is what Debian has now: `python -m onefile.current FILE...`.
Prints what is older and ends with 1.

A release asks (.ci/release-check): whoever ships a library ships its security updates."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from onefile.debian import compare, newest
from onefile.parts import Part, read_parts


def older(parts: Sequence[Part], archive: Mapping[str, str]) -> list[str]:
    """A sentence for each part of which the archive has a later version, or none at all."""
    told = []
    for part in parts:
        there = archive[part.name]
        if not there:
            told.append(f"{part.line()}: Debian's archive has no such package")
        elif compare(part.version, there) < 0:
            told.append(f"{part.line()}: Debian has {there}")
    return told


def main(files: Sequence[Path]) -> int:
    """The exit code."""
    parts = {file: [part for part in read_parts(file) if part.architecture] for file in files}
    every = [part for each in parts.values() for part in each]
    packages = sorted({part.name for part in every if part.origin == "Debian"})
    sources = sorted({part.name for part in every if part.origin == "Debian source"})
    archive = newest(packages, sources)
    told = [f"{file} has {each}" for file in files for each in older(parts[file], archive)]
    for line in told:
        print(line, file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    try:
        sys.exit(main([Path(name) for name in sys.argv[1:]]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Debian's archive can't be asked: {error}\n{error.stderr}")
    except (OSError, ValueError) as error:
        sys.exit(f"what is in the files can't be told: {error}")
