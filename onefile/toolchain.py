"""GCC and binutils for one target, with the C library, headers and archives of its sysroot."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from onefile.target import Sysroot, Target

_SMALL = (
    "-Os -g0 -ffunction-sections -fdata-sections -fno-pie -fno-asynchronous-unwind-tables".split()
)
_LINK = (
    "-static -no-pie -s -Wl,--gc-sections -Wl,--build-id=none"
    " -Wl,-z,noexecstack -Wl,-z,norelro,-z,noseparate-code"
).split()


def run(*words: str | Path) -> None:
    """Raises CalledProcessError."""
    subprocess.run([*map(str, words)], check=True)


class Toolchain:
    """Everything is written to `folder`. Paths in `hidden` get into no object."""

    def __init__(
        self, target: Target, sysroot: Sysroot, folder: Path, hidden: Sequence[Path]
    ) -> None:
        self.target, self.sysroot, self.folder = target, sysroot, folder
        self._compiler = target.tool("gcc")
        headers = self._own("-print-file-name=include")
        # A cross compiler's own libc, which gets no security updates, would come first.
        places = [headers, sysroot.include_of_target, sysroot.include]
        self._flags = [
            *_SMALL,
            *(f"-ffile-prefix-map={place}=." for place in (folder, sysroot.place, *hidden)),
            *("-nostdinc", *(f"-isystem{place}" for place in places)),
        ]
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self._running: list[Future[None]] = []

    def _own(self, question: str) -> str:
        ask = [self._compiler, question]
        return subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()

    def libgcc(self) -> Path:
        """The compiler's library, which is linked too."""
        return Path(self._own("-print-libgcc-file-name"))

    def compile(self, source: Path, name: str, *flags: str) -> Path:
        """The object of a C file, when wait() is over."""
        target = self.folder / f"{name}.o"
        words = [self._compiler, *flags, *self._flags, "-c", str(source), "-o", str(target)]
        self._running.append(self._pool.submit(run, *words))
        return target

    def wait(self) -> None:
        """Until all is compiled; raises CalledProcessError."""
        while self._running:
            self._running.pop().result()

    def together(
        self, objects: Sequence[Path], name: str, keep: Sequence[str], script: Path
    ) -> Path:
        """One object, whose symbols are its own but for those to `keep`. The linker's `script`
        says in which sections."""
        whole, target = self.folder / f"{name}-whole.o", self.folder / f"{name}.o"
        run(self.target.tool("ld"), "-r", "-T", script, "-o", whole, *objects)
        kept = [f"--keep-global-symbol={symbol}" for symbol in keep]
        run(self.target.tool("objcopy"), *kept, whole, target)
        return target

    def without_unwinding(self, library: Path) -> Path:
        """A copy of a static library without tables for that: no code here throws."""
        target = self.folder / library.name
        run(self.target.tool("objcopy"), "--remove-section=.eh_frame", library, target)
        return target

    def link(self, objects: Sequence[Path], target: Path, *flags: str) -> None:
        """A static program of the objects and libraries."""
        places = [f"--sysroot={self.sysroot.place.resolve()}"]
        places += [f"-B{self.sysroot.libraries}", f"-L{self.sysroot.libraries}"]
        pages = f"-Wl,-z,max-page-size={self.target.page_size}"
        map_file = f"-Wl,-Map,{self.folder / target.name}.map"
        words = [*_LINK, *places, pages, map_file, *flags, "-o", str(target)]
        run(self._compiler, *words, *objects, "-lm")
