"""The monitor's sockets, in the hands of pid 1: open while monitors come and go.

Who connects between two monitors waits in the kernel's queue. Where monitors die again and again,
nobody would ever answer, and an app that notifies would block once its queue is full: so there the
sockets are closed, and clients refused at once, until the next monitor starts.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings
    from initd.init.bootstrap.monitor_sockets import MonitorSockets
    from initd.init.log.log import Log


class HeldSockets:
    """Descriptors; `notify` is -1 where there is none."""

    def __init__(self, sockets: MonitorSockets, settings: Settings, log: Log) -> None:
        self.listeners = sockets.listeners
        self.notify = sockets.notify
        self._settings = settings
        self._log = log
        self._notify_path = sockets.additions.get(b"NOTIFY_SOCKET", b"").decode()
        self._taken = sockets.taken
        self._closed = False

    def close(self) -> None:
        """Whoever waits is refused now."""
        for fd in (*self.listeners, self.notify):
            if fd >= 0:
                posix.close(fd)
        self.listeners, self.notify = (), -1
        self._closed = True

    def reopen(self) -> None:
        """At the same places. What can't be opened is logged, and tried again the next time."""
        if not self._closed:
            return
        from initd.init.bootstrap.monitor_sockets import http_listeners
        from initd.linux import notify_socket

        self._closed = False
        try:
            self.listeners = http_listeners(self._settings, self._taken, self._log)
            if self._notify_path:
                self.notify = notify_socket.listen(self._notify_path)
        except OSError as error:
            self._closed = True
            self._log("warning", "http.unavailable", {"why": error.strerror or str(error)})
