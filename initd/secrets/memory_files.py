"""Secrets as files: one each, on memory only, for the app's user alone.

A file is replaced by rename: who reads it has the old value or the new one.
"""

from __future__ import annotations

import posix

from initd.core.start.spawn_spec import User
from initd.secrets.unreadable import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from initd.secrets.unreadable import Found

#: File systems that are never written to a disk, other than to swap.
_MEMORY = ("tmpfs", "ramfs")
_MODE = 0o400


def write_files(secrets: Sequence[Found], directories: Sequence[str], user: User | None) -> str:
    """Makes the files of the first directory that can be on memory, and no others stay there;
    returns its path. Raises Unreadable; then readers find what was there before."""
    owner = user if user is not None else User(posix.geteuid(), posix.getegid())
    directory = _first_on_memory(directories, owner)
    try:
        _remove(directory, posix.listdir(directory), ".")  # of a process that was killed
        for number, secret in enumerate(secrets):
            _write(f"{directory}/.{number}", secret, owner)
        for number, secret in enumerate(secrets):  # only now: there is room for all of them
            posix.rename(f"{directory}/.{number}", f"{directory}/{secret.name}")
        _remove(directory, set(posix.listdir(directory)) - {secret.name for secret in secrets})
    except OSError as error:
        _remove(directory, posix.listdir(directory), ".")
        raise Unreadable(f"--secrets: cannot write {directory}: {error.strerror}") from None
    return directory


def clear(directories: Sequence[str]) -> None:
    """No secret is a file any more: those of an earlier reading go."""
    for directory in directories:
        try:
            _remove(directory, posix.listdir(directory))
        except OSError:
            pass  # as a rule: there is none


def _remove(directory: str, names: Iterable[str], prefix: str = "") -> None:
    for name in names:
        if name.startswith(prefix):
            posix.unlink(f"{directory}/{name}")


def _first_on_memory(directories: Sequence[str], owner: User) -> str:
    failures = []
    for directory in directories:
        parent = directory.rpartition("/")[0]
        try:
            if parent.startswith("/run/"):
                _make_parent(parent)
            if not is_on_memory(parent):
                failures.append(f"{parent} is not on memory")
                continue
            _make(directory, owner)
            return directory
        except OSError as error:
            failures.append(f"{directory}: {error.strerror}")
    raise Unreadable(
        "--secrets: no place on memory for files: "
        + "; ".join(failures)
        + " (docker run --tmpfs /run, or in Kubernetes an emptyDir with medium: Memory)"
    )


def _make_parent(directory: str) -> None:
    for each in ("/run", directory):
        try:
            posix.mkdir(each, 0o755)
        except FileExistsError:
            pass


def _make(directory: str, owner: User) -> None:
    """Of init's user; the app's group may enter. Raises OSError if it is somebody else's."""
    try:
        posix.mkdir(directory, 0o700)
    except FileExistsError:
        there = posix.lstat(directory)
        if there.st_mode & 0o170000 != 0o040000 or there.st_uid != posix.geteuid():
            raise PermissionError(1, "belongs to another user, or is not a directory") from None
    if owner.uid != posix.geteuid():
        posix.chown(directory, -1, owner.gid)
        posix.chmod(directory, 0o750)


def _write(path: str, secret: Found, owner: User) -> None:
    data = secret.value
    fd = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, _MODE)
    try:
        posix.fchmod(fd, _MODE)
        while data:
            data = data[posix.write(fd, data) :]
        if owner.uid != posix.geteuid():
            posix.fchown(fd, owner.uid, owner.gid)
    finally:
        posix.close(fd)


def is_on_memory(directory: str) -> bool:
    """Whether what is written there stays in memory. Raises OSError."""
    device = posix.stat(directory).st_dev
    number = f"{posix.major(device)}:{posix.minor(device)}"
    with open("/proc/self/mountinfo") as table:
        for line in table:
            mount, _, kind = line.partition(" - ")
            if mount.split()[2] == number:
                return kind.split()[0] in _MEMORY
    return False
