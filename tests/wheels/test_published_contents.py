"""What is in the wheels that are published: one static file, what it consists of, and licences."""

from __future__ import annotations

import io
import json
import re
import shutil
import stat
import subprocess
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from elftools.elf.elffile import ELFFile
from packaging.utils import parse_wheel_filename

from initd import __version__
from onefile.debian import owner
from onefile.dist import assemble
from onefile.parts import read_parts
from onefile.wheel import PLATFORMS, pack

from .conftest import BIN, HERE, PROJECT, built_file, published_wheels, run

SDIST = PROJECT / "build" / "sdist" / f"initd_runtime-{__version__}.tar.gz"
BASE = f"initd_runtime-{__version__}"
INFO = f"{BASE}.dist-info"
FILE = f"{BASE}.data/scripts/initd"
MAY_WEIGH = 6_000_000
BUILT = [machine for machine in PLATFORMS if built_file(machine).exists()]

each_machine = pytest.mark.parametrize("machine", BUILT)


class Wheel:
    """One of them, open."""

    def __init__(self, machine: str) -> None:
        (self.path,) = published_wheels(machine)
        self.archive = zipfile.ZipFile(self.path)

    def read(self, name: str) -> bytes:
        return self.archive.read(name)

    def metadata(self) -> Message:
        return message_from_bytes(self.read(f"{INFO}/METADATA"))

    def bill(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.read(f"{INFO}/sboms/initd.cdx.json"))
        return found


def test_every_file_that_was_built_has_its_wheel() -> None:
    """This machine's at least."""
    assert HERE in BUILT
    assert len(published_wheels()) == len(BUILT)


