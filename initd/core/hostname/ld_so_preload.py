"""/etc/ld.so.preload, by which glibc's loader gives every program the library (ld.so(8)).

The file holds paths, apart by blanks, line ends or colons; `#` begins a comment. Our line
comes last and has no comment: the loader's search for a second comment stops as far before
the end of the file as the first one reached (seen in glibc 2.36, elf/rtld.c), and anything
in front of what is there could make it take the words of a comment for libraries.

What undoes an installation must know what there was, and nothing but the file remembers
it. So our line begins with a blank where it had to end a line of somebody's, and where the
file was there and empty.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = "/etc/ld.so.preload"
MODE = 0o644
#: An initd of another Python, or another place: it is ours too.
_ANY_LIBRARY = b"/initd/native/hostname.so"
#: What would end the path, or begin a comment.
_SPLITTING = " \t\n\r\v\f:#"
_SEARCH, _READ = 0o001, 0o004  # for others, in a mode (inode(7))


# ---- the file -------------------------------------------------------------------------


def entries(text: bytes) -> list[bytes]:
    """The paths that the loader takes from the file."""
    return [entry for line in text.split(b"\n") for entry in _entries_of(line)]


def with_library(text: bytes | None, library: str) -> bytes | None:
    """The file with the library as its last entry, and with no other initd's; None where
    it is so already. No `text`: there is no file."""
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
    """The file as it was before; None where there was none. One in which nothing is ours
    stays as it is."""
    lines = text.split(b"\n")
    if len(lines) == 2 and _is_ours(lines[0]) and not lines[1]:
        return None
    kept: list[bytes] = []
    for at, line in enumerate(lines):
        if line.startswith(b" ") and _is_ours(line[1:]) and lines[at + 1 :] == [b""]:
            break  # with the line's end before it, which was ours too
        if _is_ours(line):
            continue
        kept.append(line if not any(map(_is_ours, _entries_of(line))) else _cut(line))
    return b"\n".join(kept)


def _entries_of(line: bytes) -> list[bytes]:
    return line.partition(b"#")[0].replace(b":", b" ").split()


def _is_ours(entry: bytes) -> bool:
    return entry.endswith(_ANY_LIBRARY) and entry.replace(b":", b" ").split() == [entry]


def _cut(line: bytes) -> bytes:
    """A line that somebody wrote by hand, of ours and of others."""
    _, sign, comment = line.partition(b"#")
    return b" ".join(entry for entry in _entries_of(line) if not _is_ours(entry)) + sign + comment


# ---- whether it can work ----------------------------------------------------------------


def objection_to_path(path: str, modes: Sequence[tuple[str, int]], noexec: bool) -> str | None:
    """Why the loader could not use the library for everybody; None where it could.

    `modes` are those of each directory on the way, from the root on, and of the library
    itself at the end. Who can't read it gets a line of the loader's for each program.
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
    """By the loader that the system's programs ask for (their PT_INTERP)."""
    if b"ld-musl" in interpreter:
        return f"this system's C library is musl, whose loader does not read {PATH}"
    return None


def objection_of_loader(without: tuple[int, str], with_it: tuple[int, str]) -> str | None:
    """From the code with which a program that does nothing ends, and all that it writes:
    what is new with the library. What the loader says of others is theirs."""
    before, after = without[1].splitlines(), with_it[1].splitlines()
    new = [line for line in after if line not in before]
    if new:
        return "the loader says: " + "; ".join(line.strip() for line in new)
    if with_it[0] != without[0]:
        return f"with it a program that does nothing ends with {with_it[0]}"
    return None


def objection_to_effect(listed: str, library: str) -> str | None:
    """From what the loader lists of a program (LD_TRACE_LOADED_OBJECTS, ld.so(8)) that was
    started with nothing else in its environment."""
    if library in listed.split():
        return None
    return f"programs do not get {library}: this system's loader does not go by {PATH}"
