"""What the file may hold that is mapped into every process of a container."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

EXPORTED = {"gethostname", "uname", "__gethostname_chk"}
#: Each exists in glibc, musl or both, and the object works where it does not.
WEAK = {
    "__chk_fail",
    "__errno_location",
    "environ",
    "getauxval",
    "gnu_get_libc_version",
}


def readelf(what: str, library: Path) -> str:
    command = ["readelf", "--wide", what, str(library)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def symbols(library: Path) -> list[list[str]]:
    """Rows of the dynamic symbol table: number, value, size, type, bind, visibility, section,
    name."""
    rows = [line.split() for line in readelf("--dyn-syms", library).splitlines()]
    return [row for row in rows if len(row) == 8 and row[0] != "Num:"]


@pytest.fixture(scope="module")
def segments(library: Path) -> dict[str, str]:
    """Program headers by type; the last of its type."""
    rows = [line.split(maxsplit=1) for line in readelf("--segments", library).splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 2 and row[0].isupper()}


def test_three_functions_are_exported_and_nothing_else(symbols: list[list[str]]) -> None:
    """A fourth name would stand in front of a function of some program."""
    assert {row[7] for row in symbols if row[6] != "UND"} == EXPORTED
    assert {row[3] for row in symbols if row[6] != "UND"} == {"FUNC"}  # no IFUNC, no object


def test_every_undefined_symbol_is_weak(symbols: list[list[str]]) -> None:
    """A strong one kills each program in whose libc it is missing."""
    undefined = {row[7]: row[4] for row in symbols if row[6] == "UND"}
    assert undefined == dict.fromkeys(WEAK, "WEAK")


@pytest.mark.parametrize("tag", ["NEEDED", "RPATH", "RUNPATH", "TEXTREL", "VERNEED", "VERDEF"])
def test_the_object_asks_for_no_library_path_or_version(library: Path, tag: str) -> None:
    """A musl library stops glibc programs, and the other way round."""
    assert f"({tag})" not in readelf("--dynamic", library)


@pytest.mark.parametrize("tag", ["HASH", "GNU_HASH"])
def test_both_hash_tables_are_there(library: Path, tag: str) -> None:
    """Old musl and some tools know only the one, some distributions only the other."""
    assert f"({tag})" in readelf("--dynamic", library)


def test_everything_is_bound_at_load(library: Path) -> None:
    """A lazy binding would be made under the loader's lock, in a signal handler perhaps."""
    assert "BIND_NOW" in readelf("--dynamic", library)


def test_there_is_no_thread_local_storage(segments: dict[str, str]) -> None:
    """It would cost each thread of each program, and static TLS may run out."""
    assert "TLS" not in segments


def test_the_stack_stays_not_executable(segments: dict[str, str]) -> None:
    """One object that wants it otherwise makes the whole process's stack executable."""
    assert segments["GNU_STACK"].split()[5] == "RW"


def test_each_process_has_one_page_of_its_own_for_it(library: Path) -> None:
    """One segment of code, which all share, and one that is written to; not a page more."""
    rows = [row.split() for row in readelf("--segments", library).splitlines()]
    code, data = (row for row in rows if row and row[0] == "LOAD")
    assert (code[6:8], data[6]) == (["R", "E"], "RW")
    first, size = int(data[2], 16), int(data[5], 16)
    assert first // 4096 == (first + size - 1) // 4096


def test_the_processors_protection_of_jumps_stays_on(library: Path) -> None:
    """The loader turns it off for the process when one object lacks the mark."""
    marks = {"x86_64": "IBT, SHSTK", "aarch64": "BTI"}[platform.machine()]
    assert marks in readelf("--notes", library)


def test_it_is_small(library: Path) -> None:
    """8 KiB."""
    assert library.stat().st_size < 8192


def test_it_tells_nothing_of_the_machine_that_built_it(library: Path, source: Path) -> None:
    """No path, no compiler's flags, no debugging sections."""
    assert str(source.parent).encode() not in library.read_bytes()
    assert ".debug" not in readelf("--sections", library)
    assert ".symtab" not in readelf("--sections", library)
