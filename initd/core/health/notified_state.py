"""What the app has said of itself by sd_notify so far. It says most of it only once, so a
monitor that takes over from a dead one has to be told."""

from __future__ import annotations

from initd.core.value import Value

RELOADING, STOPPING = "reloading", "stopping"
#: The most seconds that one EXTEND_TIMEOUT_USEC gets: no app can put off its end for ever.
EXTEND_AT_MOST = 3600.0


class NotifyState(Value):
    """`announced` is RELOADING, STOPPING or ""; `status` its last STATUS, for people;
    `watchdog_seconds` is None until the app sets it."""

    ready: bool = False
    announced: str = ""
    status: str = ""
    watchdog_seconds: float | None = None
    watchdog_failed: bool = False
