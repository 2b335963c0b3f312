"""Looks at the hosts file when the monitor is awake anyway: pid 1 is not, for checks and probes.

pid 1 looks at the file itself whenever it is awake (init/hosts_line.py).
"""

from __future__ import annotations

from initd.linux.hosts_mark import hosts_mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class HostsLook:
    """`wake` wakes pid 1."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._mark = 0  # pid 1 may have looked before the last writer
        self._wake = wake

    def look(self) -> None:
        """Wakes pid 1 if somebody has written to the file since the last look."""
        mark = hosts_mark()
        if mark != self._mark:
            self._mark = mark
            self._wake()
