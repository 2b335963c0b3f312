"""A mount whose server does not answer: as NFS without its server, a look at it does not come back.

It is FUSE's, whose server is this process, which never reads what it is asked.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

_DETACH = 2  # MNT_DETACH


@contextlib.contextmanager
def dead_mount(place: Path) -> Iterator[Path]:
    """That directory, where nothing answers meanwhile; afterwards all that waits fails."""
    libc = ctypes.CDLL(None, use_errno=True)
    server = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    try:
        options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"dead", os.fsencode(place), b"fuse", 0, options) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        try:
            yield place
        finally:
            libc.umount2(os.fsencode(place), _DETACH)
    finally:
        os.close(server)
