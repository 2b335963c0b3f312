"""--limit: resource limits by the names of the shell's and Docker's `ulimit`."""

from __future__ import annotations

from initd.config.mistake import instead
from initd.core.start.spawn_spec import Limit

#: Numbers of setrlimit(2) on x86-64 and AArch64.
RESOURCES = {
    name: number
    for number, name in enumerate(
        "cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue"
        " nice rtprio rttime".split()
    )
}
UNLIMITED = 2**64 - 1


def read_limit(text: str) -> Limit:
    """`nofile=1024:4096` as a limit; one number is both soft and hard. Raises ValueError."""
    name, equals, values = text.partition("=")
    if not equals:
        raise ValueError(f"expected NAME=SOFT[:HARD], such as nofile=65536, got {text!r}")
    if name not in RESOURCES:
        raise ValueError(f"unknown limit {name!r}{instead(name, RESOURCES, 'prlimit(1)')}")
    soft, colon, hard = values.partition(":")
    low, high = _amount(soft), _amount(hard if colon else soft)
    if low > high:
        raise ValueError(f"{text!r}: the soft limit is above the hard limit")
    return Limit(RESOURCES[name], low, high, text)


def _amount(text: str) -> int:
    if text in ("unlimited", "infinity", "-1"):
        return UNLIMITED
    if not (text.isdecimal() and text.isascii()) or int(text[:21]) >= UNLIMITED:
        raise ValueError(f"expected a number or unlimited, got {text!r}")
    return int(text[:21])
