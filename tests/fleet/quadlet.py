"""podman's generator of units, of a newer podman than Debian 12 has: out of Debian 13's package.
It needs nothing but a C library; fetched once, and kept in the user's cache directory (XDG)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SUITE = "trixie"
_SOURCE = f"""\
Types: deb
URIs: http://deb.debian.org/debian
Suites: {SUITE}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def generator() -> Path:
    """The program."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "initd-tests"
    kept = cache / f"quadlet-{SUITE}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as directory:
            _fetch(Path(directory))
            (Path(directory) / "root/usr/libexec/podman/quadlet").rename(kept)
    return kept


def _fetch(directory: Path) -> None:
    """podman's package into DIRECTORY/root. The machine's own apt knows nothing of it."""
    for name in ("lists/partial", "cache/archives/partial", "sources"):
        (directory / name).mkdir(parents=True)
    (directory / "sources" / "debian.sources").write_text(_SOURCE)
    options = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": f"{directory}/sources",
        "Dir::State::Lists": f"{directory}/lists",
        "Dir::Cache": f"{directory}/cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "--quiet", "--quiet", *(f"--option={k}={v}" for k, v in options.items())]
    for command in (["update"], ["download", "podman"]):
        subprocess.run([*apt, *command], cwd=directory, check=True, capture_output=True)
    (package,) = directory.glob("podman_*.deb")
    subprocess.run(["dpkg", "--extract", package, directory / "root"], check=True)


def units(folder: Path) -> tuple[dict[str, str], str]:
    """What the generator makes of the files in a folder: name to text, and what it complains of."""
    assert shutil.which("dpkg"), "on Debian"
    done = subprocess.run(
        [str(generator()), "-dryrun"],
        env={**os.environ, "QUADLET_UNIT_DIRS": str(folder)},
        capture_output=True,
        text=True,
    )
    made: dict[str, str] = {}
    name = ""
    for line in done.stdout.splitlines():
        if line.startswith("---") and line.endswith("---"):
            name = line.strip("-")
            made[name] = ""
        else:
            made[name] += f"{line}\n"
    told = [line for line in done.stderr.splitlines() if "Loading source unit file" not in line]
    return made, "\n".join(told)
