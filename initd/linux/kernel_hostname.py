"""The kernel's own host name, even if a library that overrides it is preloaded here."""

from __future__ import annotations

from initd.linux import _kernel


def kernel_hostname() -> str:
    """What uname(2) answers. Raises OSError."""
    return _kernel.kernel_hostname().decode(errors="surrogateescape")
