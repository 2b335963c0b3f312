"""Unix sockets that init binds: where, with which mode, and which it may replace.

Plain descriptors: the `_socket` module and its constants would stay in pid 1's memory.
"""

from __future__ import annotations

import posix

from initd.linux import _kernel

STREAM, DATAGRAM = 1, 2  # SOCK_STREAM and SOCK_DGRAM of socket(2)

_RUN = "/run"
_EADDRINUSE = 98
_DIRECTORY, _SOCKET = 0o040000, 0o140000


def default_paths(name: str, uid: int) -> tuple[str, ...]:
    """Where an init of user `uid` binds a socket, preferred path first. With a read-only root
    only /dev/shm is writable."""
    return (f"{_RUN}/initd/{name}", f"/tmp/initd-{uid}/{name}", f"/dev/shm/initd-{uid}/{name}")


def is_usual(path: str) -> bool:
    """Whether it is in the preferred directory."""
    return path.rpartition("/")[0] == f"{_RUN}/initd"


def bind(path: str, kind: int, mode: int) -> int:
    """A socket of `kind` at `path`; a STREAM listens. Raises OSError. Replaces a dead socket,
    never a live one."""
    before = posix.umask(
        0o777 & ~mode
    )  # bind creates the file: it must not have a wider mode even briefly
    try:
        name = path.encode(errors="surrogateescape")  # a path is bytes
        fd = _kernel.bind(name, kind)
        if fd == -_EADDRINUSE and _is_socket(path) and not _answers(path, kind):
            posix.unlink(path)
            fd = _kernel.bind(name, kind)
    finally:
        posix.umask(before)
    if fd < 0:
        raise OSError(-fd, posix.strerror(-fd))
    return fd


def own_directory(path: str) -> None:
    """Creates the directory of a default path. Raises PermissionError if another user owns it."""
    directory = path.rpartition("/")[0]
    try:
        try:
            _make(directory)
        except FileNotFoundError:
            if not directory.startswith(f"{_RUN}/"):
                raise  # /tmp and /dev/shm have modes and mounts of their own
            _make(_RUN)  # an image made from scratch has none
            _make(directory)
    except FileExistsError:
        if not is_own(directory):
            raise PermissionError(
                1, f"{directory} belongs to another user, or others may write to it"
            ) from None


def remove(path: str) -> None:
    """Removes a socket that init has bound. Where somebody has put a link in the way meanwhile, or
    something else in its place, that is left alone."""
    try:
        is_direct = _kind(posix.lstat(path.rpartition("/")[0] or "/")) == _DIRECTORY
        if is_direct and _is_socket(path) and posix.lstat(path).st_uid == posix.geteuid():
            posix.unlink(path)
    except OSError:
        pass


def is_own(directory: str) -> bool:
    """Whether nobody but root and init's user can put files there. In /tmp another user could
    have created it, or a link, in order to answer in init's place, to make init write to a
    directory of theirs, or to be preloaded. Raises OSError."""
    there = posix.lstat(directory)
    ours = there.st_uid in (0, posix.geteuid()) and not there.st_mode & 0o022
    return _kind(there) == _DIRECTORY and ours


def _make(directory: str) -> None:
    posix.mkdir(directory, 0o755)
    # regardless of init's umask: every user reads the file with the host name
    posix.chmod(directory, 0o755)


def _is_socket(path: str) -> bool:
    return _kind(posix.lstat(path)) == _SOCKET


def _kind(there: posix.stat_result) -> int:
    return there.st_mode & 0o170000  # S_IFMT, inode(7)


def _answers(path: str, kind: int) -> bool:
    from initd.linux.control_client import answers  # rare: only if a file was left behind

    return answers(path, kind)
