"""Numbers and records in words, for people."""

from __future__ import annotations

from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.monitor.history import Asked

#: The facts of one event are cut after so many characters.
FACTS_AT_MOST = 400
_COLUMNS = ("timestamp", "level", "event")


def duration(seconds: float | None) -> str | None:
    """`3 d 4 h`: the two largest units."""
    if seconds is None:
        return None
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in parts[:2])


def bytes_in_words(count: int) -> str:
    """In MiB, as processes are measured."""
    return f"{count / 2**20:.1f} MiB"


def asked_in_words(asked: Asked | None, now: float) -> str:
    """`2 s ago, took 3 ms, passed 12 times in a row`."""
    if asked is None:
        return "not yet"
    took = f"{asked.seconds * 1000:.0f} ms" if asked.seconds < 10 else f"{asked.seconds:.0f} s"
    found = "passed" if asked.ok else "failed"
    times = "once" if asked.in_a_row == 1 else f"{asked.in_a_row} times in a row"
    return f"{duration(max(now - asked.at, 0))} ago, took {took}, {found} {times}"


def last_exit(last: dict[str, Any] | None) -> str | None:
    """How the app last ended; None if it has not."""
    if not last:
        return None
    how = (
        f"signal {last['signal']}" if last.get("signal") is not None else f"code {last.get('code')}"
    )
    after = duration(last.get("after_seconds"))
    return f"{how} after {after}" if after else how


def facts_of(event: dict[str, Any]) -> str:
    """The facts of an event that have no column of their own."""
    words = (
        f"{name}={value if isinstance(value, str) else encode(value)}"
        for name, value in event.items()
        if name not in _COLUMNS
    )
    return "  ".join(words)[:FACTS_AT_MOST]
