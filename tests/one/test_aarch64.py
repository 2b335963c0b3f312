"""The one file for AArch64, cross-built and under an emulator: on its own, and as pid 1 of an
image for AArch64."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .image import AARCH64, FILE, ROOT, SECONDS, EmulatedImage, Running, free_port, works

pytestmark = pytest.mark.skipif(not AARCH64.exists(), reason="make one-aarch64 has not been run")
BUILT = AARCH64.parent / "one"
SYSROOT = ROOT / "build" / "one-inputs-aarch64" / "sysroot"
LIBC = Path("/usr/aarch64-linux-gnu/lib")
LARGEST_PAGE = 65536
GREETING = re.compile(r"pid \d+ of \d+, uid 0 gid 0, .*")
#: binfmt_misc in a user namespace.
emulates_what_is_executed = pytest.mark.skipif(
    tuple(map(int, re.findall(r"\d+", platform.release())[:2])) < (6, 7), reason="Linux before 6.7"
)


def emulated(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Without an image: the emulator hands on what the program executes to the machine itself."""
    command = ["qemu-aarch64", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=2 * SECONDS, env={})


def readelf(*words: str | Path) -> str:
    done = subprocess.run(["readelf", *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def image(tmp_path: Path) -> EmulatedImage:
    """Nothing but the file and a static app."""
    return EmulatedImage(tmp_path / "root", "-static")


@pytest.fixture
def glibc(tmp_path: Path) -> EmulatedImage:
    """An app that glibc's loader starts, and a program by which init sees what that loader does."""
    image = EmulatedImage(tmp_path / "root")
    for name in ("bin", "lib"):
        (image.root / name).mkdir()
    true = ["aarch64-linux-gnu-gcc", "-x", "c", "-", "-o", str(image.root / "bin" / "true")]
    subprocess.run(true, input=b"int main(void) { return 0; }", check=True)
    for name in ("ld-linux-aarch64.so.1", "libc.so.6"):
        shutil.copy(LIBC / name, image.root / "lib" / name)
    (image.root / "usr" / "local" / "lib").mkdir(parents=True)
    return image


# ---- the file -------------------------------------------------------------------------------


def test_it_is_a_static_program_for_aarch64() -> None:
    headers = readelf("--file-header", "--program-headers", "--dynamic", AARCH64)
    assert re.search(r"Machine: +AArch64", headers)
    assert re.search(r"Type: +EXEC", headers)
    assert "INTERP" not in headers
    assert "There is no dynamic section in this file." in headers


def test_kernels_with_pages_of_64_kib_can_map_it() -> None:
    """Each segment lies in pages of its own, at the same place in its page as in the file."""
    lines = readelf("--segments", "--wide", AARCH64).splitlines()
    segments = [
        [int(word, 16) for word in re.findall("0x[0-9a-f]+", line)]
        for line in lines
        if line.startswith("  LOAD")
    ]
    assert len(segments) > 1
    end = 0
    for offset, address, _, _, size, alignment in segments:
        assert alignment >= LARGEST_PAGE
        assert (address - offset) % LARGEST_PAGE == 0
        assert address // LARGEST_PAGE >= end
        end = -(-(address + size) // LARGEST_PAGE)


def test_its_stack_cannot_be_executed() -> None:
    assert re.search(r"GNU_STACK .* RW +0x", readelf("--segments", "--wide", AARCH64))


def test_its_c_library_is_the_one_that_debian_keeps_secure() -> None:
    """Not a cross compiler's own, which is as old as that compiler's package."""
    archives = {
        Path(name) for name in re.findall(r"^(/?\S+\.a)\(", (BUILT / "initd.map").read_text(), re.M)
    }
    foreign = {
        path.name for path in archives if not (ROOT / path).resolve().is_relative_to(ROOT / "build")
    }
    assert SYSROOT / "usr" / "lib" / "aarch64-linux-gnu" / "libc.a" in {
        (ROOT / path).resolve() for path in archives
    }
    assert foreign <= {"libgcc.a", "libgcc_eh.a"}


def test_another_build_has_the_same_bytes(tmp_path: Path) -> None:
    """In another directory, too."""
    build = ["/usr/bin/python3.11", "-I", "-X", "no_debug_ranges", "onefile/build.py"]
    subprocess.run(
        [*build, "aarch64", "build/one-inputs", str(tmp_path / "initd")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "initd").read_bytes() == AARCH64.read_bytes()


# ---- on its own -----------------------------------------------------------------------------


def test_every_module_within_can_be_imported() -> None:
    done = emulated(BUILT / "import-all")
    assert (done.stderr, done.returncode) == ("", 0), done.stdout


@pytest.mark.parametrize("page_size", ["4096", "65536"])
def test_the_same_is_within_as_in_the_file_for_this_machine(page_size: str) -> None:
    """But for the library of the compiler, which is another one for another machine."""
    said = emulated("-p", page_size, AARCH64, "--version")
    here = subprocess.run([FILE, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[0].startswith("initd "), said
    assert _but_for_the_compiler(said.stdout) == _but_for_the_compiler(here.stdout)


def _but_for_the_compiler(version: str) -> tuple[int, list[str]]:
    """How many lines name one, and all other lines."""
    lines = version.splitlines()
    others = [line for line in lines if not line.startswith("libgcc-")]
    return len(lines) - len(others), others


def test_it_checks_a_configuration(tmp_path: Path) -> None:
    config = tmp_path / "initd.toml"
    config.write_text('command = ["true"]\nstop = "FOO"\n')
    assert emulated(AARCH64, "check", "--", "true").returncode == 0
    done = emulated(AARCH64, "check", "--config", config)
    assert done.stderr == f"initd: {config}:2, stop: expected a table, got 'FOO'\n"
    assert done.returncode == 125


def test_health_is_answered_without_an_interpreter() -> None:
    """Where nobody listens."""
    done = emulated(AARCH64, "health", "--socket", "/no/such")
    wanted = "unhealthy: no init answers: /no/such: no such file or directory\n"
    assert (done.returncode, done.stdout) == (1, wanted)


# ---- as pid 1 of an image ---------------------------------------------------------------------


@emulates_what_is_executed
def test_everything_that_init_does(image: EmulatedImage) -> None:
    """Tree, health, status, HTTP, metrics, checks and stop."""
    port = free_port()
    options = ["--http", f"127.0.0.1:{port}"]
    options += ["--check", "runs exec timeout=30 -- /initd --version"]
    options += ["--check", f"answers tcp 127.0.0.1:{port} timeout=30"]
    options += ["--check", f"page http http://127.0.0.1:{port}/livez timeout=30"]
    with Running(image, "/initd", *options, "--", "/app", "wait") as running:
        assert GREETING.match(running.greeting), running.log()
        works(running, port)


@emulates_what_is_executed
@pytest.mark.parametrize("name", ["initd", "tini", "docker-init"])
def test_an_app_alone_with_the_file(name: str, image: EmulatedImage) -> None:
    if name != "initd":
        (image.root / name).symlink_to("initd")
    done = image.run(f"/{name}", "--", "/app")
    assert GREETING.match(done.stdout), done
    assert done.returncode == 7


@emulates_what_is_executed
def test_by_the_name_of_the_shim(image: EmulatedImage) -> None:
    (image.root / "ppidshim").symlink_to("initd")
    assert "internal program, run by initd" in image.run("/ppidshim").stderr


@emulates_what_is_executed
def test_an_app_that_a_plan_started_is_adopted(image: EmulatedImage) -> None:
    with Running(image, "/initd", "--", "/app", "wait") as running:
        compiled = running.verb("compile", "--", "/app")
        assert compiled.returncode == 0, compiled
    done = image.run("/initd", "--", "/app")
    assert GREETING.match(done.stdout), done
    assert done.returncode == 7
    assert "plan." not in done.stderr


@emulates_what_is_executed
def test_programs_of_the_image_see_the_chosen_host_name(glibc: EmulatedImage) -> None:
    """By the library that it writes to where it can be executed."""
    done = glibc.run("/initd", "--hostname", "web1.example.org", "--", "/app")
    assert done.stdout.endswith("host web1.example.org\n"), done


@emulates_what_is_executed
def test_the_library_is_installed_for_aarch64(glibc: EmulatedImage) -> None:
    done = glibc.run("/initd", "preload", "install")
    assert done.returncode == 0, done
    library = glibc.root / "usr" / "local" / "lib" / "initd" / "native" / "hostname.so"
    assert re.search(r"Machine: +AArch64", readelf("--file-header", library))
    assert (glibc.root / "etc" / "ld.so.preload").read_text().strip() == "/" + str(
        library.relative_to(glibc.root)
    )
