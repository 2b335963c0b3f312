"""The control socket's server: one JSON line in, one out, for clients that have the right.

Connections, bytes and seconds are all bounded, because pid 1 serves them. A request is
`{"verb": "status"}`, with `"argument"` if the verb takes one.
"""

from __future__ import annotations

import posix

from initd.core.life import events as ev
from initd.json_codec import decode, encode
from initd.linux import control_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CLIENTS_AT_MOST = 16
BYTES_AT_MOST = 4096
SECONDS_AT_MOST = 5.0
#: Out of these, accept(2) fails although somebody waits (ENOMEM, ENFILE, EMFILE, ENOBUFS): tried
#: again after so many seconds, since poll(2) would report it again and again.
_SHORT = (-12, -23, -24, -105)
REST = 1.0
#: More than a request may have: unread bytes would reset the connection before the peer has
#: read the answer.
_RECEIVED_AT_ONCE = 65536


class Client:
    """One connection: what it has sent so far, and when its time is up."""

    __slots__ = ("may_ask", "received", "until")

    def __init__(self, may_ask: bool, until: float) -> None:
        self.may_ask = may_ask
        self.received = b""
        self.until = until


class Control:
    """Invariant: every descriptor in `clients` is open and belongs to this server."""

    def __init__(self, server: int, path: str) -> None:
        self.server = server
        self.path = path
        self.clients: dict[int, Client] = {}
        #: Until when nobody can be welcomed, for want of a descriptor.
        self.rests_until: float | None = None

    def deadline(self) -> float | None:
        """When the first client's time is up, or the server has rested."""
        times = [client.until for client in self.clients.values()]
        if self.rests_until is not None:
            times.append(self.rests_until)
        return min(times, default=None)

    def welcome(self, now: float) -> int | None:
        """Accepts one connection; returns its descriptor, which must be watched. None: there was
        none, or there are too many."""
        fd = control_socket.accept(self.server)
        if fd < 0:
            self.rests_until = now + REST if fd in _SHORT else None
            return None
        if len(self.clients) >= CLIENTS_AT_MOST:
            posix.close(fd)
            return None
        self.adopt(fd, now)
        return fd

    def adopt(self, fd: int, now: float) -> None:
        """A connection that has been accepted already."""
        may_ask = control_socket.peer_uid(fd) in (0, posix.geteuid())
        self.clients[fd] = Client(may_ask, now + SECONDS_AT_MOST)

    def read(self, fd: int) -> ev.Request | None:
        """The request, once its line is complete. Anything else is answered here."""
        client = self.clients[fd]
        try:
            data = posix.read(fd, _RECEIVED_AT_ONCE)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        except MemoryError:  # what can't be read would be reported again and again
            self.dismiss(fd)
            return None
        client.received += data
        line, newline, _ = client.received.partition(b"\n")
        too_long = len(line) + len(newline) > BYTES_AT_MOST
        if newline and not too_long:
            return self._request(fd, line)
        if not data:
            self.dismiss(fd)
        elif too_long:
            self.reply(fd, {"error": f"request too long: at most {BYTES_AT_MOST} bytes"})
        return None

    def _request(self, fd: int, line: bytes) -> ev.Request | None:
        if not self.clients[fd].may_ask:
            self.reply(fd, {"error": "permission denied: only root and init's own user may ask"})
            return None
        try:
            request = decode(line.decode())
            verb, argument = request["verb"], request.get("argument", "")
            if isinstance(verb, str) and isinstance(argument, str):
                return ev.Request(fd, verb, argument)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass
        self.reply(fd, {"error": 'a request is one JSON line such as {"verb":"status"}'})
        return None

    def reply(self, fd: int, answer: dict[str, Any]) -> None:
        """Answers and closes, without waiting for a client that does not read."""
        if fd in self.clients:
            control_socket.send_whole(fd, encode(answer).encode() + b"\n")
            self.dismiss(fd)

    def keep_waiting(self, fd: int, until: float) -> None:
        """Its request takes a while."""
        if fd in self.clients:
            self.clients[fd].until = until

    def dismiss(self, fd: int) -> None:
        """Closes a connection."""
        del self.clients[fd]
        posix.close(fd)

    def overdue(self, now: float) -> list[int]:
        """The connections whose time is up."""
        return [fd for fd, client in self.clients.items() if client.until <= now]
