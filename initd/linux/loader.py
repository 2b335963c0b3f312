"""What the dynamic loader will find: modes on the way to a file, and what it says."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

_PT_INTERP = 3  # elf.h
_NOBODY = 65534
_PATIENCE = 30.0
#: Programs that do nothing, the most usual first; the last is always there.
_IDLE = (["/bin/true"], ["/bin/sh", "-c", ":"], [sys.executable, "-I", "-S", "-c", ""])


def modes_to(path: str) -> list[tuple[str, int]]:
    """Each directory on the way to the file, and the file: also those on the way that the
    links take. Raises OSError."""
    found: dict[str, int] = {}
    for way in (path, os.path.realpath(path)):
        parents = [way]
        while parents[-1] != "/":
            parents.append(os.path.dirname(parents[-1]))
        for each in reversed(parents[1:]):
            found[each] = os.stat(each).st_mode
    return [*found.items(), (path, os.stat(path).st_mode)]


def is_noexec(path: str) -> bool:
    """Whether nothing of its file system may be mapped for execution. Raises OSError."""
    return bool(os.statvfs(path).f_flag & os.ST_NOEXEC)


def idle_program() -> tuple[list[str], bytes]:
    """A program of the system's that is linked dynamically and does nothing, and the loader
    that it asks for; nothing for the latter where all are static."""
    for words in _IDLE:
        try:
            interpreter = interpreter_of(words[0])
        except OSError:
            continue
        if interpreter:
            return words, interpreter
    return _IDLE[-1], b""


def interpreter_of(program: str) -> bytes:
    """The path of the loader in its ELF headers (elf(5)); nothing for a static program, or
    one that is no 64-bit ELF of this machine's byte order. Raises OSError."""
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


def listed(words: list[str]) -> str:
    """What the loader lists as the objects of the program, for whoever runs it. Raises OSError."""
    return run(words, {"LD_TRACE_LOADED_OBJECTS": "1"})[1]


def run(words: list[str], environ: dict[str, str]) -> tuple[int, str]:
    """The code with which it ends and all that it writes, in this environment and no other;
    as nobody, where this process may become that. Raises OSError."""
    for user in (_NOBODY, None) if os.geteuid() == 0 else (None,):
        try:
            done = subprocess.run(
                words,
                env=environ,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_PATIENCE,
                user=user,
                group=user,
                extra_groups=None if user is None else (),
                check=False,
            )
        except PermissionError:
            continue  # no CAP_SETUID here, or a program that is root's alone
        except subprocess.TimeoutExpired:
            return -1, f"it does not end within {_PATIENCE:g} s"
        return done.returncode, done.stdout.decode(errors="surrogateescape")
    raise PermissionError(13, f"{words[0]} can't be run")
