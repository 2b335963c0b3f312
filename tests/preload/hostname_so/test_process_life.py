"""The name stays right while a program starts, has threads, forks and is interrupted."""

from __future__ import annotations

import platform
import re
import shutil
from pathlib import Path

import pytest

from .container import FQDN, SHORT, output
from .programs import Libc, Programs


def test_threads_see_one_name_while_the_environment_moves(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """64 threads against 10,000 setenv and a hundred clearenv: whoever reads `environ` then
    crashes."""
    seen = output(programs("setenv_storm", libc), FQDN, preload=library, name=FQDN)
    assert seen == "wrong: 0"


def test_threads_that_look_at_the_same_time_all_see_the_name(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """Also when the constructor could keep nothing, and before the first of them has."""
    words = (library.parent, f"/{library.name}", FQDN)
    assert output(programs("first_look_race", libc), *words, name=FQDN) == "wrong: 0"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="needs its trap flag")
def test_a_first_look_may_be_interrupted_anywhere(library: Path, programs: Programs) -> None:
    """Behind each instruction a handler asks, and a child is forked that asks: who waited
    for the one that looks would wait for ever."""
    program = programs("interrupted", Libc.GLIBC, "-mno-red-zone")
    seen = output(program, library.parent, f"/{library.name}", "w.x", name="w.x")
    found = re.fullmatch(r"instructions: (\d+), wrong: 0", seen)
    assert found, seen
    assert int(found.group(1)) > 100


def test_what_a_program_does_to_its_environment_changes_nothing(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """The bytes were copied at load: no title, no setenv, no clearenv reaches them."""
    seen = output(programs("kept", libc), preload=library, name=FQDN)
    assert {line.partition(": ")[2] for line in seen.splitlines()} == {FQDN}, seen
    assert len(seen.splitlines()) == 4


def test_children_and_handlers_see_the_name(library: Path, programs: Programs, libc: Libc) -> None:
    """fork, vfork, and a timer's signal in the middle of the call."""
    seen = output(programs("children", libc), FQDN, preload=library, name=FQDN)
    assert seen.splitlines() == ["fork: 0", "vfork: 0", "parent: 0", "handler: 0"]


#: So that the variable stands at each place of what is read at a time, across its ends too.
BEFORE = [{"A": "a" * length} for length in range(200, 260, 7)]


@pytest.mark.parametrize("before", [{}, *BEFORE], ids=lambda each: str(len(each.get("A", ""))))
def test_before_libc_has_an_environment_the_kernel_is_asked_for_it(
    library: Path, programs: Programs, before: dict[str, str]
) -> None:
    """glibc runs preinit functions before it sets `environ`."""
    seen = output(programs("preinit"), preload=library, name=FQDN, environment=before)
    assert seen == f"{FQDN} {FQDN}"


def test_where_the_kernel_does_not_say_either_nothing_is_kept(
    library: Path, programs: Programs
) -> None:
    """Without /proc: the kernel's name then, and the right one later."""
    hide = "mount -t tmpfs tmpfs /proc"
    seen = output(programs("preinit"), preload=library, name=FQDN, prepare=hide)
    assert seen == f"{SHORT} {FQDN}"


def test_the_file_is_asked_even_then(library: Path, programs: Programs) -> None:
    """It needs no environment."""
    assert output(programs("preinit"), preload=library, name_file=FQDN) == f"{FQDN} {FQDN}"


@pytest.mark.parametrize("first", [True, False], ids=["in-front", "behind"])
def test_constructors_of_other_libraries_see_the_name(
    library: Path, programs: Programs, libc: Libc, first: bool
) -> None:
    """In whatever order the loader runs them; and destructors."""
    other = programs("constructor", libc, "-shared", "-fPIC")
    order = [library, other] if first else [other, library]
    preload = ":".join(map(str, order))
    seen = output(programs("name", libc), preload=preload, name=FQDN)
    assert seen.splitlines() == [FQDN, f"{FQDN} {FQDN}", FQDN]


def test_constructors_of_the_programs_own_libraries_see_the_name(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """The loader runs them before those of what is preloaded."""
    other = programs("constructor", libc, "-shared", "-fPIC")
    program = programs("name", libc, "-Wl,--no-as-needed", str(other))
    seen = output(program, preload=library, name=FQDN)
    assert seen.splitlines() == [FQDN, f"{FQDN} {FQDN}", FQDN]


@pytest.mark.parametrize("bind", ["1", ""], ids=["immediate", "lazy"])
def test_either_way_of_binding_works(
    library: Path, programs: Programs, libc: Libc, bind: str
) -> None:
    """A symbol that nobody defines would kill the program at its start."""
    seen = output(
        programs("name", libc), preload=library, name=FQDN, environment={"LD_BIND_NOW": bind}
    )
    assert seen == f"{FQDN} {FQDN}"


def test_a_static_program_is_not_disturbed(library: Path, programs: Programs) -> None:
    """It can't be reached: it sees the kernel's name, in silence."""
    seen = output(programs("name", Libc.MUSL, "-static"), preload=library, name=FQDN)
    assert seen == f"{SHORT} {SHORT}"


def test_two_copies_in_one_process_agree(
    library: Path, programs: Programs, libc: Libc, tmp_path: Path
) -> None:
    """LD_PRELOAD names one and /etc/ld.so.preload the other, perhaps."""
    copy = shutil.copy(library, tmp_path / "copy.so")
    seen = output(programs("name", libc), preload=f"{library}:{copy}", name=FQDN)
    assert seen == f"{FQDN} {FQDN}"


@pytest.mark.parametrize("sanitizer", ["address", "undefined"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("name", ()),
        ("every_length", ()),
        ("kept", ()),
        ("setenv_storm", (FQDN,)),
        ("children", (FQDN,)),
        ("preinit", ()),
    ],
)
def test_a_program_with_a_static_sanitizer_finds_nothing(
    library: Path, programs: Programs, sanitizer: str, name: str, words: tuple[str, ...]
) -> None:
    """It says what the same program says without. A dynamic one refuses to start under any
    preload."""
    short = {"address": "asan", "undefined": "ubsan"}[sanitizer]
    flags = (f"-fsanitize={sanitizer}", f"-static-lib{short}", "-fno-sanitize-recover=all")
    seen = output(programs(name, Libc.GLIBC, *flags), *words, preload=library, name=FQDN)
    assert seen == output(programs(name), *words, preload=library, name=FQDN)
