"""Debian's packages, for any architecture, from where this machine has its own. With lists and a
status apart: what is installed here, and apt's settings, stay as they are."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cmp_to_key
from pathlib import Path
from typing import NamedTuple

#: Packages that are unpacked are known to dpkg-query --admindir of the same directory.
STATUS = Path("var") / "lib" / "dpkg" / "status"


def unpack(names: Sequence[str], architecture: str, sysroot: Path) -> None:
    """The newest of each package, without those that they depend on. Raises
    CalledProcessError."""
    (sysroot / STATUS.parent).mkdir(parents=True)
    with _apt("deb", architecture) as (options, folder):
        subprocess.run(["apt-get", "-qq", *options, "download", *names], check=True, cwd=folder)
        status = []
        for package in sorted(folder.glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(sysroot)], check=True)
            fields = _output("dpkg-deb", "--field", str(package))
            status.append(f"Status: install ok installed\n{fields}")
    (sysroot / STATUS).write_text("\n".join(status))


class Package(NamedTuple):
    """A package that is installed, or unpacked."""

    name: str
    version: str
    architecture: str


def packages(names: Sequence[str], sysroot: Path | None = None) -> list[Package]:
    """Each of the `names`, of a sysroot or else of this machine. Raises CalledProcessError."""
    where = [f"--admindir={sysroot / STATUS.parent}"] if sysroot else []
    show = ["--show", "--showformat=${Package} ${Version} ${Architecture}\n"]
    lines = _output("dpkg-query", *where, *show, *names).splitlines()
    return [Package(*line.split()) for line in sorted(lines)]


def owner(file: Path) -> str:
    """The name of the installed package that has it. Raises CalledProcessError."""
    return _output("dpkg-query", "--search", str(file.resolve())).partition(":")[0]


def newest(names: Sequence[str], source_names: Sequence[str]) -> dict[str, str]:
    """NAME: VERSION of packages and source packages in the archive now, "" for those that it has
    not. Raises CalledProcessError, and ValueError on a machine that gets no security updates."""
    with _apt("deb deb-src", None) as (options, folder):
        if f"{suite()}-security" not in (folder / "one.sources").read_text():
            raise ValueError(f"/etc/apt has no entry for {suite()}-security")
        found = {}
        for name in names:
            policy = _output("apt-cache", *options, "policy", name)
            candidate = re.search(r"^  Candidate: (\S+)$", policy, re.MULTILINE)
            found[name] = candidate[1].replace("(none)", "") if candidate else ""
        for name in source_names:
            found[name] = next(iter(_source_versions(name, options)), "")
        return found


def unpack_source(name: str, target: Path) -> str:
    """Unpacks the newest sources that the archive gives to the empty directory `target`, with
    Debian's patches applied, and returns their version. apt compares files with the archive's
    signed lists. Raises ValueError."""
    errors = []
    with _apt("deb-src", None) as (options, _):
        for version in _source_versions(name, options):
            get = ["apt-get", "-qq", *options, "source", f"{name}={version}"]
            done = subprocess.run(get, cwd=target, capture_output=True, text=True)
            if done.returncode == 0:
                return version
            errors.append(done.stderr)  # a mirror may list what it does not have yet
    raise ValueError(f"Debian's archive has no sources of {name}: {errors}")


def _source_versions(name: str, options: Sequence[str]) -> list[str]:
    """Those in the archive, newest first."""
    shown = _output("apt-cache", *options, "showsrc", "--only-source", name)
    versions = {*re.findall(r"^Version: (\S+)$", shown, re.MULTILINE)}
    return sorted(versions, key=cmp_to_key(compare), reverse=True)


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, as Debian orders versions."""
    for operator, result in (("lt", -1), ("gt", 1)):
        if not subprocess.run(["dpkg", "--compare-versions", one, operator, other]).returncode:
            return result
    return 0


def suite() -> str:
    """The name of this machine's Debian, "bookworm"."""
    release = Path("/etc/os-release").read_text()
    known = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    return known["VERSION_CODENAME"]


def _output(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@contextmanager
def _apt(kind: str, architecture: str | None) -> Iterator[tuple[list[str], Path]]:
    """Options for apt-get and apt-cache with which they know of packages of that kind, and a
    directory that will be deleted."""
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
        subprocess.run(["apt-get", "-qq", *options, "update"], check=True)
        yield options, folder


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
