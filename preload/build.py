"""Compiles hostname.so, by cffi's build machinery: `python -m preload.build OUTPUT`.

That machinery makes extension modules of Python: named after the interpreter, with
an init function to export, and compiled with the interpreter's own flags and those of
the environment. This object is loaded into every program of a container, so none of
that may get in: the result depends on the sources and the compiler alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from setuptools import Distribution  # first: it puts its own distutils in place
from setuptools.command.build_ext import build_ext

from cffi import ffiplatform  # isort: skip

from preload.gate import complaints

SOURCE = Path(__file__).parent / "hostname.c"

WARNINGS = "-std=c11 -Wall -Wextra -Werror -Wshadow -Wconversion".split()

#: No C library: no stack protector (its canary is in libc's TLS), no loop turned into
#: the call of the function that holds it, nothing that a sanitizer or profiler adds.
COMPILE = (
    "-Os -g0 -ffreestanding -fno-builtin -fno-stack-protector -U_FORTIFY_SOURCE -fno-lto"
    " -fno-sanitize=all -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables"
    " -fno-unwind-tables -fvisibility=hidden"
).split()

#: Both hash styles: older loaders know one of them. One segment less to map for each
#: process (noseparate-code). An undefined name that is not weak is an error (defs).
#: No RELRO: two system calls and a page less for each process, a quarter of what the library
#: costs, and 60 KB less of file on AArch64. What stays writable are the addresses of four
#: functions that are called once, on failure, or never; libc's own are worth more.
LINK = (
    "-nostdlib -fno-sanitize=all -fno-lto -s"
    " -Wl,-z,defs,-z,now,-z,norelro,-z,noexecstack,-z,noseparate-code"
    " -Wl,--hash-style=both,--build-id=none"
).split()

#: One object without these marks and the loader turns the protection off for its
#: process. On AArch64 the compiler would call libgcc for an atomic, which needs libc.
MACHINES = {
    "x86_64": ["-fcf-protection=full"],
    "aarch64": ["-mbranch-protection=standard", "-mno-outline-atomics"],
}

#: The linker puts a path from the first into the object; the compiler writes to the others.
_TOOLS_VARIABLES = ("LD_RUN_PATH", "DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES")


class _PlainObject(build_ext):
    """A shared object, without what would make it an extension module."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.include_dirs, self.library_dirs, self.rpath = [], [], []

    def get_ext_filename(self, fullname: str) -> str:
        return f"{fullname}.so"

    def get_libraries(self, ext: object) -> list[str]:
        return []

    def get_export_symbols(self, ext: object) -> list[str]:
        return []

    def build_extensions(self) -> None:
        # Instead of the interpreter's compiler, CFLAGS, CPPFLAGS, LDSHARED and LDFLAGS.
        compiler = _compiler()
        self.compiler.set_executables(
            compiler_so=[*compiler, "-fPIC"], linker_so=[*compiler, "-shared"]
        )
        super().build_extensions()


def build(target: Path, *, extra_cflags: Sequence[str] = ()) -> Path:
    """Compiles to `target`, which at every moment is absent, the old object or the new.

    Raises ValueError if the compiler makes an object that must not be preloaded: CC may be a
    wrapper that adds flags.
    """
    with tempfile.TemporaryDirectory() as folder, _without(_TOOLS_VARIABLES):
        built = _compile(folder, extra_cflags)
        if found := "; ".join(complaints(built.read_bytes())):
            raise ValueError(
                f"CC={' '.join(_compiler())} makes an object that must not be preloaded: {found}"
            )
        install(built, target)
    return target


def install(built: Path, target: Path) -> None:
    """By rename: a program that loaded half a library would crash."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as beside:
        try:
            beside.write(built.read_bytes())
            beside.flush()
            shutil.copymode(built, beside.name)
            os.replace(beside.name, target)
        except BaseException:
            os.unlink(beside.name)
            raise


def _compile(folder: str, extra_cflags: Sequence[str]) -> Path:
    extension = ffiplatform.get_extension(  # type: ignore[no-untyped-call]
        str(SOURCE),
        "hostname",
        # They come last on the command line, and the last flag counts.
        extra_compile_args=[*WARNINGS, *COMPILE, *_machine_flags(), *extra_cflags],
        extra_link_args=LINK,
    )
    distribution = Distribution({"name": "hostname", "ext_modules": [extension]})
    command = _PlainObject(distribution)
    command.build_lib = command.build_temp = folder
    command.force = True
    command.ensure_finalized()
    command.run()
    return Path(command.get_outputs()[0])


def _compiler() -> list[str]:
    return os.environ.get("CC", "cc").split()


def _machine_flags() -> list[str]:
    """Those of the machine that the compiler makes objects for."""
    asked = subprocess.run(
        [*_compiler(), "-dumpmachine"], check=True, capture_output=True, text=True
    )
    return MACHINES.get(asked.stdout.partition("-")[0], [])


@contextmanager
def _without(names: Sequence[str]) -> Iterator[None]:
    removed = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(removed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m preload.build OUTPUT")
    try:
        build(Path(sys.argv[1]))
    except ValueError as error:
        sys.exit(str(error))
