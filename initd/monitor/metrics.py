"""Metrics for Prometheus, made when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from initd.monitor.sampler import Sampler
from initd.monitor.unneeded import import_prometheus_client

if TYPE_CHECKING:
    from initd.monitor.exposition import Exposition
    from initd.monitor.state import MonitorState


class Metrics:
    """Counts from now on; renders on demand. A container that nobody scrapes does not
    pay for prometheus_client (7 ms and 1 MB)."""

    def __init__(self, knowledge: MonitorState) -> None:
        self._knowledge = knowledge
        self._sampler = Sampler(knowledge)
        self._exposition: Exposition | None = None

    async def expose(self, accept: str = "") -> tuple[bytes, str]:
        """The body of an answer to GET /metrics, and its Content-Type; `accept` is the
        request's Accept header."""
        if self._exposition is None:
            import_prometheus_client()
            from initd.monitor.exposition import Exposition

            self._exposition = Exposition(self._sampler.samples)
        await self._knowledge.refresh()
        return self._exposition.render(accept)
