"""Whether a program could be executed: the kernel says the same of a file that is missing and of
one whose interpreter is, and says it only to the one who tries."""

from __future__ import annotations

import os
import stat

from initd.core.nearest import did_you_mean
from initd.core.value import Value
from initd.linux.dynamic_loader import interpreter_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.start.spawn_spec import User

#: shim/become.c has the same where the app has no PATH.
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EXECUTE, _READ = 1, 4
#: What the kernel reads of a file to know what it is (BINPRM_BUF_SIZE).
_HEAD = 256
_ELF = b"\x7fELF"
#: e_machine of elf(5), at this offset.
_MACHINE_AT = 18
_MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
#: A script's interpreter may be a script (fs/exec.c allows five).
_DEEPEST = 5
#: Among hundreds of programs, some are somewhat like any name.
_ALIKE = 0.75


class Surroundings(Value, kw_only=True):
    """With what a program is looked for: `user` is None for this process's own, `directory` is
    where it starts."""

    path: str
    directory: str
    user: User | None

    def absolute(self, name: str) -> str:
        """As that process would find it."""
        return os.path.normpath(os.path.join(self.directory, name))


def why_not_runnable(name: str, around: Surroundings, depth: int = 0) -> str | None:
    """What is wrong, in words; None where nothing is known to be."""
    path, why = _found(name, around)
    if path is None:
        return why
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None  # it may be executed all the same
    if head.startswith(_ELF):
        return _why_not_elf(path, head)
    if head.startswith(b"#!"):
        return _why_not_script(path, head, around, depth)
    return f"{path} is empty" if not head else f"{path} is a script without #! in its first line"


def why_not_readable(name: str, around: Surroundings) -> str | None:
    """The same of a file that an interpreter reads."""
    path = around.absolute(name)
    try:
        state = os.stat(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    closed = closed_directory(path, around.user)
    if closed:
        return f"{path}: {closed} is closed to the app's user"
    if not stat.S_ISDIR(state.st_mode) and not _may(state, around.user, _READ):
        return f"{path} may not be read by the app's user"
    return None


def why_not_enterable(name: str, user: User | None) -> str | None:
    """The same of a directory."""
    path = os.path.abspath(name)
    try:
        state = os.stat(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    if not stat.S_ISDIR(state.st_mode):
        return f"{path} is not a directory"
    if closed_directory(path, user) or not _may(state, user, _EXECUTE):
        return f"{path} may not be entered by the app's user"
    return None


def closed_directory(path: str, user: User | None) -> str:
    """The first directory on the way that the user may not enter; "" for none."""
    parents = []
    while path != "/":
        path = os.path.dirname(path)
        parents.append(path)
    for each in reversed(parents):
        try:
            if not _may(os.stat(each), user, _EXECUTE):
                return each
        except OSError:
            return ""
    return ""


# ---- where it is ---------------------------------------------------------------------


def _found(name: str, around: Surroundings) -> tuple[str | None, str]:
    """The file that would be executed; else None and why."""
    if "/" in name:
        path = around.absolute(name)
        why = _why_not_file(path, around.user)
        return (None, why) if why else (path, "")
    refused = ""
    directories = around.path.split(":")
    for directory in directories:
        path = around.absolute(os.path.join(directory or ".", name))
        why = _why_not_file(path, around.user)
        if not why:
            return path, ""
        if os.path.isfile(path):
            refused = refused or why
    if refused:
        return None, refused
    first = name.split(" ")[0]
    if first != name and _found(first, around)[0] is not None:
        return None, f"it is one word, with blanks: {first} and its arguments are a word each"
    hint = did_you_mean(name, _programs(directories), _ALIKE)
    return None, f"no program {name!r} in PATH ({around.path}){': ' + hint if hint else ''}"


def _why_not_file(path: str, user: User | None) -> str:
    try:
        state = os.stat(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    if stat.S_ISDIR(state.st_mode):
        return f"{path} is a directory"
    closed = closed_directory(path, user)
    if closed:
        return f"{path}: {closed} is closed to the app's user"
    if not state.st_mode & 0o111:
        return f"{path} is not executable: chmod +x {path}"
    if not _may(state, user, _EXECUTE):
        return f"{path} may not be executed by the app's user"
    return ""


def _may(state: os.stat_result, user: User | None, right: int) -> bool:
    """As the kernel decides it by the mode; root may do everything but execute what nobody may."""
    if user is None:
        uid, groups = os.geteuid(), {os.getegid(), *os.getgroups()}
    else:
        uid, groups = user.uid, {user.gid, *user.groups}
    if uid == 0:
        return right != _EXECUTE or bool(state.st_mode & 0o111)
    shift = 6 if state.st_uid == uid else 3 if state.st_gid in groups else 0
    return bool(state.st_mode >> shift & right)


def _programs(directories: list[str]) -> set[str]:
    found: set[str] = set()
    for directory in directories:
        try:
            found.update(os.listdir(directory))
        except OSError:
            continue
    return found


# ---- what it is ----------------------------------------------------------------------


def _why_not_elf(path: str, head: bytes) -> str | None:
    machine = int.from_bytes(head[_MACHINE_AT : _MACHINE_AT + 2], "little")
    here = os.uname().machine
    if here in _MACHINES.values() and _MACHINES.get(machine, here) not in (here, "i386", "arm"):
        return f"{path} is for {_MACHINES[machine]}, and this is {here}"
    try:
        loader = interpreter_of(path).decode(errors="replace")
    except OSError:
        return None
    if not loader or os.path.exists(loader):
        return None
    return (
        f"{path} needs the loader {loader}, which is not there: it was built for another"
        " C library or distribution"
    )


def _why_not_script(path: str, head: bytes, around: Surroundings, depth: int) -> str | None:
    line = head[2:].split(b"\n", 1)[0].decode(errors="replace")
    words = line.split()
    if not words:
        return f"{path}: its first line names no interpreter"
    if line.endswith("\r"):
        return (
            f"{path} has the line ends of Windows, so that its interpreter is"
            f" {words[0] + chr(13)!r}: convert it (dos2unix)"
        )
    programs = [words[0]]
    if os.path.basename(words[0]) == "env":
        programs += [word for word in words[1:] if word[0] != "-" and "=" not in word][:1]
    for program in programs:
        why = why_not_runnable(program, around, depth + 1) if depth < _DEEPEST else None
        if why:
            return f"{path}: its interpreter, in the first line: {why}"
    return None
