"""Modules that start-up needs once are given up: pid 1 would hold them for ever."""

from __future__ import annotations

import gc
import sys


def unload_modules(*names: str) -> None:
    """The modules whose names begin so.

    Python gives freed memory to nobody but itself: what is freed before the next module is
    imported is memory that this one does not take."""
    for name in list(sys.modules):
        if name.startswith(names):
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                delattr(sys.modules[parent], child)
    gc.collect(0)  # functions and their modules hold on to each other; all of it is young
