"""The gate at the end of the build: it passes the object, and stops what would do harm."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = "-shared -fPIC -nostdlib -s -Wl,-z,now,-z,noseparate-code,--hash-style=both"

#: Enough to be let through: the three functions.
SOURCE = """
#include <stddef.h>
int gethostname(char *buffer, size_t size) { return buffer && size; }
int __gethostname_chk(char *buffer, size_t size, size_t object) { return buffer && size < object; }
"""
UNAME = "int uname(void *system) { return system != 0; }\n"

#: What is wrong: more source, more flags, what the gate says.
HARMFUL = {
    "a library": ("", "-Wl,--no-as-needed -lc", "NEEDED"),
    "a path": ("", "-Wl,-rpath,/elsewhere", "RUNPATH"),
    "an old path": ("", "-Wl,--disable-new-dtags,-rpath,/elsewhere", "RPATH"),
    "a strong symbol": ("int puts(char *); int *f(void) { return (int *)puts; }", "", "puts is un"),
    "a weak symbol": (
        "__attribute__((weak)) int puts(char *); int *f(void) { return (int *)puts; }",
        "",
        "puts is referenced",
    ),
    "a fourth function": ("int getpid(void) { return 1; }", "", "getpid is exported"),
    "a variable": ("int hostname = 1;", "", "hostname is exported"),
    "storage of threads": ("static __thread int t; int *f(void) { return &t; }", "", "TLS"),
    "a stack with code": ("", "-Wl,-z,execstack", "an executable stack"),
    "late binding": ("", "-Wl,-z,lazy", "without BIND_NOW"),
    "one hash alone": ("", "-Wl,--hash-style=gnu", "without HASH"),
    "the other alone": ("", "-Wl,--hash-style=sysv", "without GNU_HASH"),
    "size": (
        "static const char much[9000] = {1}; const char *f(void) { return much; }",
        "",
        "byte",
    ),
    "writable code": ("", "-Wl,--omagic", "writable and executable"),
}

Compile = Callable[..., Path]
Complaints = Callable[[bytes], list[str]]


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """An object from text."""

    def compile_text(text: str, flags: str) -> Path:
        source, target = tmp_path / "object.c", tmp_path / "object.so"
        source.write_text(text)
        command = ["gcc", "-O1", *GOOD.split(), *flags.split(), str(source), "-o", str(target)]
        # Libraries follow what needs them.
        subprocess.run([*command, *(f for f in flags.split() if f.startswith("-l"))], check=True)
        return target

    return compile_text


def test_the_gate_lets_the_object_through(complaints: Complaints, library: Path) -> None:
    """It is the build's last step: a build that ends well has passed."""
    assert complaints(library.read_bytes()) == []


def test_the_gate_lets_an_object_through_that_harms_nobody(
    complaints: Complaints, compiled: Compile
) -> None:
    """So that what it says below is about the one thing that is different."""
    assert complaints(compiled(SOURCE + UNAME, "").read_bytes()) == []


@pytest.mark.parametrize(
    ("text", "flags", "complaint"),
    HARMFUL.values(),
    ids=[each.replace(" ", "-") for each in HARMFUL],
)
def test_the_gate_stops_harm(
    complaints: Complaints, compiled: Compile, text: str, flags: str, complaint: str
) -> None:
    """Each by its name."""
    found = complaints(compiled(SOURCE + UNAME + text, flags).read_bytes())
    assert any(complaint in each for each in found), found


def test_the_gate_stops_a_version_node(
    complaints: Complaints, compiled: Compile, tmp_path: Path
) -> None:
    """glibc ignores a function with a version that the program did not ask for."""
    versions = tmp_path / "versions"
    versions.write_text("V1 { global: gethostname; uname; __gethostname_chk; local: *; };")
    object_ = compiled(SOURCE + UNAME, f"-Wl,--version-script={versions}")
    assert any("VERDEF" in each for each in complaints(object_.read_bytes()))


def test_the_gate_misses_a_function(complaints: Complaints, compiled: Compile) -> None:
    """Two are not three."""
    assert "uname is not exported" in complaints(compiled(SOURCE, "").read_bytes())


@pytest.mark.parametrize("length", [0, 5, 30, 64, 300, 1000, 3000, 4200, -1])
def test_what_was_cut_short_does_not_pass(
    complaints: Complaints, library: Path, length: int
) -> None:
    """And is a complaint, never a traceback."""
    assert complaints(library.read_bytes()[:length])


def test_a_compiler_that_makes_a_harmful_object_ends_the_build(
    preload_module: Callable[..., None], clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """What CC adds can't be taken back by what stands behind it."""
    target = tmp_path / "hostname.so"
    target.write_text("the old one")
    hostile = {"CC": "gcc -Wl,-rpath,/elsewhere"}
    with pytest.raises(RuntimeError, match="RUNPATH"):
        preload_module("preload.build", target, environment=clean_environment | hostile)
    assert target.read_text() == "the old one"
