"""C as C people lay it out: short files, guarded headers, each .c file behind its own header."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "shim").glob("*.[ch]"), *(ROOT / "preload").glob("*.[ch]")])
#: Programs, a library and Python's module have no header: no C calls them.
PROGRAMS = {"launcher.c", "ppidshim.c", "hostname.c", "kernel_binding.c"}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


@each_file
def test_a_c_file_is_short_enough_to_read_in_one_sitting(path: Path) -> None:
    """400 lines at most."""
    assert len(path.read_text().splitlines()) <= 400


@each_file
def test_a_header_is_guarded_and_a_c_file_includes_its_own_first(path: Path) -> None:
    """So that each header has what it needs."""
    text = path.read_text()
    if path.suffix == ".h":
        guard = f"INITD_{path.stem.upper()}_H"
        assert f"#ifndef {guard}\n#define {guard}\n" in text
    elif path.name not in PROGRAMS:
        included = re.findall(r"^#include (\S+)$", text, re.MULTILINE)
        assert included[0] == f'"{path.stem}.h"'


@each_file
def test_the_instruction_of_a_system_call_stands_in_the_headers_for_it(path: Path) -> None:
    """All others call it by name, with types."""
    found = re.search(r'"(syscall|svc #0)"|\bsystem_call\d\(__NR', path.read_text())
    assert bool(found) == (path.name in ("system_call.h", "sys.h", "sys_file.h", "sys_socket.h"))
