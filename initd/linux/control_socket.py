"""The control socket's descriptors: bound with mode 0600, peers known by the kernel.

Plain descriptors: the `_socket` module and its constants would stay with pid 1.
"""

from __future__ import annotations

import posix

from initd.linux._kernel import lib

_EADDRINUSE = 98
_DIRECTORY, _SOCKET = 0o040000, 0o140000


def default_paths(uid: int) -> tuple[str, ...]:
    """Where an init of user `uid` binds its socket, best first. A read-only root leaves
    only /dev/shm writable."""
    return (
        "/run/initd/control.sock",
        f"/tmp/initd-{uid}/control.sock",
        f"/dev/shm/initd-{uid}/control.sock",
    )


def listen(path: str) -> int:
    """A listening socket at `path`; raises OSError. A dead socket there is replaced."""
    if path in default_paths(posix.geteuid()):
        _own_directory(path.rpartition("/")[0])
    before = posix.umask(0o177)  # bind creates the file: never for a moment with more
    try:
        name = path.encode(errors="surrogateescape")  # a path is bytes
        fd = lib.initd_listen(name)
        if fd == -_EADDRINUSE and _is_socket(path) and not _answers(path):
            posix.unlink(path)
            fd = lib.initd_listen(name)
    finally:
        posix.umask(before)
    if fd < 0:
        raise OSError(-fd, posix.strerror(-fd))
    return fd


def _own_directory(directory: str) -> None:
    try:
        posix.mkdir(directory, 0o755)
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


def _answers(path: str) -> bool:
    from initd.linux.control_client import answers  # rare: a file was left behind

    return answers(path)


def accept(server: int) -> int:
    """The next connection, or a negative number: none, or gone again, or no descriptor
    to be had, of which the next wait tells."""
    return lib.initd_accept(server)


def peer_uid(connection: int) -> int:
    """Who connected; negative where the kernel can't tell."""
    return lib.initd_peer_uid(connection)


def send_whole(connection: int, data: bytes) -> bool:
    """Whether it all went into the socket's buffer at once; the peer may be slow."""
    return lib.initd_send(connection, data, len(data)) == len(data)
