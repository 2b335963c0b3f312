"""One call for all who want the same at the same time."""

from __future__ import annotations

from initd.monitor.tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


class SharedCall:
    """Runs `call` at most once at a time, so that any number of clients costs pid 1 and the
    walk of /proc no more than one does. Who comes while it runs gets its outcome; one that
    gives up does not take it from the others."""

    def __init__(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._call = call
        self._running: Task[Any] | None = None

    async def __call__(self) -> Any:
        if self._running is None:
            self._running = Task(self._call())
            self._running.add_done_callback(self._done)
        return await self._running

    def _done(self, task: object) -> None:
        self._running = None

    def cancel(self) -> None:
        """The outcome is not wanted any more."""
        if self._running is not None:
            self._running.cancel()
