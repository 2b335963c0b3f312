"""Debian's packages, for any architecture, from where this machine has its own. With lists and a
status apart: what is installed here, and apt's settings, stay as they are."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

#: Packages that are unpacked are known to dpkg-query --admindir of the same directory.
STATUS = Path("var") / "lib" / "dpkg" / "status"


def unpack(names: Sequence[str], architecture: str, sysroot: Path) -> None:
    """The newest of each package, without those that they depend on. Raises
    CalledProcessError."""
    (sysroot / STATUS.parent).mkdir(parents=True)
    with _apt("deb", architecture) as (apt, folder):
        subprocess.run([*apt, "download", *names], check=True, cwd=folder)
        status = []
        for package in sorted(folder.glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(sysroot)], check=True)
            show = ["dpkg-deb", "--field", str(package)]
            fields = subprocess.run(show, check=True, capture_output=True, text=True).stdout
            status.append(f"Status: install ok installed\n{fields}")
    (sysroot / STATUS).write_text("\n".join(status))


def versions(names: Sequence[str], sysroot: Path) -> list[str]:
    """PACKAGE VERSION of each of the `names`. Raises CalledProcessError."""
    ask = ["dpkg-query", f"--admindir={sysroot / STATUS.parent}", "--show"]
    done = subprocess.run(
        [*ask, "--showformat=${Package} ${Version}\n", *names],
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(done.stdout.splitlines())


def download_source(name: str, target: Path) -> None:
    """The upstream archive of a source package, to the directory `target`. Raises
    CalledProcessError."""
    with _apt("deb-src", None) as (apt, _):
        get = [*apt, "source", "--download-only", "--tar-only", name]
        subprocess.run(get, check=True, cwd=target)


@contextmanager
def _apt(kind: str, architecture: str | None) -> Iterator[tuple[list[str], Path]]:
    """apt-get that knows of packages of that kind, and a directory that will be deleted."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "lists" / "partial").mkdir(parents=True)
        (folder / "status").touch()
        release = Path("/etc/os-release").read_text()
        (folder / "one.sources").write_text(sources(kind, release, Path("/etc/apt")))
        settings = {
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::sourcelist": f"{folder}/one.sources",
            "Dir::State::lists": f"{folder}/lists",
            "Dir::State::status": f"{folder}/status",
            "Dir::Cache": f"{folder}",
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",
        }
        if architecture:
            settings["APT::Architecture"] = settings["APT::Architectures"] = architecture
        options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
        apt = ["apt-get", "-qq", *options]
        subprocess.run([*apt, "update"], check=True)
        yield apt, folder


def sources(kind: str, release: str, settings: Path) -> str:
    """Debian's entries of sources.list(5) in the directory `settings`, for packages of that
    `kind`, deb or deb-src. `release` is the text of os-release(5)."""
    name = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    suite = re.escape(name["VERSION_CODENAME"])
    found = []
    for path in sorted(settings.rglob("*.sources")):
        for entry in re.split(r"\n\s*\n", path.read_text().strip()):
            if re.search(rf"^Suites:(.*\s)?{suite}", entry, re.MULTILINE):
                plain = re.sub(r"^(Architectures|Types):.*\n?", "", entry, flags=re.MULTILINE)
                found.append(f"Types: {kind}\n{plain.strip()}")
    for path in sorted(settings.rglob("*.list")):
        for line in path.read_text().splitlines():
            if match := re.match(rf"deb\s+(\[.*?\]\s+)?(\S+)\s+({suite}\S*)\s+", line):
                options, uri, where = match.groups()
                signed = re.search(r"signed-by=(\S+?)[\s\]]", options or "")
                key = f"\nSigned-By: {signed[1]}" if signed else ""
                entry = f"Types: {kind}\nURIs: {uri}\nSuites: {where}\nComponents: main{key}"
                found.append(entry)
    return "\n\n".join(found) + "\n"
