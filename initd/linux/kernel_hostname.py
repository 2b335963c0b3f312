"""The kernel's own host name, even if a library that overrides it is preloaded here."""

from __future__ import annotations

import posix

from initd.linux._kernel import ffi, lib

_SIZE = 65  # of struct new_utsname's field, uname(2)


def kernel_hostname() -> str:
    """What uname(2) answers. Raises OSError."""
    buffer = ffi.new("char[]", _SIZE)
    error = -lib.initd_kernel_hostname(buffer, _SIZE)
    if error:
        raise OSError(error, posix.strerror(error))
    return ffi.string(buffer).decode(errors="surrogateescape")
