"""Metrics for Prometheus, collected when they are scraped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from initd.monitor.lean_imports import import_prometheus_client
from initd.monitor.sampler import Sampler

if TYPE_CHECKING:
    from initd.monitor.exposition import Exposition
    from initd.monitor.state import MonitorState


class Metrics:
    """Counts from now on; renders on demand. A container that nobody scrapes does not pay
    for prometheus_client (7 ms and 1 MB)."""

    def __init__(self, state: MonitorState) -> None:
        self._state = state
        self._sampler = Sampler(state)
        self._exposition: Exposition | None = None

    async def expose(self, accept: str = "") -> tuple[bytes, str]:
        """The body of a response to GET /metrics, and its Content-Type; `accept` is the
        request's Accept header."""
        if self._exposition is None:
            import_prometheus_client()
            from initd.monitor.exposition import Exposition

            self._exposition = Exposition(self._sampler.samples)
        await self._state.refresh()
        return self._exposition.render(accept)
