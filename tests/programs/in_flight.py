"""A request that is being answered while something happens to its server."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

from .waiting import PATIENCE, eventually


class Request:
    """GET /slow, begun: the first bytes of the answer are here when this is made, but for a server
    that sends nothing before it has all (`at_once`). The connection is for this request alone: a
    proxy waits for those that are kept."""

    def __init__(self, port: int, at_once: bool = True, tls: bool = False) -> None:
        self._socket = _connected(port, tls)
        head = "GET /slow HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        self._socket.sendall(head.encode())
        self._data = b""
        if at_once:
            while len(self._body()) < 100:
                piece = self._socket.recv(65536)
                assert piece, f"no answer to begin with: {self._data!r}"
                self._data += piece
        # Read on meanwhile: a server that is never blocked by us has no excuse.
        self._reader = threading.Thread(target=self._read_on)
        self._reader.start()

    def _body(self) -> bytes:
        return self._data.partition(b"\r\n\r\n")[2]

    def _read_on(self) -> None:
        with contextlib.suppress(OSError):  # reset by the server's end: what came counts
            while piece := self._socket.recv(65536):
                self._data += piece

    def in_full(self) -> bool:
        """Whether all that the server promised has come: a length, or a last chunk."""
        self._reader.join(PATIENCE)
        self._socket.close()
        head, _, body = self._data.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        if b" 200 " not in lines[0] + b" ":
            return False
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            if name == b"content-length":
                return len(body) == int(value)
            if name == b"transfer-encoding" and b"chunked" in value:
                return body.endswith(b"0\r\n\r\n")
        return len(body) >= 10_000  # until the connection ends


def wait_until_serving(port: int, tls: bool = False) -> None:
    """Return when GET / is answered: a listening socket alone may have no worker behind it."""
    eventually(lambda: _answers(port, tls), f"{port} answers")


def _connected(port: int, tls: bool, patience: float = PATIENCE) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=patience)
    if not tls:
        return plain
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def _answers(port: int, tls: bool) -> bool:
    try:
        with _connected(port, tls, 5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            status = connection.recv(65536).split(b" ", 2)[1:2]
            return bool(status) and status[0] < b"500"
    except OSError:
        return False
