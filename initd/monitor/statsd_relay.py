"""The way to a StatsD relay: datagrams that never wait, and a name that is looked up once.

A datagram is not acknowledged. What can be known: the kernel refuses at once if a unix
socket has no reader or no room; and a UDP port without a reader answers by ICMP, which
becomes the socket's error (udp(7)), on the same machine before send(2) returns.
"""

from __future__ import annotations

import errno
import posix
from _socket import (
    AF_UNIX,
    SO_ERROR,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOL_SOCKET,
    socket,
)

from initd.monitor.resolver import numeric_places, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from initd.core.address import StatsdAddress
    from initd.monitor.log import Log
    from initd.monitor.resolver import Place

#: Bytes: what fits into an Ethernet frame over IPv6 and IPv4, with room for a tunnel; and
#: what relays that read unix sockets take.
UDP_LIMIT, UNIX_LIMIT = 1432, 8192
#: A refusal from another machine comes after the report that caused it, so one report over
#: UDP that seems to succeed proves nothing.
_GOOD_OVER_UDP = 2


class StatsdRelay:
    """Counts what was dropped; logs once that the relay is away, and once that it is back."""

    def __init__(self, address: StatsdAddress, log: Log) -> None:
        self.address = address
        self._log = log
        self.limit = UNIX_LIMIT if address.path else UDP_LIMIT
        self.dropped = 0
        self._socket: socket | None = None
        #: (family, address), tried in turn; when none is left the name is looked up again.
        self._places = _without_look_up(address)
        self._away = False
        self._good = 0

    async def look_up(self) -> None:
        """Finds the relay's address if it is not known: at the start and after errors."""
        if self._places:
            return
        try:
            self._places = await places(self.address.host, self.address.port, SOCK_DGRAM)
        except OSError as error:
            self._note(error)

    def send(self, datagrams: Iterable[bytes]) -> int:
        """How many the kernel took, in order. It stops at the first refusal: the rest would
        be refused too."""
        refusal: OSError | None = None
        taken = 0
        for data in datagrams:
            refusal = refusal or self._send(data)
            if refusal is None:
                taken += 1
            else:
                self.dropped += 1
        self._note(refusal)
        return taken

    def close(self) -> None:
        """Closes the socket; another `send` would open a new one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, data: bytes) -> OSError | None:
        fresh = self._socket is None
        refusal = self._try(data)
        if refusal is not None and self.address.path and not fresh and self._socket is None:
            refusal = self._try(data)  # a relay that was restarted has another socket
        return refusal

    def _try(self, data: bytes) -> OSError | None:
        try:
            if self._socket is None:
                self._socket = self._open()
            self._socket.send(data)
            late = self._socket.getsockopt(SOL_SOCKET, SO_ERROR)
            if late:
                raise OSError(late, posix.strerror(late))
        except BlockingIOError as full:
            return full  # the relay is slow; its socket is still good
        except OSError as error:
            self._leave()
            return error
        return None

    def _open(self) -> socket:
        if not self._places:
            raise OSError(errno.EHOSTUNREACH, f"cannot resolve {self.address.host}")
        family, place = self._places[0]
        opened = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
        try:
            opened.connect(place)
        except OSError:
            opened.close()
            raise
        return opened

    def _leave(self) -> None:
        """Gives up an address that failed, for the next one."""
        self.close()
        self._places = self._places[1:] or _without_look_up(self.address)

    def _note(self, refusal: OSError | None) -> None:
        if refusal is not None:
            self._good = 0
            if not self._away:
                self._away = True
                why = refusal.strerror or str(refusal)
                self._log.warning("statsd.unreachable", relay=str(self.address), why=why)
            return
        self._good += 1
        if self._away and (self.address.path or self._good >= _GOOD_OVER_UDP):
            self._away = False
            self._log.recovery("statsd.reachable", relay=str(self.address), dropped=self.dropped)


def _without_look_up(address: StatsdAddress) -> list[Place]:
    """The address if it needs no resolver: a path, or a number."""
    if address.path:
        return [(AF_UNIX, address.path)]
    return numeric_places(address.host, address.port, SOCK_DGRAM)
