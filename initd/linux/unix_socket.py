"""Unix sockets that init binds: where, with which mode, and in whose place.

Plain descriptors: the `_socket` module and its constants would stay with pid 1.
"""

from __future__ import annotations

import posix

from initd.linux._kernel import lib

STREAM, DATAGRAM = 1, 2  # SOCK_STREAM and SOCK_DGRAM of socket(2)

_EADDRINUSE = 98
_DIRECTORY, _SOCKET = 0o040000, 0o140000


def default_paths(name: str, uid: int) -> tuple[str, ...]:
    """Where an init of user `uid` binds a socket, best first. A read-only root leaves
    only /dev/shm writable."""
    return (f"/run/initd/{name}", f"/tmp/initd-{uid}/{name}", f"/dev/shm/initd-{uid}/{name}")


def bind(path: str, kind: int, mode: int) -> int:
    """A socket of `kind` at `path`, which listens if it is a STREAM; raises OSError. A
    dead socket there is replaced, a live one never."""
    before = posix.umask(0o777 & ~mode)  # bind creates the file: never for a moment with more
    try:
        name = path.encode(errors="surrogateescape")  # a path is bytes
        fd = lib.initd_bind(name, kind)
        if fd == -_EADDRINUSE and _is_socket(path) and not _answers(path, kind):
            posix.unlink(path)
            fd = lib.initd_bind(name, kind)
    finally:
        posix.umask(before)
    if fd < 0:
        raise OSError(-fd, posix.strerror(-fd))
    return fd


def own_directory(path: str) -> None:
    """Makes the directory of a default path; raises PermissionError if it is not ours."""
    directory = path.rpartition("/")[0]
    try:
        posix.mkdir(directory, 0o755)
        posix.chmod(directory, 0o755)  # whatever init's umask: the name's file is everybody's
    except FileExistsError:
        # In /tmp somebody else could have made it, as a directory or a link to one, to
        # answer in init's place or to have init write in theirs.
        there = posix.lstat(directory)
        ours = there.st_uid in (0, posix.geteuid()) and not there.st_mode & 0o022
        if _kind(there) != _DIRECTORY or not ours:
            raise PermissionError(1, f"{directory} is somebody else's") from None


def _is_socket(path: str) -> bool:
    return _kind(posix.lstat(path)) == _SOCKET


def _kind(there: posix.stat_result) -> int:
    return there.st_mode & 0o170000  # S_IFMT, inode(7)


def _answers(path: str, kind: int) -> bool:
    from initd.linux.control_client import answers  # rare: a file was left behind

    return answers(path, kind)
