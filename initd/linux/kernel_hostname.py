"""The kernel's own host name, even if a library that overrides it is preloaded here."""

from __future__ import annotations

from initd.files import text_of
from initd.linux import _kernel


def kernel_hostname() -> str:
    """What uname(2) answers; where that is not permitted, what /proc says, or ""."""
    try:
        return _kernel.kernel_hostname().decode(errors="surrogateescape")
    except OSError:
        return text_of("/proc/sys/kernel/hostname", 4096).strip()
