"""The kinds of trial: what is done, and to which inits."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from .box import ALL, AWAKE, INITDS, Trial
from .history import histories
from .load import orphans, signals
from .messages import control, names, notify
from .scarcity import descriptors, memory, refused_calls


class Kind(NamedTuple):
    """`attempt` tries once, and returns how many of `units` that were; it raises what is wrong.
    `may_refuse`: whether an init may say that it can't start with so little."""

    name: str
    what: str
    units: str
    attempt: Callable[[Trial, random.Random], int]
    inits: tuple[str, ...]
    may_refuse: bool = False


KINDS = (
    Kind("histories", "random histories, then a stop", "events", histories, INITDS),
    Kind("control", "fuzzed requests to the control socket", "requests", control, INITDS),
    Kind("notify", "fuzzed datagrams to the notify socket", "datagrams", notify, (AWAKE,)),
    Kind("names", "fuzzed host names and templates", "names", names, (AWAKE,)),
    Kind("signals", "signals, each of which arrives", "signals", signals, ALL),
    Kind("orphans", "orphans, as fast as they can be made", "orphans", orphans, ALL),
    Kind(
        "descriptors", "3 to 24 descriptors, suddenly or at once", "limits", descriptors, ALL, True
    ),
    Kind("memory", "1 to 64 MB of address space, likewise", "limits", memory, ALL, True),
    Kind("calls", "system calls refused, one to three", "calls", refused_calls, INITDS),
)
