"""Packs the one file as a wheel: `python -m onefile.wheel FILE MACHINE FOLDER`, MACHINE as
`uname -m` says it. With the same input the result is the same byte for byte.

    initd_runtime-V.data/scripts/initd      the file
    initd_runtime-V.data/data/share/man     its man page
    initd/                                  onefile/package: `python -m initd`
    initd_runtime-V.dist-info/sboms/        what the file consists of (PEP 770)
    initd_runtime-V.dist-info/licenses/     and under which licences (PEP 639)
"""

from __future__ import annotations

import os
import re
import struct
import sys
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipInfo

from packaging.metadata import Metadata, RawMetadata
from packaging.utils import canonicalize_name
from wheel.wheelfile import WheelFile

from onefile.notices import notices
from onefile.parts import Part, read_common, read_parts
from onefile.sbom import sbom

ROOT = Path(__file__).parents[1]
#: Platforms, per machine. The file asks for no C library, so these are the oldest that installers
#: know: what they are compared with is the C library of the Python that installs. On x86-64 pip
#: knows manylinux1 from 8.1 on, manylinux_x_y from 20.3 on; of AArch64 there is nothing older.
#: Sorted, as the specification of file names asks for.
PLATFORMS = {
    "x86_64": ("manylinux1_x86_64", "manylinux_2_5_x86_64", "musllinux_1_1_x86_64"),
    "aarch64": ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"),
}
#: e_machine of an ELF header (elf.h).
_ELF_MACHINES = {"x86_64": 62, "aarch64": 183}
_FILE_MODE, _PROGRAM_MODE = 0o100644, 0o100755


def pack(file: Path, machine: str, folder: Path) -> Path:
    """The wheel, in `folder`. Raises ValueError for a file of another machine, OSError."""
    contents = file.read_bytes()
    _check_machine(file, contents, machine)
    project, version = _project()
    parts = read_parts(file)
    base = f"{canonicalize_name(project['name']).replace('-', '_')}-{version}"
    info = f"{base}.dist-info"
    when = _released()
    bill = sbom(version=version, contents=contents, parts=parts, made=when)
    package = sorted((ROOT / "onefile" / "package").glob("*.py"))
    files = [
        (f"{base}.data/scripts/initd", contents),
        (f"{base}.data/data/share/man/man1/initd.1", (ROOT / "docs" / "initd.1").read_bytes()),
        *((f"initd/{path.name}", path.read_bytes()) for path in package),
        (f"{info}/METADATA", _metadata(project, version, parts)),
        (f"{info}/WHEEL", _wheel(machine)),
        (f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes()),
        (f"{info}/licenses/NOTICES", notices(parts, read_common(file)).encode()),
        (f"{info}/sboms/initd.cdx.json", bill.encode()),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{base}-py3-none-{'.'.join(PLATFORMS[machine])}.whl"
    _write(target, files, when)
    return target


def _write(target: Path, files: Iterable[tuple[str, bytes]], when: datetime) -> None:
    os.environ["SOURCE_DATE_EPOCH"] = str(int(when.timestamp()))  # WheelFile's, for RECORD
    with WheelFile(target, "w") as wheel:
        wheel.compresslevel = 9
        for name, data in files:
            entry = ZipInfo(name, when.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            mode = _PROGRAM_MODE if "/scripts/" in name else _FILE_MODE
            entry.external_attr = mode << 16
            wheel.writestr(entry, data)


def _released() -> datetime:
    """SOURCE_DATE_EPOCH (reproducible-builds.org), or the oldest time that a ZIP can tell."""
    return datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", 315532800)), UTC)


def _check_machine(file: Path, contents: bytes, machine: str) -> None:
    if contents[:4] != b"\x7fELF":
        raise ValueError(f"{file} is not an ELF file")
    (found,) = struct.unpack_from("<H", contents, 18)
    if found != _ELF_MACHINES[machine]:
        raise ValueError(f"{file} is for machine {found} (elf.h), not for {machine}")


# ---- metadata ---------------------------------------------------------------------------


def _project() -> tuple[dict[str, Any], str]:
    """pyproject.toml's table, and the version."""
    source = (ROOT / "initd" / "__init__.py").read_text()
    version = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    if not version:
        raise ValueError("initd/__init__.py has no __version__")
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"], version[1]


def _metadata(project: dict[str, Any], version: str, parts: Iterable[Part]) -> bytes:
    """That of a checkout's wheel without what is about a Python: it needs none."""
    raw: RawMetadata = {
        "metadata_version": "2.4",
        "name": project["name"],
        "version": version,
        "summary": project["description"],
        "description": (ROOT / project["readme"]).read_text(),
        "description_content_type": "text/markdown",
        "license_expression": _all_of(["MIT", *(part.licence for part in parts)]),
        "license_files": ["LICENSE", "NOTICES"],
        "keywords": project["keywords"],
        "classifiers": [each for each in project["classifiers"] if not _is_about_python(each)],
        "project_urls": project["urls"],
    }
    head, blank, body = bytes(Metadata.from_raw(raw).as_rfc822()).partition(b"\n\n")
    # Upper case is what uploaders look for.
    return re.sub(rb"^[a-z-]+(?=:)", lambda name: name[0].title(), head, flags=re.M) + blank + body


def _all_of(licences: Iterable[str]) -> str:
    """One SPDX expression, with each licence once."""
    terms: dict[str, None] = {}
    for each in licences:
        terms |= dict.fromkeys([f"({each})"] if " OR " in each else each.split(" AND "))
    return " AND ".join(terms)


def _is_about_python(classifier: str) -> bool:
    return classifier.startswith(("Programming Language :: Python", "Typing"))


def _wheel(machine: str) -> bytes:
    tags = [f"Tag: py3-none-{platform}" for platform in PLATFORMS[machine]]
    lines = ["Wheel-Version: 1.0", "Generator: initd", "Root-Is-Purelib: false", *tags]
    return ("\n".join(lines) + "\n").encode()


if __name__ == "__main__":
    print(pack(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
