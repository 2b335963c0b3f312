"""Commands of others, started by the monitor and by who reads secrets: each has a process group of
its own, and begins as a shell's would. Not for pid 1: where clone3 is not permitted, this forks."""

from __future__ import annotations

import _signal
import posix
import sys

from initd.linux.privileges import open_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Whoever starts them blocks and ignores signals.
_DEFAULTS = _signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP}
_NOT_EXECUTED = 126
_EPERM = 1
#: What execvp(3) uses where PATH is unset.
_PATH = b"/bin:/usr/bin"
_KIND, _DIRECTORY = 0o170000, 0o040000  # S_IFMT and S_IFDIR, inode(7)


def find_program(name: bytes, environ: Mapping[bytes, bytes]) -> bytes:
    """The file to execute, by this PATH and not by that of the process. Raises OSError."""
    if b"/" in name:
        return name
    path = environ.get(b"PATH", _PATH)
    for directory in path.split(b":"):
        candidate = (directory or b".").rstrip(b"/") + b"/" + name
        if posix.access(candidate, posix.X_OK) and not _is_directory(candidate):
            return candidate
    raise FileNotFoundError(2, f"not found in PATH={_decoded(path)}")


def _is_directory(path: bytes) -> bool:
    return posix.stat(path).st_mode & _KIND == _DIRECTORY


def _decoded(path: bytes) -> str:
    """As os.fsdecode."""
    return path.decode(sys.getfilesystemencoding(), "surrogateescape")


def start_command(
    program: bytes,
    argv: list[bytes],
    environ: Mapping[bytes, bytes],
    descriptors: Sequence[tuple[int, int]],
    quiet: bool = False,
) -> int:
    """The pid. Each of `descriptors` is, in the command, the number behind it; `quiet`: it has
    nothing to read. Raises OSError."""
    if not quiet:
        return _start(program, argv, environ, descriptors)
    null = open_null()
    try:
        return _start(program, argv, environ, [(null, 0), *descriptors])
    finally:
        posix.close(null)


def _start(
    program: bytes,
    argv: list[bytes],
    environ: Mapping[bytes, bytes],
    descriptors: Sequence[tuple[int, int]],
) -> int:
    try:
        return posix.posix_spawn(
            program,
            argv,
            environ,
            file_actions=[(posix.POSIX_SPAWN_DUP2, *each) for each in descriptors],
            setpgroup=0,
            setsigmask=[],
            setsigdef=_DEFAULTS,
        )
    except OSError as error:
        if error.errno != _EPERM:
            raise
    # glibc believes only ENOSYS of a clone3 that is not permitted (shim/kernel_module.c).
    pid = posix.fork()
    if pid == 0:
        _become(program, argv, environ, descriptors)
    try:
        posix.setpgid(pid, pid)  # both do it: whoever comes first
    except OSError:
        pass  # it is another program by now
    return pid


def _become(
    program: bytes,
    argv: list[bytes],
    environ: Mapping[bytes, bytes],
    descriptors: Sequence[tuple[int, int]],
) -> None:
    """In the child."""
    try:
        posix.setpgid(0, 0)
        for descriptor, number in descriptors:
            posix.dup2(descriptor, number)
        for number in _DEFAULTS:
            _signal.signal(number, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, [])
        posix.execve(program, argv, environ)
    except OSError as error:
        posix.write(2, (error.strerror or "").encode())
    finally:
        posix._exit(_NOT_EXECUTED)
