"""The HTTP server of the monitor: which connections it takes, and how it ends."""

from __future__ import annotations

import errno
from _socket import socket

from initd.monitor.http.bounds import Bounds
from initd.monitor.loop import running
from initd.monitor.tasks import Future, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from initd.monitor.http.connection import Connection, Service
    from initd.monitor.http.site import Expose
    from initd.monitor.state import MonitorState

#: Connections that the kernel queues until we accept them; and how many we accept in one turn.
_BACKLOG = 128
#: Out of these, accept(2) fails although somebody waits: tried again after so many seconds.
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_SHORT_FOR = 1.0
#: Seconds for responses under way when the server is closed.
_CLOSE_WITHIN = 1.0


class HttpServer:
    """Serves what is in `state`, and `metrics`: a body and its content type.

    `log` takes an event and its facts by name, as MonitorLog's `warning` does. Without a
    connection no timer runs: only the next client wakes the process. What it takes to serve one
    is imported for the first.
    """

    def __init__(
        self,
        state: MonitorState,
        metrics: Expose,
        log: Callable[..., None],
        bounds: Bounds | None = None,
    ) -> None:
        self._state = state
        self._metrics = metrics
        self._log = log
        self._bounds = bounds or Bounds()
        self._service: Service | None = None
        self._listeners: list[socket] = []
        self._inside: set[Connection] = set()
        self._turned_away: set[Connection] = set()
        self._told = False
        self._emptied: Future[None] | None = None

    def serve(self, listeners: Sequence[int]) -> None:
        """Accepts on sockets that are bound already, TCP or unix."""
        for fd in listeners:
            listener = socket(fileno=fd)
            listener.setblocking(False)
            listener.listen(_BACKLOG)
            self._listeners.append(listener)
            self._watch(listener)

    async def close(self) -> None:
        """Takes no more connections; responses under way are given a second."""
        for listener in self._listeners:
            running().remove_reader(listener.fileno())
            listener.close()
        self._listeners.clear()
        for connection in [*self._inside, *self._turned_away]:
            connection.close()
        if self._inside:
            self._emptied = Future()
            await wait(self._emptied, _CLOSE_WITHIN)
        for connection in [*self._inside, *self._turned_away]:
            connection.cut()
        if self._service is not None:
            self._service.site.close()

    # ---- accepting ----------------------------------------------------------------------------

    def _watch(self, listener: socket) -> None:
        if listener in self._listeners:
            running().add_reader(listener.fileno(), lambda: self._accept(listener))

    def _accept(self, listener: socket) -> None:
        """Whoever waits. Others on the loop have their turn after a queue full of them."""
        for _ in range(_BACKLOG):
            try:
                fd, _ = listener._accept()  # type: ignore[attr-defined]  # as socket.accept
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _SHORT:
                    raise
                loop = running()
                loop.remove_reader(listener.fileno())
                loop.call_at(loop.time() + _SHORT_FOR, lambda: self._watch(listener))
                return
            self._begin(socket(listener.family, listener.type, listener.proto, fd))

    def _begin(self, accepted: socket) -> None:
        from initd.monitor.http.connection import Connection

        if self._service is None:
            self._service = self._new_service()
        Connection(self._service, accepted).begin()

    def _new_service(self) -> Service:
        from initd.monitor.http.connection import Service
        from initd.monitor.http.response import Date
        from initd.monitor.http.site import Site

        return Service(
            site=Site(self._state, self._metrics),
            bounds=self._bounds,
            date=Date(),
            log=self._log,
            enter=self._enter,
            left=self._left,
        )

    # ---- who is in ----------------------------------------------------------------------------

    def _enter(self, newcomer: Connection) -> bool:
        """Whether it is taken, if need be in place of one that only waits.

        So a client that holds connections open, or trickles requests into them, can't keep
        others out; one that sends its request at once is spared."""
        if len(self._inside) >= self._bounds.connections and not self._make_room(newcomer):
            self._turn_away(newcomer)
            return False
        self._inside.add(newcomer)
        return True

    def _make_room(self, newcomer: Connection) -> bool:
        waiting = [each for each in self._inside if each.waits]
        oldest = min(waiting, key=lambda each: each.since, default=None)
        if oldest is None or newcomer.since - oldest.since < self._bounds.spared:
            return False
        self._inside.discard(oldest)
        oldest.close()
        return True

    def _turn_away(self, newcomer: Connection) -> None:
        if not self._told:
            self._told = True
            self._log("http.full", connections=len(self._inside))
        if len(self._turned_away) >= self._bounds.turned_away:
            oldest = min(self._turned_away, key=lambda each: each.since)
            self._turned_away.discard(oldest)
            oldest.cut()
        self._turned_away.add(newcomer)

    def _left(self, connection: Connection) -> None:
        self._turned_away.discard(connection)
        self._inside.discard(connection)
        if len(self._inside) <= self._bounds.connections // 2:
            self._told = False
        if not self._inside and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)
