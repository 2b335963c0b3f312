"""Every byte that the functions leave behind is what the program's own libc would leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from .container import FQDN, output, run
from .programs import Libc, Programs

NAMES = ["w", FQDN, "a" * 63, "b" * 60 + ".org"]
#: 0 to 300 and (size_t)-1.
LENGTHS = 302

libc_and_name = pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{len(name)}-characters")


def _without_checked(text: str) -> str:
    """musl has no such function: there is nothing to compare the library's with."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("checked"))


@pytest.fixture
def program(programs: Programs, libc: Libc) -> Path:
    """programs/every_length.c."""
    return programs("every_length", libc)


@libc_and_name
def test_the_variables_name_is_told_as_libc_tells_the_kernels(
    library: Path, program: Path, libc: Libc, name: str
) -> None:
    """Each length and uname's structure, against the real functions where the kernel has
    the same name."""
    real = output(program, kernel_name=name)
    lines = real.splitlines()
    assert len(lines) == {Libc.GLIBC: 3, Libc.MUSL: 1}[libc] * LENGTHS + 1
    assert lines[-1].startswith("uname ")
    seen = output(program, preload=library, name=name)
    assert (seen if libc is Libc.GLIBC else _without_checked(seen)) == real


@libc_and_name
def test_the_files_name_is_told_as_libc_tells_the_kernels(
    library: Path, program: Path, name: str
) -> None:
    """The same, from /run/initd/hostname."""
    real = output(program, preload=library, name=name)
    assert output(program, preload=library, name_file=f"{name}\n") == real


@libc_and_name
def test_without_variable_and_file_nothing_changes(library: Path, program: Path, name: str) -> None:
    """Not a byte."""
    real = output(program, kernel_name=name)
    seen = output(program, preload=library, kernel_name=name)
    assert _without_checked(seen) == _without_checked(real)


@libc_and_name
def test_the_checked_function_leaves_what_the_plain_one_leaves(
    library: Path, program: Path, name: str
) -> None:
    """Under musl too, where there is no other to compare with."""
    lines = output(program, preload=library, name=name).splitlines()
    plain = [line for line in lines if line.startswith("gethostname ")]
    assert len(plain) == LENGTHS
    for kind in ("checked", "checked, any"):
        found = [line for line in lines if line.startswith(f"{kind} ")]
        assert [line.replace(kind, "gethostname", 1) for line in found] == plain


def test_a_short_name_leaves_no_rest_of_a_long_one(library: Path, program: Path) -> None:
    """uname's field is zero to its end, as the kernel leaves it."""
    real = _without_checked(output(program, kernel_name="w"))
    seen = output(program, preload=library, name="w", kernel_name="k" * 64)
    assert _without_checked(seen) == real


@pytest.mark.parametrize("name", [FQDN, None], ids=["named", "kernel"])
def test_no_pointer_crashes_that_a_program_may_hold_by_mistake(
    library: Path, programs: Programs, libc: Libc, name: str | None
) -> None:
    """gethostname(NULL, 10) crashes both libcs. What they survive ends here as it does there."""
    program = programs("bad_buffers", libc)
    real = output(program, "libc")
    assert output(program, preload=library, name=name).splitlines() == [
        "gethostname(NULL, 1): -1 EFAULT",
        "gethostname(NULL, 10): -1 EFAULT",
        "gethostname(NULL, 256): -1 EFAULT",
        "gethostname(NULL, -1): -1 EFAULT",
        "checked(NULL, 10): -1 EFAULT",
        *real.splitlines(),
    ]
    assert real.splitlines()[1:] == ["uname(NULL): -1 EFAULT", "uname(8): -1 EFAULT"]


def test_a_fortified_program_sees_the_name(library: Path, programs: Programs) -> None:
    """It calls __gethostname_chk, and not gethostname."""
    program = programs("fortified", Libc.GLIBC, "-O2", "-D_FORTIFY_SOURCE=2")
    assert b"__gethostname_chk" in program.read_bytes()
    assert output(program, "32", preload=library, name=FQDN) == FQDN


def test_a_fortified_program_dies_of_a_length_over_its_object(
    library: Path, programs: Programs
) -> None:
    """As without the library: by libc's own hand and with its message."""
    program = programs("fortified", Libc.GLIBC, "-O2", "-D_FORTIFY_SOURCE=2")
    real = run(program, "33")
    done = run(program, "33", preload=library, name=FQDN)
    assert real.returncode == -6, real
    assert "buffer overflow detected" in real.stderr
    assert (done.returncode, done.stdout, done.stderr) == (-6, "", real.stderr)


def test_the_checked_function_answers_under_either_libc(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """A length that fits is gethostname's."""
    program = programs("checked", libc)
    assert output(program, "32", preload=library, name=FQDN) == FQDN


def test_a_length_over_the_object_aborts_under_either_libc(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """musl has no __chk_fail: the library kills by itself, though SIGABRT is blocked and
    ignored."""
    done = run(programs("checked", libc), "33", preload=library, name=FQDN)
    assert (done.returncode, done.stdout) == (-6, ""), done
