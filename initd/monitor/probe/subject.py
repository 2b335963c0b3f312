"""What a probe asks about: the app, and what it has told by sd_notify."""

from __future__ import annotations

from typing import Protocol

from initd.core.value import Value


class Subject(Value):
    """The app, and since when this monitor has known it, in seconds of the event loop's
    clock, which is the monotonic one."""

    app: int
    since: float


class Notified(Protocol):
    """What the app has said: READY=1; when WATCHDOG=1 came last (monotonic seconds);
    whether WATCHDOG=trigger did."""

    @property
    def ready(self) -> bool: ...
    @property
    def last_watchdog(self) -> float | None: ...
    @property
    def watchdog_failed(self) -> bool: ...
