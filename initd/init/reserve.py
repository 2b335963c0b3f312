"""Memory that is put by for when there is none: pid 1 must go on, and hear of a stop."""

from __future__ import annotations

import gc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")

#: Python takes small objects from pools of 16 KiB, and all others from malloc(3): some of both. An
#: event takes a few kilobytes while it is handled, and its line in the log.
_SMALL, _SMALLS = 512 - 33, 160
_LARGE, _LARGES = 4096, 16


class Reserve:
    """Given up when memory runs out, and taken again when there is enough."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self.refill()

    def refill(self) -> None:
        """As far as there is memory."""
        if self._held:
            return
        try:
            held = [bytes(_SMALL) for _ in range(_SMALLS)]
            self._held = [*held, *(bytes(_LARGE) for _ in range(_LARGES))]
        except MemoryError:
            pass

    def spend(self, act: Callable[[], Result]) -> Result:
        """Does it, and does it again with what was put by, if memory ran out."""
        try:
            return act()
        except MemoryError:
            self._held.clear()
        gc.collect()  # what has failed leaves rings of frames and half a module
        return act()
