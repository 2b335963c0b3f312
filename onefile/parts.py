"""What the one file is made of, and under which licences: written beside the file when it is
linked, so that whoever packs it later says what is in it, and not what is installed by then.

    FILE's directory/one/parts.json     a list of the parts, and the texts of their licences
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from onefile.debian import owner, packages
from onefile.lock import versions
from onefile.target import PACKAGES, Sysroot

#: Licences by SPDX's names. Of Debian's packages from which something is linked or frozen,
DEBIAN = {
    "libc6-dev": "LGPL-2.1-or-later",
    "libpython3.11-dev": "Python-2.0.1",
    "libpython3.11-minimal": "Python-2.0.1",
    "libpython3.11-stdlib": "Python-2.0.1",
    "libsodium-dev": "ISC",
    "libssl-dev": "Apache-2.0",
    "zlib1g-dev": "Zlib",
}
#: of the compiler's own library, whichever package has it,
LIBGCC = "GPL-3.0-or-later WITH GCC-exception-3.1"
#: of Debian's source package, of which some modules are compiled here (onefile/inputs.py),
SOURCE, SOURCE_LICENCE = "python3.11", "Python-2.0.1"
#: and of PyPI's packages. msgspec has code of Wuffs, Ryu, yyjson and musl.
PYPI = {
    "h11": "MIT",
    "kazoo": "Apache-2.0",
    "msgspec": "BSD-3-Clause AND MIT AND Apache-2.0",
    "psutil": "BSD-3-Clause",
}
#: What a package has, by how its name begins.
CONTENTS = {
    "libc6-": "glibc",
    "libgcc-": "libgcc",
    "libpython3": "CPython",
    "libsodium-": "libsodium",
    "libssl-": "OpenSSL",
    "python3": "CPython",
    "zlib1g-": "zlib",
}
#: What Debian's files refer to instead of having it: the package base-files has them.
COMMON = Path("/usr/share/common-licenses")
COMMON_TEXTS = ("Apache-2.0", "GPL-2", "GPL-3", "LGPL-2.1")


class Part(NamedTuple):
    """`origin`: "PyPI", "Debian" or "Debian source". `architecture`: Debian's name of it, "" of
    PyPI's. `licence`: an SPDX expression. `notice`: the texts that have to be handed on."""

    name: str
    version: str
    origin: str
    architecture: str
    licence: str
    notice: str

    def line(self) -> str:
        """As `initd --version` prints it."""
        if self.origin == "PyPI":
            return f"{self.name} {self.version}"
        has = [each for start, each in CONTENTS.items() if self.name.startswith(start)]
        return f"{self.name} {self.version} ({', '.join([*has, self.origin])})"


def parts_of(inputs: Path, sysroot: Sysroot, libgcc: Path) -> list[Part]:
    """What a file that is linked now consists of. `libgcc` is the compiler's library. Raises
    OSError, CalledProcessError."""
    return [*_from_pypi(inputs), *_from_debian(sysroot.place, libgcc), _from_sources(inputs)]


def _from_pypi(inputs: Path) -> list[Part]:
    return [
        Part(name, version, "PyPI", "", PYPI[name], (inputs / "licenses" / name).read_text())
        for name, version in versions().items()
    ]


def _from_debian(sysroot: Path, libgcc: Path) -> list[Part]:
    unpacked = [(each, DEBIAN[each.name], sysroot) for each in packages(PACKAGES, sysroot)]
    installed = [(each, LIBGCC, Path("/")) for each in packages([owner(libgcc)])]
    return [
        Part(
            name=package.name,
            version=package.version,
            origin="Debian",
            architecture=package.architecture,
            licence=licence,
            notice=(root / "usr/share/doc" / package.name / "copyright").read_text(),
        )
        for package, licence, root in sorted(unpacked + installed)
    ]


def _from_sources(inputs: Path) -> Part:
    version = (inputs / "python" / "version").read_text().strip()
    notice = (inputs / "licenses" / "python").read_text()
    return Part(SOURCE, version, "Debian source", "source", SOURCE_LICENCE, notice)


def write_parts(parts: Iterable[Part], folder: Path) -> None:
    """parts.json. Raises OSError."""
    common = {name: (COMMON / name).read_text() for name in COMMON_TEXTS}
    contents = {"parts": [part._asdict() for part in parts], "common": common}
    (folder / "parts.json").write_text(json.dumps(contents, indent=1) + "\n")


def read_parts(file: Path) -> list[Part]:
    """Those of a file that was built. Raises OSError."""
    return [Part(**each) for each in _contents(file)["parts"]]


def read_common(file: Path) -> Mapping[str, str]:
    """NAME: TEXT of the licences that notices refer to. Raises OSError."""
    common: dict[str, str] = _contents(file)["common"]
    return common


def _contents(file: Path) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads((file.parent / "one" / "parts.json").read_text())
    return contents
