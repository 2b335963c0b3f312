"""The name stays right while a program starts, has threads, forks and is interrupted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .container import FQDN, SHORT, output
from .programs import Libc, Programs


def test_threads_see_one_name_while_the_environment_moves(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """20,000 setenv against four threads: whoever reads `environ` then crashes."""
    seen = output(programs("setenv_storm", libc), FQDN, preload=library, name=FQDN)
    assert seen == "wrong: 0"


def test_threads_that_look_at_the_same_time_all_see_the_name(
    library: Path, programs: Programs
) -> None:
    """Also when the constructor could keep nothing, and before the first of them has."""
    seen = output(programs("first_look_race"), library, FQDN, name=FQDN)
    assert seen == "wrong: 0"


def test_what_a_program_does_to_its_environment_changes_nothing(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """The bytes were copied at load: no title, no setenv, no clearenv reaches them."""
    seen = output(programs("kept", libc), preload=library, name=FQDN)
    assert {line.partition(": ")[2] for line in seen.splitlines()} == {FQDN}, seen
    assert len(seen.splitlines()) == 5


def test_children_and_handlers_see_the_name(library: Path, programs: Programs, libc: Libc) -> None:
    """fork, vfork, and a timer's signal in the middle of the call."""
    seen = output(programs("children", libc), FQDN, preload=library, name=FQDN)
    assert seen.splitlines() == ["fork: 0", "vfork: 0", "parent: 0", "handler: 0"]


def test_before_libc_has_an_environment_nothing_is_kept(library: Path, programs: Programs) -> None:
    """glibc runs preinit functions before it sets `environ`: the kernel's name then, and
    the right one later."""
    assert output(programs("preinit"), preload=library, name=FQDN) == f"{SHORT} {FQDN}"


def test_the_file_is_asked_even_then(library: Path, programs: Programs) -> None:
    """It needs no environment."""
    assert output(programs("preinit"), preload=library, name_file=FQDN) == f"{FQDN} {FQDN}"


@pytest.mark.parametrize("first", [True, False], ids=["in-front", "behind"])
def test_constructors_of_other_libraries_see_the_name(
    library: Path, programs: Programs, libc: Libc, first: bool
) -> None:
    """In whatever order the loader runs them."""
    other = programs("constructor", libc, "-shared", "-fPIC")
    order = [library, other] if first else [other, library]
    preload = ":".join(map(str, order))
    seen = output(programs("name", libc), preload=preload, name=FQDN)
    assert seen == f"{FQDN}\n{FQDN} {FQDN}"


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


def test_a_program_with_a_static_sanitizer_runs(library: Path, programs: Programs) -> None:
    """A dynamic one refuses to start under any preload."""
    program = programs("name", Libc.GLIBC, "-fsanitize=address", "-static-libasan")
    assert output(program, preload=library, name=FQDN) == f"{FQDN} {FQDN}"
