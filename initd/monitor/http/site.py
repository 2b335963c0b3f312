"""Which path gets which response. Everything here only reads."""

from __future__ import annotations

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED
from initd.json_codec import encode
from initd.monitor.http import verdict_text
from initd.monitor.http.request import parse_target
from initd.monitor.http.response import Response, plain
from initd.monitor.http.shared_call import SharedCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from initd.monitor.http.request import Target
    from initd.monitor.http.snapshot import Snapshot
    from initd.monitor.state import MonitorState

    Later = Coroutine[Any, Any, Response]
    #: The body of /metrics, in OpenMetrics or in Prometheus' text format, and its Content-Type.
    Expose = Callable[[bool], Coroutine[Any, Any, tuple[bytes, str]]]

#: Two clients may get two texts (RFC 9110, 12.5.5).
_BY_ACCEPT = ((b"Vary", b"Accept"),)
#: The question that a path asks, by its first part.
QUESTION_OF = {"livez": LIVE, "readyz": READY, "startupz": STARTED, "healthz": HEALTHY}


class Site:
    """Health is answered at once, from what is known; the rest is looked up first."""

    def __init__(self, state: MonitorState, metrics: Expose) -> None:
        self._state = state
        self._snapshot = SharedCall(lambda: _take(state))
        #: By whether it is OpenMetrics.
        self._metrics = {
            False: SharedCall(lambda: metrics(False)),
            True: SharedCall(lambda: metrics(True)),
        }
        self._pages: dict[str, Callable[[Target, bytes], Later]] = {
            "/": self._page_for_people,
            "/status": self._status,
            "/metrics": self._exposition,
        }

    def answer(self, target: bytes, accept: bytes = b"") -> Response | Later:
        """The response to a GET of `target` with this Accept header; a HEAD gets the same without
        its body."""
        try:
            asked = parse_target(target)
        except ValueError as error:
            return plain(400, str(error))
        word, _, name = asked.path[1:].partition("/")
        if word in QUESTION_OF:
            return self._health(QUESTION_OF[word], name, "verbose" in asked.names)
        page = self._pages.get(asked.path)
        return page(asked, accept) if page else plain(404, f"not found; available: {self._paths()}")

    def _paths(self) -> str:
        return " ".join([*(f"/{name}" for name in QUESTION_OF), *self._pages])

    def close(self) -> None:
        """Gives up whatever is still being looked up."""
        self._snapshot.cancel()
        for shared in self._metrics.values():
            shared.cancel()

    def _health(self, question: str, name: str, verbose: bool) -> Response:
        state = self._state
        verdict = state.judge_check(name, question) if name else state.judge(question)
        if verdict is not None:
            return verdict_text.answer(verdict, verbose)
        return verdict_text.unknown(name, state.judge(question))

    # What these need is imported when it is asked for.

    async def _status(self, asked: Target, accept: bytes) -> Response:
        from initd.monitor.http.snapshot import document

        facts = document(await self._snapshot())
        return Response(200, encode(facts).encode() + b"\n", "application/json")

    async def _exposition(self, asked: Target, accept: bytes) -> Response:
        from initd.core.metrics.exposition import wants_open_metrics

        open_metrics = wants_open_metrics(accept.decode("latin-1"))
        body, content_type = await self._metrics[open_metrics]()
        return Response(200, body, content_type, _BY_ACCEPT)

    async def _page_for_people(self, asked: Target, accept: bytes) -> Response:
        from initd.monitor.http import status_page

        return status_page.response(await self._snapshot(), paused="paused" in asked.names)


async def _take(state: MonitorState) -> Snapshot:
    from initd.monitor.http.snapshot import take

    return await take(state)
