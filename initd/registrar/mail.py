"""From other threads to the loop."""

from __future__ import annotations

import posix

from initd.monitor.loop import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_AT_ONCE = 4096


class Mail:
    """Calls that other threads want to be made in the loop. Made in the loop, and never ends."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], object]] = []
        self._reads, self._writes = posix.pipe2(posix.O_CLOEXEC | posix.O_NONBLOCK)
        running().add_reader(self._reads, self._deliver)

    def post(self, call: Callable[[], object]) -> None:
        """To be called in any thread."""
        self._calls.append(call)
        try:
            posix.write(self._writes, b"\0")
        except BlockingIOError:
            pass  # the loop is about to wake up

    def _deliver(self) -> None:
        posix.read(self._reads, _AT_ONCE)
        while self._calls:
            self._calls.pop(0)()
