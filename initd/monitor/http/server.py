"""The HTTP server of the monitor: which connections it takes, and how it ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from initd.monitor.http.bounds import READ_AT_MOST, Bounds
from initd.monitor.http.connection import Connection, Service
from initd.monitor.http.response import Date
from initd.monitor.http.site import Site

if TYPE_CHECKING:
    from initd.monitor.state import MonitorState

#: Connections that the kernel queues until we accept them.
_BACKLOG = 128
#: Seconds for responses under way when the server is closed.
_CLOSE_WITHIN = 1.0


class HttpServer:
    """Serves what is in `state`, and `metrics()`: a body and its content type.

    `log` takes an event and its facts by name, as structlog's `warning` does. Without a
    connection no timer runs: only the next client wakes the process.
    """

    def __init__(
        self,
        state: MonitorState,
        metrics: Callable[[], Awaitable[tuple[bytes, str]]],
        log: Callable[..., None],
        bounds: Bounds | None = None,
    ) -> None:
        self._site = Site(state, metrics)
        self._bounds = bounds or Bounds()
        self._log = log
        self._listeners: list[asyncio.Server] = []
        self._inside: set[Connection] = set()
        self._turned_away: set[Connection] = set()
        self._told = False
        self._empty = asyncio.Event()

    async def serve(self, sockets: Sequence[socket.socket]) -> None:
        """Accepts on sockets that are bound already, TCP or unix, and returns."""
        service = Service(
            site=self._site,
            bounds=self._bounds,
            inbox=bytearray(READ_AT_MOST),
            date=Date(),
            log=self._log,
            enter=self._enter,
            left=self._left,
        )
        loop = asyncio.get_running_loop()
        for each in sockets:
            # Not create_unix_server: from Python 3.13 on it removes the socket's file at its
            # end, but that is pid 1's, for the next monitor.
            listener = await loop.create_server(
                lambda: Connection(service), sock=each, backlog=_BACKLOG
            )
            self._listeners.append(listener)

    async def close(self) -> None:
        """Takes no more connections; responses under way are given a second."""
        for listener in self._listeners:
            listener.close()
        for connection in [*self._inside, *self._turned_away]:
            connection.close()
        try:
            if self._inside:
                await asyncio.wait_for(self._empty.wait(), _CLOSE_WITHIN)
        except TimeoutError:
            pass
        for connection in [*self._inside, *self._turned_away]:
            connection.cut()
        self._site.close()

    def _enter(self, newcomer: Connection) -> bool:
        """Whether it is taken, if need be in place of one that only waits.

        So a client that holds connections open, or trickles requests into them, can't keep
        others out; one that sends its request at once is spared."""
        if len(self._inside) >= self._bounds.connections and not self._make_room(newcomer):
            self._turn_away(newcomer)
            return False
        self._inside.add(newcomer)
        self._empty.clear()
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
        if not self._inside:
            self._empty.set()
