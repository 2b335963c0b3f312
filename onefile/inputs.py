"""Gathers what the one file is made of on any machine: `python -m onefile.inputs FOLDER`, by the
checkout's own Python, which has pip.

    FOLDER/h11, msgspec, prometheus_client, psutil, structlog   packages, C files and all
    FOLDER/python         the interpreter's sources, for modules that Debian has no archive of
    FOLDER/licenses       a file each

Every download is compared with a hash of requirements.lock, or the one below.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from onefile.debian import download_source
from onefile.lock import LOCK, versions

#: Of these the C files are needed.
FROM_SOURCE = ("msgspec", "psutil")
#: The upstream sources from which Debian builds libpython3.11-dev.
PYTHON = "python3.11_3.11.2.orig.tar.gz"
PYTHON_SHA256 = "2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849"


def gather(folder: Path) -> None:
    """Makes `folder` anew. Raises CalledProcessError, ValueError."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "licenses").mkdir(parents=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "initd-one-file"
    cache.mkdir(parents=True, exist_ok=True)
    _packages(folder, cache)
    _python(folder, cache)


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
            with tarfile.open(place / f"{name}-{version}.tar.gz") as archive:
                archive.extractall(top, filter="data")
            top = top / f"{name}-{version}"
        else:
            with zipfile.ZipFile(place / f"{name}-{version}-py3-none-any.whl") as wheel:
                wheel.extractall(top)
        package = top / "src" / name if (top / "src" / name).exists() else top / name
        shutil.copytree(package, folder / name)
        found = sorted(path for path in top.rglob("LICENSE*") if path.is_file())
        notice = "\n".join(path.read_text() for path in found)
        (folder / "licenses" / name).write_text(notice)


# ---- the interpreter's sources ----------------------------------------------------------


def _python(folder: Path, cache: Path) -> None:
    archive = cache / PYTHON
    if not archive.exists() or _sha256(archive) != PYTHON_SHA256:
        download_source("python3.11", cache)
    if _sha256(archive) != PYTHON_SHA256:
        raise ValueError(f"{archive} has another hash than {PYTHON_SHA256}")
    with tarfile.open(archive) as sources:
        top = sources.getnames()[0].partition("/")[0]
        wanted = [
            member
            for member in sources.getmembers()
            if member.name.startswith((f"{top}/Modules/", f"{top}/LICENSE"))
        ]
        with tempfile.TemporaryDirectory() as unpacked:
            sources.extractall(unpacked, wanted, filter="data")
            shutil.copytree(Path(unpacked) / top / "Modules", folder / "python" / "Modules")
            shutil.copy(Path(unpacked) / top / "LICENSE", folder / "licenses" / "python")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
