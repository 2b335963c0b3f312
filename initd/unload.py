"""Unloads modules that only start-up needs: pid 1 would hold them for ever."""

from __future__ import annotations

import gc
import sys


def unload_modules(*names: str) -> None:
    """All modules whose names begin with one of `names`.

    Python reuses freed memory, but rarely returns it to the kernel: memory that is freed before
    the next import is memory that this import need not add."""
    for name in list(sys.modules):
        if name.startswith(names):
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                delattr(sys.modules[parent], child)
    gc.collect(0)  # functions and their modules refer to each other; all of them are young
