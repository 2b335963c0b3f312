"""One connection: bytes to h11, requests to the site, responses back, in order.

h11 parses, and enforces what may be sent when. It is sans-io and pure Python, so a hostile
client meets no C code; it follows RFC 9112 to the letter, and what it rejects gets the
status that it names. httptools is faster: a C parser, lenient by design, and without a
state machine for responses.

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

import asyncio
from collections.abc import Callable
from typing import Any, cast

import h11

from initd.core.value import Value
from initd.monitor.http.bounds import Bounds
from initd.monitor.http.deadline import Deadline
from initd.monitor.http.printable import printable
from initd.monitor.http.request import refusal
from initd.monitor.http.response import REASONS, Date, Headers, Response, headers_of, plain
from initd.monitor.http.site import Later, Site

WAITING, ANSWERING, SENDING, LINGERING, CLOSED = (
    "waiting answering sending lingering closed".split()
)

_FULL = plain(503, "too many connections; try again soon")
_LATE_REQUEST = plain(408, "the rest of the request did not come in time")
_LATE_ANSWER = plain(503, "the response was not ready in time")
_BUG = plain(500, "bug in the monitor; see its log")
_CLOSE: Headers = ((b"Connection", b"close"),)
#: What a client sent is quoted to it, cut after so many characters.
_QUOTED_AT_MOST = 200


class Service(Value):
    """What all connections of a server use. `enter` says whether there is room for a
    connection, `left` is called when it is gone. `inbox` is one buffer for all of them:
    what is read into it is taken out before the event loop reads again."""

    site: Site
    bounds: Bounds
    inbox: bytearray
    date: Date
    log: Callable[..., None]
    enter: Callable[[Connection], bool]
    left: Callable[[Connection], None]


class Connection(asyncio.BufferedProtocol):
    """Invariant: a deadline is set until the connection is closed."""

    def __init__(self, service: Service) -> None:
        self.state = WAITING
        #: When it began to wait for its client, on the event loop's clock.
        self.since = 0.0
        self._service = service
        self._bounds = service.bounds
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=service.bounds.head)
        self._loop = asyncio.get_running_loop()
        self._deadline = Deadline(self._loop, self._expired)
        self._search: asyncio.Task[None] | None = None
        self._half_came = False
        self._head_only = False
        self._last = False
        self._refused = False
        self._full = False

    # ---- called by the transport ------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)  # `_full` once the kernel is
        self.since = self._loop.time()
        self._deadline.set(self._bounds.request)
        if not self._service.enter(self):
            self._refuse(_FULL)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._service.inbox

    def buffer_updated(self, nbytes: int) -> None:
        if self.state == WAITING:
            self._http.receive_data(bytes(self._service.inbox[:nbytes]))
            self._advance()

    def eof_received(self) -> None:
        """Comes only when every request has its response, since nothing is read before: a
        client may shut down its side and read on. asyncio closes after what is written."""
        if self.state == WAITING:
            self._http.receive_data(b"")
            self._advance()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        # Not at once: asyncio's transport, if closed within this call, reports the lost
        # connection twice (Python 3.11, selector_events.py, _write_ready).
        self._loop.call_soon(self._taken)

    def connection_lost(self, exc: Exception | None) -> None:
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
            self._transport.close()

    def cut(self) -> None:
        """Closes at once, whatever the client has not read yet."""
        self._end()
        self._transport.abort()

    # ---- requests ---------------------------------------------------------------------------

    def _advance(self) -> None:
        """Handles what has come: a request, a part of one, nonsense, or the end."""
        if self.state != WAITING:
            return
        try:
            event = self._http.next_event()
            if type(event) is h11.Request:
                self._handle(event, self._http.next_event())
            elif event is h11.NEED_DATA:
                self._wait_for_more()
            else:
                self.close()
        except h11.RemoteProtocolError as error:
            why = printable(str(error))[:_QUOTED_AT_MOST]
            self._refuse(plain(error.error_status_hint, why))

    def _wait_for_more(self) -> None:
        self._transport.resume_reading()
        if not self._half_came and self._http.trailing_data[0]:
            self._half_came = True
            self._deadline.set(self._bounds.request)

    def _handle(self, request: h11.Request, behind: Any) -> None:
        self._head_only = request.method == b"HEAD"
        refused = refusal(request, behind, self._bounds.head)
        if refused is not None:
            self._refuse(refused)
            return
        try:
            answer = self._service.site.answer(request.target)
        except Exception as error:
            self._report_bug(error)
            return
        if isinstance(answer, Response):
            self._send(answer)
        else:
            self.state = ANSWERING
            self._transport.pause_reading()
            self._deadline.set(self._bounds.answer)
            self._search = self._loop.create_task(self._find(answer))

    async def _find(self, answer: Later) -> None:
        try:
            found = await answer
        except Exception as error:
            self._report_bug(error)
        else:
            self._send(found)

    def _report_bug(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "an HTTP response", "exception": error})
        self._refuse(_BUG)

    # ---- responses --------------------------------------------------------------------------

    def _refuse(self, response: Response) -> None:
        """This response is the last one, whatever else the client has sent or will send."""
        self._last = self._refused = True
        self._send(response)

    def _send(self, response: Response) -> None:
        self._search = None
        self.state = SENDING
        self._transport.write(self._encoded(response))
        if self._full:
            self._transport.pause_reading()
            self._deadline.set(self._bounds.taken)
        else:
            self._sent()

    def _encoded(self, response: Response) -> bytes:
        send = self._http.send
        headers = headers_of(response, self._service.date.now())
        head = h11.Response(
            status_code=response.status,
            reason=REASONS.get(response.status, b""),
            headers=headers + list(_CLOSE) if self._last else headers,
        )
        text = send(head)
        if not self._head_only:
            text += send(h11.Data(data=response.body))
        return text + send(h11.EndOfMessage())

    def _taken(self) -> None:
        if self.state == SENDING and not self._full:
            self._sent()

    def _sent(self) -> None:
        """The kernel has all of the response."""
        if self._refused:
            self._linger()
        elif self._http.our_state is h11.DONE and not self._last:
            self._next()
        else:
            self.state = WAITING
            self.close()

    def _next(self) -> None:
        self._http.start_next_cycle()
        self.state, self.since, self._half_came = WAITING, self._loop.time(), False
        self._deadline.set(self._bounds.idle)
        if self._http.trailing_data[0]:
            self._transport.pause_reading()
            self._loop.call_soon(self._advance)
        else:
            self._transport.resume_reading()

    def _linger(self) -> None:
        """Closing a socket that has unread bytes resets the connection, and the client may
        lose the response that says why (RFC 9112, 9.6)."""
        self.state, self.since = LINGERING, self._loop.time()
        self._deadline.set(self._bounds.linger)
        try:
            self._transport.write_eof()
        except OSError:
            self.cut()
            return
        if self._http.trailing_data[1]:
            self.close()  # nothing more will come
        self._transport.resume_reading()

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
