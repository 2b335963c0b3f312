"""The monitor's end of the channel to pid 1: views come in, reports go out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from initd.core.monitor.messages import PULL_MESSAGE
from initd.json_codec import decode, encode
from initd.linux import channel

#: pid 1 answers in microseconds; when it is busy, an older view has to do.
_PATIENCE = 1.0


class Channel:
    """`closed` is set when pid 1 has let go of its end: the monitor is to finish."""

    def __init__(self, fd: int, on_view: Callable[[dict[str, Any]], None]) -> None:
        self.closed = asyncio.Event()
        self._fd = fd
        self._on_view = on_view
        self._asked: asyncio.Future[None] | None = None

    def listen(self) -> None:
        """From now on, within the running loop."""
        asyncio.get_running_loop().add_reader(self._fd, self.catch_up)

    def say(self, message: dict[str, Any]) -> None:
        """Sends a message; pid 1 that does not read for so long has other worries."""
        channel.send(self._fd, encode(message).encode())

    async def pull(self) -> None:
        """Until a fresh view has come; those who ask at the same time share the answer."""
        if self._asked is None:
            self._asked = asyncio.get_running_loop().create_future()
            self.say(PULL_MESSAGE)
        try:
            await asyncio.wait_for(asyncio.shield(self._asked), _PATIENCE)
        except TimeoutError:
            self._asked = None

    def catch_up(self) -> None:
        """Takes in what pid 1 has said until now."""
        while (data := channel.receive(self._fd)) is not None:
            if not data:
                asyncio.get_running_loop().remove_reader(self._fd)
                self.closed.set()
                self._answer()
                return
            self._on_view(decode(data.decode()))
            self._answer()

    def _answer(self) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(None)
        self._asked = None
