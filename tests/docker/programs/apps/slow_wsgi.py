"""WSGI: GET / at once; GET /slow in two halves, two seconds apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

HALF = b"x" * 5_000


def _slow() -> Iterator[bytes]:
    yield HALF
    time.sleep(2)
    yield HALF


def application(
    environ: dict[str, str], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterator[bytes]:
    slow = environ["PATH_INFO"] == "/slow"
    start_response("200 OK", [("Content-Length", str(2 * len(HALF) if slow else 2))])
    return _slow() if slow else iter([b"ok"])
