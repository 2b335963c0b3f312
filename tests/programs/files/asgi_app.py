"""An ASGI application with the two answers of config.ru: at once, and in two halves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

HALF = b"x" * 5_000
Message = dict[str, Any]


async def application(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        return
    halves = [HALF, HALF] if scope["path"] == "/slow" else [b"o", b"k"]
    length = str(sum(map(len, halves))).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"text/plain"), (b"content-length", length)],
        }
    )
    await send({"type": "http.response.body", "body": halves[0], "more_body": True})
    await asyncio.sleep(3 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.body", "body": halves[1]})
