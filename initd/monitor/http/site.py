"""Which path gets which answer. Everything here only reads."""

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

#: The word in the path, and the question that it asks.
QUESTION_OF = {"livez": LIVE, "readyz": READY, "startupz": STARTED, "healthz": HEALTHY}
_PAGES = "/ /healthz /livez /readyz /startupz /status /metrics"

Later = Coroutine[Any, Any, Response]


class Site:
    """Answers about health come at once, from what is known; others take a look first."""

    def __init__(
        self, knowledge: MonitorState, metrics: Callable[[], Awaitable[tuple[bytes, str]]]
    ) -> None:
        self._knowledge = knowledge
        self._snapshot = SharedCall(lambda: snapshot.take(knowledge))
        self._metrics = SharedCall(metrics)
        self._pages: dict[str, Callable[[Target], Later]] = {
            "/": self._page_for_people,
            "/status": self._status,
            "/metrics": self._exposition,
        }

    def answer(self, target: bytes) -> Response | Later:
        """To a GET of `target`; a HEAD gets the same without its body."""
        try:
            asked = parse_target(target)
        except ValueError as error:
            return plain(400, str(error))
        word, _, name = asked.path[1:].partition("/")
        if word in QUESTION_OF:
            return self._health(QUESTION_OF[word], name, "verbose" in asked.names)
        page = self._pages.get(asked.path)
        return page(asked) if page else plain(404, f"nothing is here; there are: {_PAGES}")

    def close(self) -> None:
        """Whatever is still looked up is not waited for."""
        self._snapshot.cancel()
        self._metrics.cancel()

    def _health(self, question: str, name: str, verbose: bool) -> Response:
        knowledge = self._knowledge
        verdict = knowledge.judge_check(name, question) if name else knowledge.judge(question)
        if verdict is not None:
            return verdict_text.answer(verdict, verbose)
        whole = knowledge.judge(question)
        if self._is_silent(name, whole):
            return verdict_text.answer(whole, verbose)
        return verdict_text.unknown(name, whole)

    def _is_silent(self, name: str, whole: Verdict) -> bool:
        """Whether there is such a check, and only the lack of an app keeps it from
        counting: what it said last was about another one."""
        known = {state.name for state in self._knowledge.report.checks}
        return name in known and not whole.ok and all(row.role == "" for row in whole.rows)

    async def _status(self, asked: Target) -> Response:
        document = snapshot.document(await self._snapshot())
        return Response(200, encode(document).encode() + b"\n", "application/json")

    async def _exposition(self, asked: Target) -> Response:
        return Response(200, *await self._metrics())

    async def _page_for_people(self, asked: Target) -> Response:
        return status_page.response(await self._snapshot(), paused="paused" in asked.names)
