"""/etc/ld.so.preload, by which glibc's loader gives every program the library (ld.so(8)).

The file holds paths separated by blanks, newlines or colons; `#` begins a comment. Our line
comes last and has no comment: when the loader looks for a second comment, it stops short of
the end of the file by the length of what it has read (seen in glibc 2.36, elf/rtld.c), so
text inserted in front could make it read the words of a comment as libraries.

Uninstalling must restore the file exactly, and only the file itself records what was there.
So our line begins with a blank where we had to add a newline to the last line of the file,
and where the file existed but was empty.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = "/etc/ld.so.preload"
MODE = 0o644
#: Matches an initd of another Python or in another place, too.
_ANY_LIBRARY = b"/initd/native/hostname.so"
#: Characters that would end the path, or begin a comment.
_SPLITTING = " \t\n\r\v\f:#"
_SEARCH, _READ = 0o001, 0o004  # for others, in a mode (inode(7))


# ---- the file -------------------------------------------------------------------------


def entries(text: bytes) -> list[bytes]:
    """The paths that the loader reads from the file."""
    return [entry for line in text.split(b"\n") for entry in _entries_of(line)]


def with_library(text: bytes | None, library: str) -> bytes | None:
    """The file with the library as its last entry, and the only one of initd's; None if it is
    like that already. `text` is None if the file does not exist."""
    path = library.encode(errors="surrogateescape")
    found = entries(text) if text is not None else []
    if path in found and sum(map(_is_ours, found)) == 1:
        return None
    before = without_library(text) if text is not None else None
    if before is None:
        return path + b"\n"
    if before.endswith(b"\n"):
        return before + path + b"\n"
    return before + b"\n" * bool(before) + b" " + path + b"\n"


def without_library(text: bytes) -> bytes | None:
    """The file as it was before; None where there was none. A file without an entry of ours
    is returned unchanged."""
    lines = text.split(b"\n")
    if len(lines) == 2 and _is_ours(lines[0]) and not lines[1]:
        return None
    kept: list[bytes] = []
    for at, line in enumerate(lines):
        if line.startswith(b" ") and _is_ours(line[1:]) and lines[at + 1 :] == [b""]:
            break  # with the newline before it, which we added
        if _is_ours(line):
            continue
        kept.append(line if not any(map(_is_ours, _entries_of(line))) else _cut(line))
    return b"\n".join(kept)


def _entries_of(line: bytes) -> list[bytes]:
    return line.partition(b"#")[0].replace(b":", b" ").split()


def _is_ours(entry: bytes) -> bool:
    return entry.endswith(_ANY_LIBRARY) and entry.replace(b":", b" ").split() == [entry]


def _cut(line: bytes) -> bytes:
    """A line written by hand that holds entries of ours and of others."""
    _, sign, comment = line.partition(b"#")
    return b" ".join(entry for entry in _entries_of(line) if not _is_ours(entry)) + sign + comment


# ---- whether it can work ----------------------------------------------------------------


def objection_to_path(path: str, modes: Sequence[tuple[str, int]], noexec: bool) -> str | None:
    """Why the loader could not use the library for every user; None where it could.

    `modes` are those of each directory on the way, beginning with the root, and of the
    library itself at the end. For a user who cannot read the library, the loader prints a
    line whenever a program starts.
    """
    splitting = sorted(set(_SPLITTING).intersection(path))
    if splitting:
        return f"the loader would split {path!r} at {splitting[0]!r}: install initd elsewhere"
    *directories, (file, mode) = modes
    for directory, its_mode in directories:
        if not its_mode & _SEARCH:
            return f"only some users may enter {directory}: chmod o+x {directory}"
    if not mode & _READ:
        return f"only some users may read {file}: chmod o+r {file}"
    if noexec:
        return f"{path} is on a file system that is mounted noexec: install initd elsewhere"
    return None


def objection_to_system(interpreter: bytes) -> str | None:
    """Why preloading cannot work with the loader that the system's programs use (their
    PT_INTERP); None where it can."""
    if b"ld-musl" in interpreter:
        return f"this system's C library is musl, whose loader does not read {PATH}"
    return None


def objection_of_loader(without: tuple[int, str], with_it: tuple[int, str]) -> str | None:
    """What the loader complains about only with the library. Both arguments are the exit code
    and the output of a program that does nothing; complaints about other libraries, which
    come either way, do not count."""
    before, after = without[1].splitlines(), with_it[1].splitlines()
    new = [line for line in after if line not in before]
    if new:
        return "the loader says: " + "; ".join(line.strip() for line in new)
    if with_it[0] != without[0]:
        return f"a program that does nothing exits with {with_it[0]} when the library is preloaded"
    return None


def objection_to_effect(listed: str, library: str) -> str | None:
    """Why programs do not get the library; None where they do. `listed` is the loader's list
    of a program's objects (LD_TRACE_LOADED_OBJECTS, ld.so(8)), made with an otherwise empty
    environment."""
    if library in listed.split():
        return None
    return f"programs do not get {library}: this system's loader ignores {PATH}"
