"""A Sanic application with the two answers of config.ru."""

from __future__ import annotations

import asyncio

from sanic import Request, Sanic, response  # type: ignore[import-not-found]

app = Sanic("slow")
HALF = b"x" * 5_000


@app.get("/")  # type: ignore[untyped-decorator]
async def fast(request: Request) -> response.HTTPResponse:
    return response.text("ok")


@app.get("/slow")  # type: ignore[untyped-decorator]
async def slow(request: Request) -> None:
    answer = await request.respond(content_type="text/plain")
    await answer.send(HALF)
    await asyncio.sleep(3)
    await answer.send(HALF)
    await answer.eof()
