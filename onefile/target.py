"""The machines that the one file is built for. Which one builds makes no difference: Debian
calls its compilers by the machine that they compile for, native or not."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Target(NamedTuple):
    """A machine."""

    machine: str  # as `uname -m` has it
    debian: str  # Debian's name of the architecture
    page_size: int  # of the kernels for it with the largest pages: segments are aligned to that
    flags: tuple[str, ...]  # for what has no C library

    @property
    def triplet(self) -> str:
        """As in /usr/lib/TRIPLET."""
        return f"{self.machine}-linux-gnu"

    def tool(self, name: str) -> str:
        """The program of GCC or binutils."""
        return f"{self.triplet}-{name}"


TARGETS = {
    each.machine: each
    for each in (
        Target("x86_64", "amd64", 4096, ()),
        # Atomics would be calls of libgcc, which asks libc what the processor can do.
        Target("aarch64", "arm64", 65536, ("-mno-outline-atomics",)),
    )
}

#: The C of glibc, libsodium, OpenSSL, zlib and CPython, and the standard library of the last.
PACKAGES = (
    *("libpython3.11-dev", "libpython3.11-minimal", "libpython3.11-stdlib"),
    *("libc6-dev", "libsodium-dev", "libssl-dev", "zlib1g-dev"),
)
#: What these need to be compiled against; nothing of it is in the file.
HEADERS = ("linux-libc-dev",)


class Sysroot:
    """Debian's packages for a target, unpacked in a directory of their own."""

    def __init__(self, place: Path, target: Target) -> None:
        self.place = place
        self.stdlib = place / "usr" / "lib" / "python3.11"
        self.python_library = self.stdlib / f"config-3.11-{target.triplet}" / "libpython3.11.a"
        self.libraries = place / "usr" / "lib" / target.triplet
        self.include = place / "usr" / "include"
        self.include_of_target = self.include / target.triplet
        self.include_python = self.include / "python3.11"
        self.dpkg = place / "var" / "lib" / "dpkg"
