"""Whom configuration is believed: as root, init acts on no file that others could have written.

An app's user that has been taken over could otherwise write down what the next start runs as root.
So a file counts only if it, the directories above it and the symbolic links on the way belong to
root, and nobody else may write to them. What lies on a read-only mount counts as it is: nobody
in the container can change that. Group 0 is root's own. Where init is not root, it could do nothing
for such a file that its writer couldn't.
"""

from __future__ import annotations

import posix

from initd.files import LONGEST

#: stat(2) and statvfs(3).
_KIND, _REGULAR, _LINK, _DIRECTORY, _PIPE = 0o170000, 0o100000, 0o120000, 0o040000, 0o010000
#: A character device, and the number of /dev/null, which says that there is nothing (1, 3).
_DEVICE, _NULL = 0o020000, 0x103
_BY_GROUP, _BY_OTHERS, _STICKY = 0o020, 0o002, 0o1000
_READ_ONLY = 1
_LINKS_AT_MOST = 40
#: Pipes that are open already: whoever started init wants to be read from there.
_OWN_DESCRIPTORS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")

#: Milliseconds between looks for a stop: HUP, INT, QUIT, TERM, and systemd's RTMIN+3.
_GLANCE = 100
_STOPS = frozenset((1, 2, 3, 15, 37))


def read(path: str, at_most: int = LONGEST) -> bytes:
    """All of a file. Raises OSError, and ValueError for people: it is longer, it is not a file, or
    it is not to be believed."""
    is_own = path.startswith(_OWN_DESCRIPTORS)
    wait = 0 if is_own else posix.O_NONBLOCK
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOCTTY | wait)
    try:
        found = posix.fstat(fd)
        kind = found.st_mode & _KIND
        if kind == _DEVICE and found.st_rdev == _NULL:
            return b""
        if kind not in (_REGULAR, _DIRECTORY) and not (is_own and kind == _PIPE):
            raise ValueError(f"{path} is not a regular file: give the path of one")
        if posix.geteuid() == 0 and not (is_own and kind == _PIPE):
            why = why_not(path)
            if why:
                raise ValueError(why)
        return _whole(fd, path, at_most, kind == _PIPE)
    finally:
        posix.close(fd)


def _whole(fd: int, path: str, at_most: int, is_pipe: bool) -> bytes:
    data = b""
    try:
        while len(data) <= at_most:
            if is_pipe:
                _await(fd, path)
            chunk = posix.read(fd, 1 << 16)
            if not chunk:
                break
            data += chunk
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    if len(data) > at_most:
        raise ValueError(f"{path} is longer than {at_most >> 10} KiB")
    return data


def _await(fd: int, path: str) -> None:
    """Until there is something to read, or the end. Raises ValueError where a stop comes before:
    whoever writes may never come to an end, and init has blocked all signals by now."""
    from _signal import sigpending
    from select import POLLIN, poll

    watch = poll()
    watch.register(fd, POLLIN)
    while not watch.poll(_GLANCE):
        if not _STOPS.isdisjoint(sigpending()):
            raise ValueError(f"{path}: a stop came before its end")


def why_not(path: str) -> str:
    """Why init as root does not believe what is there, with what to do; "" if it does. What has
    been looked at can't be changed by others meanwhile. Raises OSError."""
    if not path.startswith("/"):
        path = f"{posix.getcwd()}/{path}"
    at, left, links = "", path.split("/"), 0
    while left:
        name = left.pop(0)
        if name in (".", ".."):
            at = at.rpartition("/")[0] if name == ".." else at
            continue
        here = f"{at}/{name}" if name or not at else at
        found = posix.lstat(here)
        why = _why_not(here, found, at or "/")
        if why:
            return f"{path}: {why}"
        if found.st_mode & _KIND != _LINK:
            at = here.rstrip("/")
            continue
        links += 1
        if links > _LINKS_AT_MOST:
            raise OSError(40, "Too many levels of symbolic links", path)
        target = posix.readlink(here)
        at = "" if target.startswith("/") else at
        left = [*target.split("/"), *left]
    return ""


def _why_not(here: str, found: posix.stat_result, above: str) -> str:
    kind, mode = found.st_mode & _KIND, found.st_mode
    what = {_LINK: "symbolic link ", _DIRECTORY: "directory "}.get(kind, "file ")
    writes = mode & _BY_OTHERS or (mode & _BY_GROUP and found.st_gid != 0)
    if kind == _LINK or (kind == _DIRECTORY and mode & _STICKY):
        writes = 0  # a link has no mode of its own; in a sticky directory each has but one's own
    if found.st_uid == 0 and not writes:
        return ""
    place = above if kind == _LINK else here
    if posix.statvfs(place).f_flag & _READ_ONLY:
        return ""
    if found.st_uid != 0:
        whose = f"belongs to user {found.st_uid}"
        mend = f"chown -h root {here}"
    else:
        whose = f"may be written by {'others' if mode & _BY_OTHERS else f'group {found.st_gid}'}"
        mend = f"chmod go-w {here}"
    return (
        f"the {what}{here} {whose}, and init, as root, would act on it:"
        f" {mend}, or mount it read-only"
    )
