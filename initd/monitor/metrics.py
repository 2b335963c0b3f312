"""Metrics for Prometheus, collected when they are scraped."""

from __future__ import annotations

from initd.monitor.sampler import Sampler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.monitor.state import MonitorState


class Metrics:
    """Counts from now on; renders on demand. Until the first scrape nothing is imported for it."""

    def __init__(self, state: MonitorState) -> None:
        self._state = state
        self._sampler = Sampler(state)

    async def expose(self, open_metrics: bool = False) -> tuple[bytes, str]:
        """The body of a response to GET /metrics, and its Content-Type; in Prometheus' own format
        or in OpenMetrics."""
        from initd.core.metrics.exposition import OPEN_METRICS, TEXT, exposition

        await self._state.refresh()
        text = exposition(self._sampler.samples(), open_metrics)
        return text.encode(errors="replace"), OPEN_METRICS if open_metrics else TEXT
