"""Somebody who listens where an init would, and answers whatever a test wants."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

SOMEBODY = 65534


def listen(path: Path, owner: int = 0, queue: int = 16) -> socket.socket:
    """A listening socket; to those who connect, the kernel says that it is `owner`'s."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    os.seteuid(owner)  # SO_PEERCRED tells who called listen(2)
    try:
        server.listen(queue)
    finally:
        os.seteuid(0)
    return server


class FakeInit:
    """Sends `pieces` to everyone who connects, one by one, and hangs up.

    Invariant: `requests` holds all that a client has sent when that client has ended.
    """

    def __init__(self, path: Path, *pieces: bytes, owner: int = 0) -> None:
        self.path = path
        self.pieces: Sequence[bytes] = pieces
        self.requests: list[bytes] = []
        self._server = listen(path, owner)
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return  # shut down
            # Who has heard enough hangs up in the middle.
            with connection, contextlib.suppress(OSError):
                self.requests.append(connection.makefile("rb").readline())
                for piece in self.pieces:
                    connection.sendall(piece)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()
        self.path.unlink()
