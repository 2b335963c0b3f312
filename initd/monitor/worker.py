"""Calls of the kernel that may take as long as they like, without keeping the loop waiting."""

from __future__ import annotations

import posix
from _thread import start_new_thread

from initd.monitor.tasks import readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


class Worker:
    """A thread for one call at a time. `busy`: the last one has not come back, though nobody may
    be waiting for it any more."""

    def __init__(self) -> None:
        self.busy = False

    async def run(self, call: Callable[[], T]) -> T:
        """What it returns or raises. Raises OSError where no pipe can be had. The loop waits where
        no thread can: a list of permitted calls lacks clone3, or there are too many processes.

        Nobody has to wait for its end: the thread has one end of a pipe, and closes it then."""
        found: list[T] = []
        failures: list[Exception] = []
        reads, writes = posix.pipe2(posix.O_CLOEXEC)

        def work() -> None:
            try:
                found.append(call())
            except Exception as failure:
                failures.append(failure)
            finally:
                self.busy = False
                posix.close(writes)

        try:
            self.busy = True
            try:
                start_new_thread(work, ())
            except RuntimeError:
                work()
            await readable(reads)
        finally:
            posix.close(reads)
        if failures:
            raise failures[0]
        return found[0]
