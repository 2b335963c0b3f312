"""Every byte that the functions leave behind is what the program's own libc would leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from .container import output, run
from .programs import Libc, Programs

NAMES = ["w", "web1.example.org", "a" * 63, "b" * 60 + ".org"]
EVERY_LENGTH = 81

libc_and_name = pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{len(name)}-characters")


@libc_and_name
def test_the_variables_name_is_told_as_libc_tells_the_kernels(
    library: Path, programs: Programs, libc: Libc, name: str
) -> None:
    """Lengths 0 to 80 and uname's structure, against the real functions where the kernel
    has the same name."""
    program = programs("every_length", libc)
    real = output(program, kernel_name=name)
    assert len(real.splitlines()) == EVERY_LENGTH + 1
    assert output(program, preload=library, name=name) == real


@libc_and_name
def test_the_files_name_is_told_as_libc_tells_the_kernels(
    library: Path, programs: Programs, libc: Libc, name: str
) -> None:
    """The same, from /run/initd/hostname."""
    program = programs("every_length", libc)
    real = output(program, kernel_name=name)
    assert output(program, preload=library, name_file=f"{name}\n") == real


@libc_and_name
def test_without_variable_and_file_nothing_changes(
    library: Path, programs: Programs, libc: Libc, name: str
) -> None:
    """Not a byte."""
    program = programs("every_length", libc)
    real = output(program, kernel_name=name)
    assert output(program, preload=library, kernel_name=name) == real


def test_a_short_name_leaves_no_rest_of_a_long_one(library: Path, programs: Programs) -> None:
    """uname's field is zero to its end, as the kernel leaves it."""
    program = programs("every_length")
    real = output(program, kernel_name="w")
    assert output(program, preload=library, name="w", kernel_name="k" * 64) == real


@pytest.mark.parametrize("name", ["web1.example.org", None], ids=["named", "kernel"])
def test_no_pointer_crashes_where_the_kernel_answers(
    library: Path, programs: Programs, libc: Libc, name: str | None
) -> None:
    """gethostname(NULL, 10) crashes both libcs. Length 0 is each libc's own matter."""
    nothing = {Libc.GLIBC: "-1 ENAMETOOLONG", Libc.MUSL: "0 0"}[libc]
    done = run(programs("bad_buffers", libc), preload=library, name=name)
    assert done.stdout.splitlines() == [
        "gethostname(NULL, 10): -1 EFAULT",
        "gethostname(NULL, 256): -1 EFAULT",
        f"gethostname(NULL, 0): {nothing}",
        "uname(NULL): -1 EFAULT",
        "uname(8): -1 EFAULT",
    ], done


def test_a_fortified_program_sees_the_name(library: Path, programs: Programs) -> None:
    """It calls __gethostname_chk, and not gethostname."""
    program = programs("fortified", Libc.GLIBC, "-O2", "-D_FORTIFY_SOURCE=2")
    assert b"__gethostname_chk" in program.read_bytes()
    assert output(program, "32", preload=library, name="web1.example.org") == "web1.example.org"


def test_a_fortified_program_dies_of_a_length_over_its_object(
    library: Path, programs: Programs
) -> None:
    """As without the library: by libc's own hand and with its message."""
    program = programs("fortified", Libc.GLIBC, "-O2", "-D_FORTIFY_SOURCE=2")
    real = run(program, "33")
    done = run(program, "33", preload=library, name="web1.example.org")
    assert real.returncode == -6, real
    assert "buffer overflow detected" in real.stderr
    assert (done.returncode, done.stdout, done.stderr) == (-6, "", real.stderr)


def test_the_checked_function_answers_under_either_libc(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """A length that fits is gethostname's."""
    program = programs("checked", libc)
    assert output(program, "32", preload=library, name="web1.example.org") == "web1.example.org"


def test_a_length_over_the_object_aborts_under_either_libc(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """musl has no __chk_fail: the library kills by itself, though SIGABRT is blocked and
    ignored."""
    done = run(programs("checked", libc), "33", preload=library, name="web1.example.org")
    assert (done.returncode, done.stdout) == (-6, ""), done
