"""One call for all who want the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedCall(Generic[T]):
    """Runs `call` at most once at a time, so that any number of clients costs pid 1 and the
    walk of /proc no more than one does. Who comes while it runs gets its outcome; one that
    gives up does not take it from the others."""

    def __init__(self, call: Callable[[], Awaitable[T]]) -> None:
        self._call = call
        self._running: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._running is None:
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(self._done)
        return await asyncio.shield(self._running)

    async def _run(self) -> T:
        return await self._call()

    def _done(self, task: asyncio.Task[T]) -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # retrieved, in case nobody is left to wait for it

    def cancel(self) -> None:
        """The outcome is not wanted any more."""
        if self._running is not None:
            self._running.cancel()
