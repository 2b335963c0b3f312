"""One connection: bytes to requests, requests to the site, responses back, in order.

    WAITING    for a request, or the rest of one       late: 408 if half came; closed
    ANSWERING  the site is looking for the response    late: 503; closed
    SENDING    the client has not read all of it yet   late: cut
    LINGERING  refused; what still comes is dropped    late: cut
    CLOSED

Bytes are read only in WAITING and LINGERING, and one request is answered a turn of the
event loop: a client that pipelines fills its own socket, not our memory, and gets no more
of the loop than others.
"""

from __future__ import annotations

from initd.core.value import Value
from initd.monitor.http.deadline import Deadline
from initd.monitor.http.fields import Unusual
from initd.monitor.http.plain_requests import PlainRequests
from initd.monitor.http.request import Refused
from initd.monitor.http.response import Response, encoded, plain
from initd.monitor.http.wire import Wire
from initd.monitor.loop import running
from initd.monitor.tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable

    from initd.monitor.http.any_requests import AnyRequests
    from initd.monitor.http.bounds import Bounds
    from initd.monitor.http.request import Request
    from initd.monitor.http.response import Date
    from initd.monitor.http.site import Later, Site

WAITING, ANSWERING, SENDING, LINGERING, CLOSED = (
    "waiting answering sending lingering closed".split()
)

_FULL = plain(503, "too many connections; try again soon")
_LATE_REQUEST = plain(408, "the rest of the request did not come in time")
_LATE_ANSWER = plain(503, "the response was not ready in time")
_BUG = plain(500, "bug in the monitor; see its log")


class Service(Value):
    """What all connections of a server use. `enter` says whether there is room for a
    connection, `left` is called when it is gone."""

    site: Site
    bounds: Bounds
    date: Date
    log: Callable[..., None]
    enter: Callable[[Connection], bool]
    left: Callable[[Connection], None]


class Connection:
    """Invariant: a deadline is set until the connection is closed."""

    def __init__(self, service: Service, accepted: socket) -> None:
        self.state = WAITING
        self._service = service
        self._bounds = service.bounds
        self._requests: PlainRequests | AnyRequests = PlainRequests(service.bounds.head)
        self._loop = running()
        #: When it began to wait for its client, on the event loop's clock.
        self.since = self._loop.time()
        self._deadline = Deadline(self._loop, self._expired)
        self._search: Task[None] | None = None
        self._half_came = False
        self._head_only = False
        self._last = False
        self._refused = False
        self._wire = Wire(accepted, self._loop, self)
        self._deadline.set(self._bounds.request)

    def begin(self) -> None:
        """Once, before all else."""
        if self._service.enter(self):
            self._wire.read(True)
        else:
            self._refuse(_FULL)

    # ---- called by the wire -----------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """The end comes only when every request has its response, since nothing is read before: a
        client may shut down its side and read on. It is closed behind what is written."""
        if self.state == WAITING:
            self._requests.receive(data)
            self._advance()
        if not data:
            self._wire.close()

    def taken(self) -> None:
        if self.state == SENDING:
            self._sent()

    def lost(self) -> None:
        self._end()
        self._service.left(self)

    # ---- called by the server ---------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether it can be closed without losing a response."""
        return self.state in (WAITING, LINGERING)

    def close(self) -> None:
        """At once, or after the response that is under way."""
        self._last = True
        if self.waits:
            self._end()
            self._wire.close()

    def cut(self) -> None:
        """Closes at once, whatever the client has not read yet."""
        self._end()
        self._wire.cut()

    # ---- requests ---------------------------------------------------------------------------

    def _advance(self) -> None:
        """Handles what has come: a request, a part of one, nonsense, or the end."""
        if self.state != WAITING:
            return
        try:
            request = self._next_request()
        except Refused as refused:
            self._head_only = refused.head_only
            self._refuse(refused.response)
            return
        except Exception as error:  # h11 is not there, or is not the one that is known here
            self._report_bug(error)
            return
        if request is not None:
            self._answer(request)
        elif self._requests.ended:
            self.close()
        else:
            self._wait_for_more()

    def _next_request(self) -> Request | None:
        try:
            return self._requests.next()
        except Unusual:
            from initd.monitor.http.any_requests import AnyRequests  # brings in h11

            read = self._requests
            self._requests = AnyRequests(self._bounds.head, read.rest, read.ended)
            return self._requests.next()

    def _wait_for_more(self) -> None:
        self._wire.read(True)
        if not self._half_came and self._requests.rest:
            self._half_came = True
            self._deadline.set(self._bounds.request)

    def _answer(self, request: Request) -> None:
        self._head_only = request.head_only
        self._last = self._last or request.last
        try:
            answer = self._service.site.answer(request.target, request.accept)
        except Exception as error:
            self._report_bug(error)
            return
        if isinstance(answer, Response):
            self._send(answer)
        else:
            self.state = ANSWERING
            self._wire.read(False)
            self._deadline.set(self._bounds.answer)
            self._search = Task(self._find(answer))

    async def _find(self, answer: Later) -> None:
        try:
            found = await answer
        except Exception as error:
            self._report_bug(error)
        else:
            self._send(found)

    def _report_bug(self, error: Exception) -> None:
        self._loop.on_bug("an HTTP response", error)
        self._refuse(_BUG)

    # ---- responses --------------------------------------------------------------------------

    def _refuse(self, response: Response) -> None:
        """This response is the last one, whatever else the client has sent or will send."""
        self._last = self._refused = True
        self._send(response)

    def _send(self, response: Response) -> None:
        self._search = None
        self.state = SENDING
        now = self._service.date.now()
        self._wire.write(encoded(response, now, self._head_only, self._last))
        if self._wire.is_full:
            self._wire.read(False)
            self._deadline.set(self._bounds.taken)
        else:
            self._sent()

    def _sent(self) -> None:
        """The kernel has all of the response."""
        if self._refused:
            self._linger()
        elif self._last:
            self.state = WAITING
            self.close()
        else:
            self._next()

    def _next(self) -> None:
        self.state, self.since, self._half_came = WAITING, self._loop.time(), False
        self._deadline.set(self._bounds.idle)
        if self._requests.rest:
            self._wire.read(False)
            self._loop.call_soon(self._advance)
        elif self._requests.ended:
            self.close()
        else:
            self._wire.read(True)

    def _linger(self) -> None:
        """Closing a socket that has unread bytes resets the connection, and the client may
        lose the response that says why (RFC 9112, 9.6)."""
        self.state, self.since = LINGERING, self._loop.time()
        self._deadline.set(self._bounds.linger)
        self._wire.half_close()
        if self._requests.ended:
            self.close()  # nothing more will come
        self._wire.read(True)

    # ---- the end ----------------------------------------------------------------------------

    def _expired(self) -> None:
        if self.state == WAITING and self._half_came:
            self._refuse(_LATE_REQUEST)
        elif self.state == WAITING:
            self.close()
        elif self.state == ANSWERING:
            self._stop_search()
            self._refuse(_LATE_ANSWER)
        else:
            self.cut()

    def _stop_search(self) -> None:
        if self._search is not None:
            self._search.cancel()
            self._search = None

    def _end(self) -> None:
        self.state = CLOSED
        self._deadline.cancel()
        self._stop_search()
