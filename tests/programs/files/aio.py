"""An aiohttp application with the two answers of config.ru."""

from __future__ import annotations

import asyncio

from aiohttp import web  # type: ignore[import-not-found]

HALF = b"x" * 5_000


async def slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "10000"})
    await response.prepare(request)
    await response.write(HALF)
    await asyncio.sleep(3)
    await response.write(HALF)
    return response


async def fast(request: web.Request) -> web.Response:
    return web.Response(text="ok")


def make(argv: list[str]) -> web.Application:
    app = web.Application()
    app.router.add_get("/slow", slow)
    app.router.add_get("/", fast)
    return app
