"""The parts of the build that pyproject.toml can't say: three C programs, one table.

initd (the script)              shim/launcher.c and its parts, static
initd/native/ppidshim           shim/ppidshim.c and its parts, static
initd/native/hostname.so        preload/hostname.c, needs no libc
initd/linux/_hostname_binding.py   the same for Python: cffi, no C
initd/linux/_kernel.abi3.so     shim/kernel_binding.c, kernel_*.c and process_title.c
initd/core/signals/profile_table.py     initd/profiles, so that pid 1 parses no TOML
"""

from __future__ import annotations

import sys
from pathlib import Path

from setuptools import Extension, setup  # first: it puts its own distutils in place  # isort: skip
from distutils.command.build_scripts import build_scripts  # isort: skip
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from preload.binding import write_binding  # noqa: E402
from preload.build import build as build_preload  # noqa: E402
from shim.build import compile_program  # noqa: E402
from shim.profile_table import write_profile_table  # noqa: E402


class BuildPackage(build_py):
    """The package, with what is compiled into it."""

    def run(self) -> None:
        super().run()
        package = Path(self.build_lib) / "initd"
        compile_program("ppidshim", package / "native" / "ppidshim")
        build_preload(package / "native" / "hostname.so")
        write_binding(package / "linux" / "_hostname_binding.py")
        write_profile_table(ROOT / "initd/profiles", package / "core" / "signals")


class BuildKernelModule(build_ext):
    """Linked without the directories of the interpreter that builds it, which it needs no
    library of: they would be searched on every machine that the wheel is installed on."""

    def build_extensions(self) -> None:
        places = ("-L", "-R", "-Wl,-rpath", "-Wl,-R")
        self.compiler.linker_so = [
            word for word in self.compiler.linker_so if not word.startswith(places)
        ]
        super().build_extensions()


class BuildLauncher(build_scripts):
    """The script is a program: setuptools would look for the encoding in its first line."""

    def run(self) -> None:
        compile_program("initd", Path(self.build_dir) / "initd")


class StableWheel(bdist_wheel):
    """One wheel for every Python from 3.11 on: only the stable ABI is used. What C library
    it asks for is for auditwheel to find (Makefile)."""

    def finalize_options(self) -> None:
        self.py_limited_api = "cp311"
        super().finalize_options()


#: Of the limited API of Python 3.11: one build serves every later Python.
KERNEL_MODULE = Extension(
    "initd.linux._kernel",
    sources=[
        *("shim/kernel_binding.c", "shim/kernel_module.c", "shim/kernel_listen.c"),
        "shim/process_title.c",
    ],
    depends=["shim/kernel_module.h", "shim/kernel_listen.h", "shim/system_call.h"],
    define_macros=[("Py_LIMITED_API", "0x030b0000")],
    extra_compile_args="-std=c11 -Wall -Wextra -fvisibility=hidden -Os -g0".split(),
    extra_link_args=["-s"],
    py_limited_api=True,
)

setup(
    ext_modules=[KERNEL_MODULE],
    scripts=["shim/launcher.c"],
    data_files=[("share/man/man1", ["docs/initd.1"])],
    cmdclass={
        "build_ext": BuildKernelModule,
        "build_py": BuildPackage,
        "build_scripts": BuildLauncher,
        "bdist_wheel": StableWheel,
    },
)
