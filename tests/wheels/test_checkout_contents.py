"""What is in a checkout's wheel: the package, the man page, and four things that were compiled."""

from __future__ import annotations

import io
import os
import stat
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from .conftest import PROJECT

SCRIPT = "initd_runtime-*.data/scripts/initd"
HOSTNAME = "initd/native/hostname.so"
SHIM = "initd/native/ppidshim"
KERNEL = "initd/linux/_kernel.abi3.so"


@pytest.fixture(scope="module")
def archive(wheel: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(wheel) as opened:
        yield opened


@pytest.fixture(scope="module")
def compiled(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every ELF file, by its name; the launcher's by SCRIPT, without the version."""
    contents = {info.filename: archive.read(info) for info in archive.infolist()}
    return {
        SCRIPT if name.endswith(".data/scripts/initd") else name: data
        for name, data in contents.items()
        if data.startswith(b"\x7fELF")
    }


def test_four_things_are_compiled(compiled: dict[str, bytes]) -> None:
    """No library came in beside them."""
    assert compiled.keys() == {SCRIPT, HOSTNAME, SHIM, KERNEL}


@pytest.mark.parametrize("name", [SCRIPT, SHIM])
def test_programs_are_static(compiled: dict[str, bytes], name: str) -> None:
    """No loader, no library: they run on any libc."""
    kinds = {segment.header.p_type for segment in _elf(compiled[name]).iter_segments()}
    assert not kinds & {"PT_INTERP", "PT_DYNAMIC"}


@pytest.mark.parametrize(("name", "libraries"), [(HOSTNAME, []), (KERNEL, ["libc.so.6"])])
def test_libraries_need_little(compiled: dict[str, bytes], name: str, libraries: list[str]) -> None:
    """And search nowhere else for it than the loader does."""
    tags = _dynamic(compiled[name])
    assert [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"] == libraries
    assert not {tag.entry.d_tag for tag in tags} & {"DT_RPATH", "DT_RUNPATH"}


@pytest.mark.parametrize("name", [SCRIPT, SHIM, HOSTNAME, KERNEL])
def test_nothing_tells_where_it_was_built(compiled: dict[str, bytes], name: str) -> None:
    """Neither the checkout nor the interpreter."""
    for place in (PROJECT, sysconfig.get_config_var("prefix"), Path.home()):
        assert place is None or str(place) == "/" or os.fsencode(place) + b"/" not in compiled[name]


def test_programs_can_be_executed(archive: zipfile.ZipFile) -> None:
    """pip sets the mode of scripts itself; that of the shim comes out of the archive."""
    modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes[SHIM] & 0o111 == 0o111
    assert all(stat.S_IMODE(mode) & 0o444 == 0o444 for mode in modes.values())


def test_what_is_made_by_the_build_and_what_is_read_is_there(archive: zipfile.ZipFile) -> None:
    """The table of profiles, the schema, the mark of types, the man page."""
    names = archive.namelist()
    for name in (
        "core/signals/profile_table.py",
        "config.schema.json",
        "profiles/web.toml",
        "py.typed",
    ):
        assert f"initd/{name}" in names
    assert any(name.endswith("/share/man/man1/initd.1") for name in names)


def _elf(data: bytes) -> Any:
    return ELFFile(io.BytesIO(data))


def _dynamic(data: bytes) -> list[Any]:
    return list(_elf(data).get_section_by_name(".dynamic").iter_tags())
