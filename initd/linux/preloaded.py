"""The name as a program sees it that has the library in front of its libc.

The library looks once, when it is loaded, and is then in the process for good. So each
question is put in a child, which ends with the answer; a broken library can kill that
child, and not who asked.
"""

from __future__ import annotations

import posix

from initd.linux._hostname_binding import ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: What the library reads of the environment (preload/hostname.c).
VARIABLE = b"INITD_HOSTNAME"

#: More than any kernel's name or ours: 64 characters and the end.
_BUFFER = 256


def ask(library: str, environ: Mapping[bytes, bytes] | None = None) -> str:
    """What gethostname answers in a program that is given `environ` and preloads the
    file `library`; with this process's own environment if that is None.

    Raises OSError, with a sentence for people, where the library can't be read, can't be
    loaded, or kills the program that loads it.
    """
    reading, writing = posix.pipe()
    pid = posix.fork()
    if pid == 0:
        _answer(library, environ, writing)
    posix.close(writing)
    try:
        said = b""
        while data := posix.read(reading, 4096):
            said += data
    finally:
        posix.close(reading)
        _, status = posix.waitpid(pid, 0)
    text = said.decode("utf-8", "surrogateescape")
    if posix.WIFSIGNALED(status):
        raise OSError(f"{library} ended a program with signal {posix.WTERMSIG(status)}")
    if status:
        raise OSError(text)
    return text


def _answer(library: str, environ: Mapping[bytes, bytes] | None, writing: int) -> None:
    """In the child, which this ends: nothing of the parent's may run in it."""
    code = 1
    try:
        posix.write(writing, _name(library, environ))
        code = 0
    except OSError as error:
        posix.write(writing, str(error).encode("utf-8", "surrogateescape"))
    finally:
        posix._exit(code)


def _name(library: str, environ: Mapping[bytes, bytes] | None) -> bytes:
    if environ is not None:
        _set_variable(environ.get(VARIABLE))
    copy = _fresh_copy(library)
    try:
        loaded = ffi.dlopen(copy)
    except OSError as error:  # the loader's sentence; before the reason it has the copy's path
        reason = str(error).rpartition(": ")[2]
        raise OSError(f"{library} can't be loaded: {reason}") from None
    buffer = ffi.new("char[]", _BUFFER)
    if loaded.gethostname(buffer, _BUFFER):
        raise OSError(f"gethostname of {library} fails with errno {ffi.errno}")
    return ffi.string(buffer)


def _set_variable(value: bytes | None) -> None:
    """In libc's environment, which is the one that the library reads."""
    if value is None:
        posix.unsetenv(VARIABLE)
    else:
        posix.putenv(VARIABLE, value)


def _fresh_copy(library: str) -> str:
    """The path of another file with the same bytes: where the library is loaded already
    (/etc/ld.so.preload may name it), dlopen would give back that one, and its name of then."""
    copy = posix.memfd_create("hostname.so", posix.MFD_CLOEXEC)
    try:
        file = posix.open(library, posix.O_RDONLY | posix.O_CLOEXEC)
        while data := posix.read(file, 65536):
            posix.write(copy, data)
    except OSError as error:
        raise OSError(f"{library} can't be read: {error.strerror}") from None
    return f"/proc/self/fd/{copy}"
