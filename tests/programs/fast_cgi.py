"""A FastCGI request that is being answered while something happens to its server.

As much of the protocol as one request needs (fastcgi-archives.github.io, FastCGI
Specification, 3 and 8): records of eight bytes of header and some content.
"""

from __future__ import annotations

import socket
import struct

from .waiting import PATIENCE, eventually

PORT = 9000
BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
_HEADER = struct.Struct("!BBHHBx")
_RESPONDER = struct.pack("!HB5x", 1, 0)


class FastCgiRequest:
    """One script, begun: the first bytes of its answer are here when this is made."""

    def __init__(self, host: str, script: str) -> None:
        address = (host, PORT)
        eventually(lambda: _listens(address), f"{address} listens")
        self._socket = socket.create_connection(address, timeout=PATIENCE)
        self._file = self._socket.makefile("rb")
        self._send(BEGIN, _RESPONDER)
        for name, value in (("SCRIPT_FILENAME", script), ("REQUEST_METHOD", "GET")):
            self._send(PARAMS, bytes((len(name), len(value))) + (name + value).encode())
        self._send(PARAMS, b"")
        self._send(STDIN, b"")
        assert self._record() == STDOUT

    def in_full(self) -> bool:
        """Whether the server said that the request has ended, and not just hung up."""
        try:
            while (kind := self._record()) not in (END, None):
                pass
        except OSError:
            return False
        finally:
            self._file.close()
            self._socket.close()
        return kind == END

    def _send(self, kind: int, content: bytes) -> None:
        self._socket.sendall(_HEADER.pack(1, kind, 1, len(content), 0) + content)

    def _record(self) -> int | None:
        header = self._file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        _, kind, _, length, padding = _HEADER.unpack(header)
        self._file.read(length + padding)
        assert isinstance(kind, int)
        return kind


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True
