"""ASGI: GET / at once; GET /slow in two halves, two seconds apart."""

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
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
    slow = scope["path"] == "/slow"
    length = str(2 * len(HALF) if slow else 2).encode()
    start = {"type": "http.response.start", "status": 200}
    await send({**start, "headers": [(b"content-length", length)]})
    if slow:
        await send({"type": "http.response.body", "body": HALF, "more_body": True})
        await asyncio.sleep(2)
    await send({"type": "http.response.body", "body": HALF if slow else b"ok"})
