"""Which path gets which response. Everything here only reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED, Verdict
from initd.json_codec import encode
from initd.monitor.http import snapshot, status_page, verdict_text
from initd.monitor.http.request import Target, parse_target
from initd.monitor.http.response import Response, plain
from initd.monitor.http.shared_call import SharedCall

if TYPE_CHECKING:
    from initd.monitor.state import MonitorState

#: The question that a path asks, by its first part.
QUESTION_OF = {"livez": LIVE, "readyz": READY, "startupz": STARTED, "healthz": HEALTHY}

Later = Coroutine[Any, Any, Response]


class Site:
    """Health is answered at once, from what is known; the rest is looked up first."""

    def __init__(
        self, state: MonitorState, metrics: Callable[[], Awaitable[tuple[bytes, str]]]
    ) -> None:
        self._state = state
        self._snapshot = SharedCall(lambda: snapshot.take(state))
        self._metrics = SharedCall(metrics)
        self._pages: dict[str, Callable[[Target], Later]] = {
            "/": self._page_for_people,
            "/status": self._status,
            "/metrics": self._exposition,
        }

    def answer(self, target: bytes) -> Response | Later:
        """The response to a GET of `target`; a HEAD gets the same without its body."""
        try:
            asked = parse_target(target)
        except ValueError as error:
            return plain(400, str(error))
        word, _, name = asked.path[1:].partition("/")
        if word in QUESTION_OF:
            return self._health(QUESTION_OF[word], name, "verbose" in asked.names)
        page = self._pages.get(asked.path)
        return page(asked) if page else plain(404, f"not found; available: {self._paths()}")

    def _paths(self) -> str:
        return " ".join([*(f"/{name}" for name in QUESTION_OF), *self._pages])

    def close(self) -> None:
        """Gives up whatever is still being looked up."""
        self._snapshot.cancel()
        self._metrics.cancel()

    def _health(self, question: str, name: str, verbose: bool) -> Response:
        state = self._state
        verdict = state.judge_check(name, question) if name else state.judge(question)
        if verdict is not None:
            return verdict_text.answer(verdict, verbose)
        whole = state.judge(question)
        if self._is_silent(name, whole):
            return verdict_text.answer(whole, verbose)
        return verdict_text.unknown(name, whole)

    def _is_silent(self, name: str, whole: Verdict) -> bool:
        """Whether the check exists but has nothing to say yet: no app runs, and its last result
        was about an earlier one."""
        known = {check.name for check in self._state.report.checks}
        return name in known and not whole.ok and all(row.role == "" for row in whole.rows)

    async def _status(self, asked: Target) -> Response:
        document = snapshot.document(await self._snapshot())
        return Response(200, encode(document).encode() + b"\n", "application/json")

    async def _exposition(self, asked: Target) -> Response:
        return Response(200, *await self._metrics())

    async def _page_for_people(self, asked: Target) -> Response:
        return status_page.response(await self._snapshot(), paused="paused" in asked.names)
