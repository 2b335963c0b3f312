"""The host name that a program sees with the library preloaded.

The library reads the name once, when it is loaded, and cannot be unloaded. So a child process
loads it, asks, and ends; a broken library can kill that child, but not the caller.
"""

from __future__ import annotations

import posix
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Read by the library (preload/hostname.c); core/hostname/rules.py sets it.
VARIABLE = b"INITD_HOSTNAME"

#: More than the longest name needs: 64 characters and a NUL.
_BUFFER = 256


def preloaded_hostname(library: str, environ: Mapping[bytes, bytes] | None = None) -> str:
    """What gethostname returns in a program that preloads the file `library` and has the
    environment `environ`, or this process's own if that is None.

    Raises OSError, with a sentence for people, where the library cannot be read, cannot be
    loaded, or kills the program that loads it.
    """
    reading, writing = posix.pipe()
    pid = posix.fork()
    if pid == 0:
        _report_and_exit(library, environ, writing)
    posix.close(writing)
    try:
        output = b""
        while data := posix.read(reading, 4096):
            output += data
    finally:
        posix.close(reading)
        _, status = posix.waitpid(pid, 0)
    text = output.decode("utf-8", "surrogateescape")
    if posix.WIFSIGNALED(status):
        raise OSError(f"{library} killed a program with signal {posix.WTERMSIG(status)}")
    if status:
        raise OSError(text)
    return text


def _report_and_exit(library: str, environ: Mapping[bytes, bytes] | None, writing: int) -> None:
    """In the child: it ends here, so that no code of the parent runs in it."""
    code = 1
    try:
        posix.write(writing, _ask_library(library, environ))
        code = 0
    except OSError as error:
        posix.write(writing, str(error).encode("utf-8", "surrogateescape"))
    except ImportError as error:
        posix.write(writing, f"cannot ask {library}: {error}".encode())
    finally:
        posix._exit(code)


def _ask_library(library: str, environ: Mapping[bytes, bytes] | None) -> bytes:
    if environ is not None:
        _set_variable(environ.get(VARIABLE))
    copy = _fresh_copy(library)
    ffi = _binding().ffi
    try:
        loaded = ffi.dlopen(copy)
    except OSError as error:  # "PATH: reason", with the path of the copy
        reason = str(error).rpartition(": ")[2]
        raise OSError(f"cannot load {library}: {reason}") from None
    buffer = ffi.new("char[]", _BUFFER)
    if loaded.gethostname(buffer, _BUFFER):
        raise OSError(f"gethostname of {library} fails with errno {ffi.errno}")
    text: bytes = ffi.string(buffer)
    return text


def _binding() -> ModuleType:
    """cffi's. init's interpreter runs without `site`, so cffi may be out of its sight: in an
    editable install, or where Debian puts python3-cffi-backend."""
    try:
        import _cffi_backend  # noqa: F401
    except ImportError:
        import site

        site.main()
    from initd.linux import _hostname_binding

    return _hostname_binding


def _set_variable(value: bytes | None) -> None:
    """In libc's environment: the library reads that one."""
    if value is None:
        posix.unsetenv(VARIABLE)
    else:
        posix.putenv(VARIABLE, value)


def _fresh_copy(library: str) -> str:
    """The path of another file with the same bytes: where the library is loaded already
    (/etc/ld.so.preload may list it), dlopen would return that one, with the name it read then."""
    copy = posix.memfd_create("hostname.so", posix.MFD_CLOEXEC)
    try:
        file = posix.open(library, posix.O_RDONLY | posix.O_CLOEXEC)
        while data := posix.read(file, 65536):
            posix.write(copy, data)
    except OSError as error:
        raise OSError(f"cannot read {library}: {error.strerror}") from None
    return f"/proc/self/fd/{copy}"
