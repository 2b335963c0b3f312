"""The monitor's end of the channel to pid 1: views come in, reports go out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from initd.core.monitor.messages import PULL_MESSAGE
from initd.json_codec import decode, encode
from initd.linux import channel

#: Seconds. pid 1 answers in microseconds; when it is busy, an older view has to do.
_PATIENCE = 1.0


class Channel:
    """`closed` is set when pid 1 has closed its end: the monitor is to finish."""

    def __init__(self, fd: int, on_view: Callable[[dict[str, Any]], None]) -> None:
        self.closed = asyncio.Event()
        self._fd = fd
        self._on_view = on_view
        self._pulling: asyncio.Future[None] | None = None

    def listen(self) -> None:
        """Reads from now on, in the running loop."""
        asyncio.get_running_loop().add_reader(self._fd, self.catch_up)

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message; it is dropped if pid 1 has not read for so long that the socket
        is full."""
        channel.send(self._fd, encode(message).encode())

    async def pull(self) -> None:
        """Returns when a fresh view has come; callers at the same time share it."""
        if self._pulling is None:
            self._pulling = asyncio.get_running_loop().create_future()
            self.send(PULL_MESSAGE)
        try:
            await asyncio.wait_for(asyncio.shield(self._pulling), _PATIENCE)
        except TimeoutError:
            self._pulling = None

    def catch_up(self) -> None:
        """Takes in what pid 1 has sent until now."""
        while (data := channel.receive(self._fd)) is not None:
            if not data:
                asyncio.get_running_loop().remove_reader(self._fd)
                self.closed.set()
                self._pulled()
                return
            self._on_view(decode(data.decode()))
            self._pulled()

    def _pulled(self) -> None:
        if self._pulling is not None and not self._pulling.done():
            self._pulling.set_result(None)
        self._pulling = None
