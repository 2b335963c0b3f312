"""What a client may cost: all limits of the HTTP server."""

from __future__ import annotations

from initd.core.value import Value

#: Bytes that one read takes from a socket. Together with a head of at most 16 KiB that is
#: not complete yet, this is all that a connection can make us hold.
READ_AT_MOST = 16 * 1024


class Bounds(Value):
    """Times are seconds, sizes bytes."""

    #: Connections at the same time.
    connections: int = 64
    #: So many more get a 503 and time to read it; beyond them the oldest is cut.
    turned_away: int = 16
    #: A connection that has waited so long for its client is closed for a new one.
    spared: float = 1.0
    #: Request line and headers together.
    head: int = 16 * 1024
    #: From the first byte of a request to its last; from accept(2) for the first one.
    request: float = 10.0
    #: Between a response and the next request.
    idle: float = 30.0
    #: For finding a response: a fresh view of pid 1, a walk of the tree, metrics.
    answer: float = 10.0
    #: For the client to read a response.
    taken: float = 10.0
    #: After an error response, for the client to stop sending and read it.
    linger: float = 2.0
