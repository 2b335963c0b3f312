"""A WSGI application for gunicorn with the two answers of config.ru: at once, and in two halves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

HALF = b"x" * 5_000


def slow_body() -> Iterator[bytes]:
    yield HALF
    time.sleep(3)
    yield HALF


def application(
    environ: dict[str, str], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterator[bytes]:
    slow = environ["PATH_INFO"] == "/slow"
    length = 2 * len(HALF) if slow else 2
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(length))])
    return slow_body() if slow else iter([b"ok"])
