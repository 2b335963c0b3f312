"""Waiting for facts that nothing announces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: How long, in seconds, for what comes within one where the machine has nothing else to do.
PATIENCE = 60.0


def eventually(probe: Callable[[], T], what: str, within: float = PATIENCE) -> T:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + within
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what}; the last answer: {answer!r}")
        time.sleep(0.05)
    return answer
