"""A real nginx, in front of a server that answers when it is told to."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import closing
from pathlib import Path
from typing import Self

CONFIGURATION = """
user root; daemon off; pid {home}/pid; error_log {home}/error; worker_processes 1;
events {{}}
http {{
    access_log off; client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    proxy_buffering off;
    server {{ listen {listen}; location / {{ proxy_pass http://unix:{home}/slow:/; }} }}
}}
"""


def command(home: Path, listen: str = "") -> list[str]:
    """What runs nginx in `home`, where its socket `web` is, unless it is to listen elsewhere."""
    where = listen or f"unix:{home}/web"
    (home / "conf").write_text(CONFIGURATION.format(home=home, listen=where))
    return ["nginx", "-p", str(home), "-c", "conf"]


class Slow:
    """The server behind it: `asked` once a request has come, and it `answers` when told to.
    Where it streams, it sends the head at once and never an end."""

    def __init__(self, home: Path, streams: bool = False) -> None:
        self.asked = threading.Event()
        self.answers = threading.Event()
        self._streams = streams
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(home / "slow"))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with closing(connection):
            connection.recv(65536)
            if self._streams:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nx\n")
            self.asked.set()
            self.answers.wait(60)
            if not self._streams:
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nkept")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answers.set()
        self._listener.close()


class Client(http.client.HTTPConnection):
    """Over nginx's socket."""

    def __init__(self, home: Path) -> None:
        super().__init__("web")
        self.path = home / "web"

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))
