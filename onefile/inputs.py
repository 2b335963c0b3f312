"""Gathers what the one file is made of on any machine: `python -m onefile.inputs FOLDER`, by the
checkout's own Python, which has pip.

    FOLDER/h11, kazoo, msgspec, psutil   packages, C files and all
    FOLDER/python         Debian's sources of the interpreter, with its patches, for modules that
                          it keeps out of its static library
    FOLDER/licenses       a file each

Every download is compared with a hash: of requirements.lock, or of Debian's signed lists.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from onefile.debian import unpack_source
from onefile.lock import LOCK, versions

#: Of these the C files are needed.
FROM_SOURCE = ("msgspec", "psutil")
#: Files that begin with the licence of somebody else.
_OF_OTHERS = {"msgspec": ("_core.c", "atof.h", "itoa.h", "ryu.h")}


def gather(folder: Path) -> None:
    """Makes `folder` anew. Raises CalledProcessError, ValueError."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "licenses").mkdir(parents=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "initd-one-file"
    cache.mkdir(parents=True, exist_ok=True)
    _packages(folder, cache)
    _python(folder)


# ---- packages of PyPI -------------------------------------------------------------------


def _packages(folder: Path, cache: Path) -> None:
    place = cache / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
            ]
            which = ["--no-deps", "--no-binary", ",".join(FROM_SOURCE), "--require-hashes"]
            subprocess.run([*pip, *which, "--dest", fresh, "-r", str(LOCK)], check=True)
            shutil.copytree(fresh, place)
    for name, version in versions().items():
        _unpack(name, version, place, folder)


def _unpack(name: str, version: str, place: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as unpacked:
        top = Path(unpacked)
        if name in FROM_SOURCE:
            with tarfile.open(place / f"{name}-{version}.tar.gz") as source:
                source.extractall(top, filter="data")
            top = top / f"{name}-{version}"
        else:
            (wheel,) = place.glob(f"{name}-{version}-*-none-any.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(top)
        package = top / "src" / name if (top / "src" / name).exists() else top / name
        shutil.copytree(package, folder / name)
        found = [path for path in top.rglob("*") if path.name.startswith(("LICENSE", "NOTICE"))]
        notices = [path.read_text() for path in sorted(found)]
        notices += [_notice(package / file) for file in _OF_OTHERS.get(name, ())]
        (folder / "licenses" / name).write_text("\n".join(notices))


def _notice(file: Path) -> str:
    """The comments that speak of a licence."""
    text = file.read_text()
    comments = re.findall(r"/\*.*?\*/|(?:^#[^\n]*\n)+", text, re.DOTALL | re.MULTILINE)
    told = [each for each in comments if re.search(r"licen[sc]e|copyright", each, re.IGNORECASE)]
    if not told:
        raise ValueError(f"{file} has no notice any more")
    return f"{file.name}:\n" + "\n".join(told)


# ---- the interpreter's sources ----------------------------------------------------------


def _python(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        version = unpack_source("python3.11", Path(place))
        (top,) = Path(place).glob("python3.11-*/")
        shutil.copytree(top / "Modules", folder / "python" / "Modules")
        shutil.copy(top / "LICENSE", folder / "licenses" / "python")
    (folder / "python" / "version").write_text(version + "\n")


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
