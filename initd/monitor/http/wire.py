"""A client's socket: bytes in while they are wanted, bytes out as the client takes them."""

from __future__ import annotations

from _socket import AF_UNIX, IPPROTO_TCP, SHUT_WR, TCP_NODELAY, socket

from initd.monitor.http.bounds import READ_AT_MOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from initd.monitor.loop import Loop

    class Owner(Protocol):
        """Who is told of what happens. Each call comes from the loop, or from the end of a write
        or close that the owner has asked for."""

        def received(self, data: bytes) -> None:
            """What the client has sent; b"" once, at its end."""

        def taken(self) -> None:
            """The kernel has all that was written, some of it later than it was written."""

        def lost(self) -> None:
            """The socket is closed, whoever closed it. The last call."""


_NOTHING = memoryview(b"")


class Wire:
    """Invariant: the loop watches the socket for what is wanted of it, and not after `lost`."""

    def __init__(self, connected: socket, loop: Loop, owner: Owner) -> None:
        self._socket = connected
        self._fd = connected.fileno()
        self._loop = loop
        self._owner = owner
        self._unsent = _NOTHING
        self._closing = False
        self._closed = False
        self._half_closing = False
        self._at_end = False
        self._reading = False
        connected.setblocking(False)
        if connected.family != AF_UNIX:
            connected.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

    @property
    def is_full(self) -> bool:
        """Whether something written is still here: `taken` comes when it is not any more."""
        return bool(self._unsent)

    def read(self, wanted: bool) -> None:
        """Whether what comes is to be received from now on."""
        wanted = wanted and not (self._closing or self._closed or self._at_end)
        if wanted == self._reading:
            return
        self._reading = wanted
        if wanted:
            self._loop.add_reader(self._fd, self._readable)
        else:
            self._loop.remove_reader(self._fd)

    def write(self, data: bytes) -> None:
        """Once, until it is taken."""
        if self._closed:
            return
        self._unsent = memoryview(data)
        self._send()
        if self._unsent:
            self._loop.add_writer(self._fd, self._writable)

    def half_close(self) -> None:
        """Tells the client, behind what is written, that nothing more comes."""
        self._half_closing = True
        if self._unsent or self._closed:
            return
        try:
            self._socket.shutdown(SHUT_WR)
        except OSError:  # it has reset the connection
            self.cut()

    def close(self) -> None:
        """Behind what is written."""
        self._closing = True
        self.read(False)
        if not self._unsent:
            self.cut()

    def cut(self) -> None:
        """At once."""
        if self._closed:
            return
        self.read(False)
        self._closing = self._closed = True
        self._unsent = _NOTHING
        self._loop.remove_writer(self._fd)
        self._socket.close()
        self._loop.call_soon(self._owner.lost)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_AT_MOST)
        except BlockingIOError:
            return
        except OSError:
            self.cut()
            return
        if not data:
            self._at_end = True
            self.read(False)
        self._owner.received(data)

    def _writable(self) -> None:
        self._send()
        if self._unsent or self._closed:
            return
        self._loop.remove_writer(self._fd)
        if self._closing:
            self.cut()
            return
        if self._half_closing:
            self.half_close()
        self._owner.taken()

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            self.cut()
            return
        self._unsent = self._unsent[sent:]