@each_machine
def test_it_has_the_file_and_little_else(machine: str) -> None:
    assert {*Wheel(machine).archive.namelist()} == {
        *(FILE, f"{BASE}.data/data/share/man/man1/initd.1"),
        *("initd/__init__.py", "initd/__main__.py"),
        *(f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD")),
        *(f"{INFO}/{name}" for name in ("licenses/LICENSE", "licenses/NOTICES")),
        f"{INFO}/sboms/initd.cdx.json",
    }


@each_machine
def test_the_file_is_the_one_that_was_built(machine: str) -> None:
    """Everybody may execute it, and it is for the machine that the name says."""
    wheel = Wheel(machine)
    contents = wheel.read(FILE)
    assert contents == built_file(machine).read_bytes()
    assert stat.S_IMODE(wheel.archive.getinfo(FILE).external_attr >> 16) == 0o755
    elf = ELFFile(io.BytesIO(contents))
    assert elf.get_machine_arch() == {"x86_64": "x64", "aarch64": "AArch64"}[machine]
    kinds = {segment.header.p_type for segment in elf.iter_segments()}
    assert not kinds & {"PT_INTERP", "PT_DYNAMIC"}


@each_machine
def test_it_is_no_heavier_than_it_may_be(machine: str) -> None:
    assert Wheel(machine).path.stat().st_size <= MAY_WEIGH


@each_machine
def test_it_requires_nothing(machine: str) -> None:
    """No package, and no Python in particular."""
    metadata = Wheel(machine).metadata()
    assert metadata["Name"] == "initd-runtime"
    assert metadata["Version"] == __version__
    for field in ("Requires-Dist", "Requires-Python", "Requires-External"):
        assert field not in metadata


@each_machine
def test_auditwheel_finds_what_the_name_says(machine: str) -> None:
    """The oldest glibc that it knows, and no library at all. What auditwheel can't tell from a
    static file is that musl does as well: tests/one runs it without any C library."""
    wheel = Wheel(machine).path
    tags = {str(tag) for tag in parse_wheel_filename(wheel.name)[3]}
    assert tags == {f"py3-none-{platform}" for platform in PLATFORMS[machine]}
    shown = run(BIN / "auditwheel", "show", "--json", wheel)
    verdict = json.loads(shown)
    assert f"py3-none-{verdict['overall_tag']}" in tags
    assert (verdict["external_libs"], verdict["versioned_symbols"]) == ({}, {})


def test_an_index_would_take_all_of_it() -> None:
    """The check of the program that uploads: description, metadata, names."""
    run(BIN / "twine", "check", "--strict", *published_wheels(), SDIST)


@pytest.mark.parametrize("machine", BUILT)
def test_the_bill_of_materials_is_valid(machine: str) -> None:
    """By CycloneDX's own schema."""
    bill = Wheel(machine).read(f"{INFO}/sboms/initd.cdx.json").decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None


@each_machine
def test_bill_notices_and_version_name_the_same_parts(machine: str) -> None:
    """As the file itself says: the same names in the same versions."""
    wheel = Wheel(machine)
    emulator = [] if machine == HERE else [f"qemu-{machine}"]
    said = run(*emulator, built_file(machine), "--version").splitlines()
    bill = wheel.bill()
    billed = [bill["metadata"]["component"], *bill["components"]]
    named = {(each["name"], each["version"]) for each in billed}
    assert named == {(name, version) for name, version, *_ in map(str.split, said)}
    notices = wheel.read(f"{INFO}/licenses/NOTICES").decode()
    assert {*re.findall(r"^(\S+ \S+(?: \(.*\))?): [A-Z]", notices, re.MULTILINE)} >= {*said[1:]}


@each_machine
def test_each_part_has_a_purl_by_which_scanners_find_its_weaknesses(machine: str) -> None:
    """Debian's with the distribution and the architecture, of which there may be several."""
    purls = {each["name"]: each["purl"] for each in Wheel(machine).bill()["components"]}
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[machine]
    assert re.fullmatch(
        rf"pkg:deb/debian/libssl-dev@3\.[^?]+\?arch={architecture}&distro=debian-12",
        purls["libssl-dev"],
    )
    assert re.fullmatch(
        r"pkg:deb/debian/python3\.11@3\.[^?]+\?arch=source&distro=debian-12", purls["python3.11"]
    )
    assert purls["msgspec"].startswith("pkg:pypi/msgspec@")


@each_machine
def test_whatever_is_linked_is_named(machine: str) -> None:
    """The linker's own list: each archive and object is ours, or of a package that the bill has."""
    folder = built_file(machine).parent / "one"
    loaded = re.findall(r"^LOAD (\S+)$", (folder / "initd.map").read_text(), re.MULTILINE)
    paths = {(PROJECT / path).resolve() for path in loaded}
    copies = {path.name for path in paths if path.suffix == ".a" and path.is_relative_to(folder)}
    assert copies == {f"lib{each}.a" for each in ("crypto", "python3.11", "sodium", "ssl", "z")}
    sysroot = PROJECT / f"build/one-inputs-{machine}/sysroot"
    others = {path for path in paths if not path.is_relative_to(folder)}
    of_debian = {part.name for part in read_parts(built_file(machine)) if part.architecture}
    for path in others:
        if path.is_relative_to(sysroot):
            assert path.parent.name == f"{machine}-linux-gnu"
        else:
            assert owner(path) in of_debian
    assert of_debian > {"libc6-dev", "libpython3.11-dev", "libssl-dev", "zlib1g-dev"}


def test_the_notices_have_a_text_for_every_licence() -> None:
    """Those too that files of Debian's only refer to."""
    wheel = Wheel(HERE)
    assert wheel.metadata().get_all("License-File") == ["LICENSE", "NOTICES"]
    text = " ".join(wheel.read(f"{INFO}/licenses/NOTICES").decode().split())
    for words in (
        "GNU LESSER GENERAL PUBLIC LICENSE Version 2.1",
        "GNU GENERAL PUBLIC LICENSE Version 3",
        "GCC RUNTIME LIBRARY EXCEPTION",
        "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2",
        "Apache License Version 2.0",
        "Copyright 2020 The Wuffs Authors",
        "Jean-loup Gailly",
        "Giampaolo Rodola",
    ):
        assert words in text, words


def test_packed_twice_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, whatever the clock says."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    one, other = (pack(built_file(HERE), HERE, tmp_path / name) for name in "ab")
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"#!/bin/sh\n", "is not an ELF file"),
        (b"\x7fELF" + bytes(14) + b"\x03\x00", "is for machine 3 .*, not for"),
    ],
)
def test_a_file_of_another_machine_is_refused(
    tmp_path: Path, contents: bytes, message: str
) -> None:
    """A wheel of it would install and never run."""
    (tmp_path / "initd").write_bytes(contents)
    with pytest.raises(ValueError, match=message):
        pack(tmp_path / "initd", HERE, tmp_path)


def test_a_release_has_wheels_files_and_their_sums(tmp_path: Path) -> None:
    """The bare file beside what it consists of: it has to go with it."""
    assemble(PROJECT / "build/wheels", SDIST.parent, tmp_path / "dist")
    bare = [f"initd-{machine}" for machine in BUILT]
    beside = [f"{name}.{end}" for name in bare for end in ("NOTICES", "cdx.json")]
    wheels = [path.name for path in published_wheels()]
    expected = sorted([*bare, *beside, *wheels, SDIST.name])
    sums = (tmp_path / "dist" / "SHA256SUMS").read_text()
    assert [line.split()[1] for line in sums.splitlines()] == expected
    shutil.copy(tmp_path / "dist" / f"initd-{HERE}", tmp_path / "initd")
    assert run(tmp_path / "initd", "--version").startswith(f"initd {__version__}\n")
    checked = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(checked, cwd=tmp_path / "dist").returncode == 0
