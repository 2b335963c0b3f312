"""How the dynamic loader will see a file: the modes on the way to it, and what it prints."""

from __future__ import annotations

import os
import struct
import subprocess

from initd.installed import IDLE

_PT_INTERP = 3  # elf.h
_NOBODY = 65534
_TIMEOUT = 30.0
#: Programs that do nothing, the most common first; the last one always exists.
_IDLE = (["/bin/true"], ["/bin/sh", "-c", ":"], IDLE)
#: Of the C libraries, for the machines that initd runs on: a program's headers name one of them.
_LOADERS = (
    *("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"),
    *("/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1"),
)


class NobodyToAsk(OSError):
    """Programs here may load the library, but none is known that tells what it answers."""


def has_loader() -> bool:
    """Whether a dynamically linked program could run here."""
    return any(os.path.exists(path) for path in _LOADERS)


def modes_along(path: str) -> list[tuple[str, int]]:
    """The mode of each directory on the way to the file, also where links lead elsewhere, and
    of the file itself. Raises OSError."""
    found: dict[str, int] = {}
    for way in (path, os.path.realpath(path)):
        parents = [way]
        while parents[-1] != "/":
            parents.append(os.path.dirname(parents[-1]))
        for each in reversed(parents[1:]):
            found[each] = os.stat(each).st_mode
    return [*found.items(), (path, os.stat(path).st_mode)]


def is_noexec(path: str) -> bool:
    """Whether its file system is mounted noexec. Raises OSError."""
    return bool(os.statvfs(path).f_flag & os.ST_NOEXEC)


def idle_program() -> tuple[list[str], bytes]:
    """A dynamically linked program that does nothing, and the path of its loader; the path is
    empty where all programs are static."""
    for words in _IDLE:
        try:
            interpreter = interpreter_of(words[0])
        except OSError:
            continue
        if interpreter:
            return words, interpreter
    return _IDLE[-1], b""


def interpreter_of(program: str) -> bytes:
    """The path of the loader in its ELF headers (elf(5)); empty for a static program, and for
    anything other than a 64-bit ELF file of this machine's byte order. Raises OSError."""
    with open(program, "rb") as file:
        head = file.read(64)
        if len(head) < 64 or head[:5] != b"\x7fELF\x02":
            return b""
        offset, size, count = (
            struct.unpack_from("Q", head, 32)[0],
            *struct.unpack_from("2H", head, 54),
        )
        file.seek(offset)
        table = file.read(size * count)
        for at in range(0, len(table) - 55, size or 56):
            kind, _, start, _, _, length = struct.unpack_from("IIQQQQ", table, at)
            if kind == _PT_INTERP:
                file.seek(start)
                return file.read(min(length, 4096)).rstrip(b"\0")
    return b""


def loaded_objects(words: list[str]) -> str:
    """The loader's list of the program's objects, for every user. Raises OSError."""
    return run(words, {"LD_TRACE_LOADED_OBJECTS": "1"})[1]


def run(words: list[str], environ: dict[str, str]) -> tuple[int, str]:
    """The exit code and all output of the program, with exactly this environment; as user
    nobody if this process may switch to that. Raises OSError."""
    for user in (_NOBODY, None) if os.geteuid() == 0 else (None,):
        try:
            done = subprocess.run(
                words,
                env=environ,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT,
                user=user,
                group=user,
                extra_groups=None if user is None else (),
                check=False,
            )
        except PermissionError:
            continue  # no CAP_SETUID here, or only root may run the program
        except subprocess.TimeoutExpired:
            return -1, f"it did not end within {_TIMEOUT:g} s"
        return done.returncode, done.stdout.decode(errors="surrogateescape")
    raise PermissionError(13, f"cannot run {words[0]}")
