"""Jobs that mostly wait, done a few at a time before anyone asks what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")

#: Two cores are busy with so many containers that start, work for three seconds, and end.
AT_A_TIME = 5


class SideBySide(Generic[K, V]):
    """All of them are on their way in this order; what has not begun at the end never does."""

    def __init__(self, jobs: Mapping[K, Callable[[], V]]) -> None:
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        self._ends: dict[K, Future[V]] = {key: self._pool.submit(job) for key, job in jobs.items()}

    def of(self, key: K) -> V:
        """What came of one; raises what it raised."""
        return self._ends[key].result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
