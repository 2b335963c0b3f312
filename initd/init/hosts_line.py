"""Looks after the line that init has added to /etc/hosts, while the app runs.

A kubelet writes the file anew when it starts another container of the pod, and tells nobody. An
inotify instance for each container would be too dear: root has 128 of them on a whole node by
default. So the file's time and size are looked at when pid 1 is awake anyway, or the sleeper
(shim/asleep.c), or the monitor (monitor/hosts_look.py), which wakes pid 1.
"""

from __future__ import annotations

from initd.linux.hosts_mark import hosts_mark
from initd.unload import unload_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.init.log.log import LogEvent


class HostsLine:
    """`mark` is the file's when it was known to have the line."""

    def __init__(self, name: str, mark: int, log: LogEvent) -> None:
        self.name = name
        self.mark = mark
        self._log = log

    def look(self) -> None:
        """Adds the line again where it is gone; most of the time, this is one system call."""
        mark = hosts_mark()
        if mark in (self.mark, 0):
            return
        from initd.init.bootstrap.hostname import RESOLVABLE_MODULES
        from initd.init.bootstrap.resolvable_hostname import make_hostname_resolvable

        self.mark = make_hostname_resolvable(self.name, self._log) or mark
        unload_modules(*RESOLVABLE_MODULES)
