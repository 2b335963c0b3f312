"""The monitor's end of the channel to pid 1: views come in, reports go out."""

from __future__ import annotations

from initd.core.monitor.messages import PULL_MESSAGE
from initd.json_codec import decode, encode
from initd.linux import channel
from initd.monitor.loop import running
from initd.monitor.tasks import Future, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Seconds. pid 1 answers in microseconds; when it is busy, an older view has to do.
_PATIENCE = 1.0


class Channel:
    """`closed` is done when pid 1 has closed its end: the monitor is to finish."""

    def __init__(self, fd: int, on_view: Callable[[dict[str, Any]], None]) -> None:
        self.closed: Future[None] = Future()
        self._fd = fd
        self._on_view = on_view
        self._pulling: Future[None] | None = None

    def listen(self) -> None:
        """Reads from now on, in the running loop."""
        running().add_reader(self._fd, self.catch_up)

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message; it is dropped if pid 1 has not read for so long that the socket
        is full."""
        channel.send(self._fd, encode(message).encode())

    async def pull(self) -> None:
        """Returns when a fresh view has come; callers at the same time share it."""
        if self._pulling is None:
            self._pulling = Future()
            self.send(PULL_MESSAGE)
        if not await wait(self._pulling, _PATIENCE):
            self._pulling = None

    def catch_up(self) -> None:
        """Takes in what pid 1 has sent until now."""
        while (data := channel.receive(self._fd)) is not None:
            if not data:
                running().remove_reader(self._fd)
                self.closed.set_result(None)
                self._pulled()
                return
            self._on_view(decode(data.decode()))
            self._pulled()

    def _pulled(self) -> None:
        if self._pulling is not None and not self._pulling.done():
            self._pulling.set_result(None)
        self._pulling = None
