"""AArch64, and programs of another machine than the library's, which it leaves alone."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .container import FQDN, SHORT, output, run
from .programs import Machine, Programs

#: Runs a program of AArch64 on any machine; its own loader finds that machine's libc here.
EMULATED = ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu")


@pytest.fixture(scope="module")
def aarch64(
    preload_module: Callable[..., None],
    clean_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """hostname.so for AArch64, by the same build."""
    target = tmp_path_factory.mktemp("aarch64") / "hostname.so"
    compiler = {"CC": "aarch64-linux-gnu-gcc"}
    preload_module("preload.build", target, environment=clean_environment | compiler)
    return target


def emulated(program: Path, *words: str, **variables: str) -> tuple[str | Path, ...]:
    """The emulator itself is a program: what it is given for its guest is not for it."""
    given = [word for name, value in variables.items() for word in ("-E", f"{name}={value}")]
    return (*EMULATED, *given, program, *words)


def test_the_object_for_aarch64_passes_the_gate(
    complaints: Callable[[bytes], list[str]], aarch64: Path
) -> None:
    """And is for that machine: 183 in its header (elf.h)."""
    data = aarch64.read_bytes()
    assert complaints(data) == []
    assert int.from_bytes(data[18:20], "little") == 183
    notes = subprocess.run(["readelf", "--notes", aarch64], check=True, capture_output=True)
    assert b"BTI, PAC" in notes.stdout  # or the loader turns them off for the whole process


def test_programs_of_aarch64_see_the_name(aarch64: Path, programs: Programs) -> None:
    """From the variable, from the file, and the kernel's without either."""
    program = programs("name", Machine.AARCH64)
    with_library = {"LD_PRELOAD": str(aarch64)}
    named = emulated(program, **with_library, INITD_HOSTNAME=FQDN)
    assert output(*named) == f"{FQDN} {FQDN}"
    assert output(*emulated(program, **with_library), name_file=FQDN) == f"{FQDN} {FQDN}"
    assert output(*emulated(program, **with_library)) == f"{SHORT} {SHORT}"


@pytest.mark.parametrize("name", ["w", "b" * 60 + ".org"], ids=len)
def test_on_aarch64_each_byte_is_as_libc_leaves_it(
    aarch64: Path, programs: Programs, name: str
) -> None:
    """test_lengths, of that machine."""
    program = programs("every_length", Machine.AARCH64)
    seen = output(*emulated(program, LD_PRELOAD=str(aarch64), INITD_HOSTNAME=name))
    assert seen == output(*emulated(program), kernel_name=name)


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("children", (FQDN,), ["fork: 0", "vfork: 0", "parent: 0", "handler: 0"]),
        ("setenv_storm", (FQDN,), ["wrong: 0"]),
    ],
)
def test_on_aarch64_threads_children_and_handlers_see_the_name(
    aarch64: Path, programs: Programs, name: str, words: tuple[str, ...], expected: list[str]
) -> None:
    """Its atomics are others, and its memory is less in order."""
    program = programs(name, Machine.AARCH64)
    place = {"LD_PRELOAD": str(aarch64), "INITD_HOSTNAME": FQDN}
    assert output(*emulated(program, *words, **place)).splitlines() == expected


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 runs such programs")
def test_a_program_of_32_bits_runs_and_sees_the_kernels_name(library: Path, tmp_path: Path) -> None:
    """glibc's loader says one line that it ignores the object."""
    program = tmp_path / "other_machine"
    source = Path(__file__).parent / "programs" / "other_machine.c"
    flags = "-m32 -O1 -nostdlib -no-pie -Wl,-rpath-link,/lib32,-dynamic-linker,/lib/ld-linux.so.2"
    command = ["gcc", *flags.split(), "-w", str(source), "/lib32/libc.so.6", "-o", str(program)]
    subprocess.run(command, check=True)
    assert output(program) == SHORT
    done = run(program, preload=library, name=FQDN)
    assert (done.returncode, done.stdout) == (0, f"{SHORT}\n")
    (line,) = done.stderr.splitlines()
    assert "wrong ELF class" in line
    assert line.endswith("ignored.")


def test_a_program_of_another_processor_runs_and_sees_the_kernels_name(
    library: Path, aarch64: Path, programs: Programs
) -> None:
    """Either way round."""
    guest = emulated(programs("name", Machine.AARCH64), LD_PRELOAD=str(library))
    for done in (
        run(*guest, name=FQDN),
        run(programs("name"), preload=aarch64, name=FQDN),
    ):
        assert (done.returncode, done.stdout) == (0, f"{SHORT} {SHORT}\n"), done
        (line,) = done.stderr.splitlines()
        assert line.endswith("ignored.")
