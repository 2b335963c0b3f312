"""A request that is being answered while something happens to its server."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from .waiting import PATIENCE, eventually

PORT = 8080


@dataclass(frozen=True)
class Answer:
    """How much of the body the server promised, how much of it came, and when that ended: as
    time.time(), which is the clock of the containers' logs too."""

    promised: int
    received: int
    ended: float

    @property
    def in_full(self) -> bool:
        return self.received == self.promised


class Request:
    """GET /slow, begun: the first bytes of the answer are here when this is made. The
    connection is for this request alone: a proxy waits for those that are kept."""

    def __init__(self, host: str, path: str = "/slow") -> None:
        self._connection = http.client.HTTPConnection(host, PORT, timeout=PATIENCE)
        self._connection.request("GET", path, headers={"Connection": "close"})
        self._response = self._connection.getresponse()
        self._promised = int(self._response.headers["Content-Length"])
        self._first = len(self._response.read(100))
        # Read on meanwhile: a server that is never blocked by us has no excuse.
        self._reader = ThreadPoolExecutor(1)
        self._rest: Future[tuple[int, float]] = self._reader.submit(self._read_rest)

    def _read_rest(self) -> tuple[int, float]:
        received = 0
        try:
            while chunk := self._response.read1(65536):
                received += len(chunk)
        except OSError:  # reset by the server's end: what came before it counts
            pass
        return received, time.time()

    def answer(self) -> Answer:
        """What had come when the server closed the connection."""
        try:
            rest, ended = self._rest.result(timeout=PATIENCE)
            return Answer(self._promised, self._first + rest, ended)
        finally:
            self._reader.shutdown()
            self._connection.close()


def wait_until_serving(host: str) -> None:
    """Return when GET / is answered: a listening socket alone may have no worker behind it."""
    eventually(lambda: _answers(host), what=f"{host}:{PORT} answers")


def _answers(host: str) -> bool:
    connection = http.client.HTTPConnection(host, PORT, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
