"""Gathers what the one file is made of: `python -m onefile.inputs FOLDER`, by the checkout's
own Python, which has pip and cffi.

    FOLDER/h11, msgspec, prometheus_client, psutil, structlog   packages, C files and all
    FOLDER/python         the interpreter's sources, for modules that Debian has no archive of
    FOLDER/licenses       a file each
    FOLDER/hostname.so    the library of preload/

Every download is compared with a hash of requirements.lock, or the one below.
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

from onefile.lock import LOCK, versions
from preload.build import build as build_preload

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
    build_preload(folder / "hostname.so")


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
        _download_python(cache)
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


def _download_python(cache: Path) -> None:
    """By apt, from where this machine has its packages, with lists apart: the machine's own
    settings stay as they are."""
    with tempfile.TemporaryDirectory(dir=cache) as place:
        apt = Path(place)
        (apt / "lists" / "partial").mkdir(parents=True)
        (apt / "one.sources").write_text(_source_archives())
        options = [
            *("-o", "Dir::Etc::sourceparts=/dev/null"),
            *("-o", f"Dir::Etc::sourcelist={apt}/one.sources"),
            *("-o", f"Dir::State::lists={apt}/lists"),
            *("-o", "APT::Sandbox::User=root"),
        ]
        subprocess.run(["apt-get", "-qq", *options, "update"], check=True)
        get = ["apt-get", "-qq", *options, "source", "--download-only", "--tar-only", "python3.11"]
        subprocess.run(get, check=True, cwd=cache)


def _source_archives() -> str:
    """Debian's entries of sources.list(5), with deb-src in place of deb."""
    release = Path("/etc/os-release").read_text()
    name = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    suite = re.escape(name["VERSION_CODENAME"])
    found = []
    for path in sorted(Path("/etc/apt").rglob("*.sources")):
        for entry in re.split(r"\n\s*\n", path.read_text()):
            if re.search(rf"^Suites:(.*\s)?{suite}", entry, re.MULTILINE):
                found.append(re.sub(r"^Types:.*", "Types: deb-src", entry, flags=re.MULTILINE))
    for path in sorted(Path("/etc/apt").rglob("*.list")):
        for line in path.read_text().splitlines():
            if match := re.match(rf"deb\s+(\[.*?\]\s+)?(\S+)\s+({suite}\S*)\s+", line):
                options, uri, where = match.groups()
                signed = re.search(r"signed-by=(\S+?)[\s\]]", options or "")
                key = f"\nSigned-By: {signed[1]}" if signed else ""
                entry = f"Types: deb-src\nURIs: {uri}\nSuites: {where}\nComponents: main{key}"
                found.append(entry)
    return "\n\n".join(found) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
