"""What stands in for GitHub: it takes commit statuses, and is sometimes out of order."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = "a-token"


@dataclass
class GitHub:
    """Use it in a `with`."""

    told: list[dict[str, Any]] = field(default_factory=list)
    """Statuses in the order in which they came, each with its `sha`."""
    failures: int = 0
    """How many of the next requests it answers with 502."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/repos/fleet/app/statuses"

    def states(self, sha: str) -> list[str]:
        """STATE: DESCRIPTION of all that was told of a commit."""
        of_commit = [each for each in self.told if each["sha"] == sha]
        return [f"{each['state']}: {each['description']}" for each in of_commit]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        github = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                place, _, sha = self.path.rpartition("/")
                if github.failures:
                    github.failures -= 1
                    self._answer(502)
                elif self.headers["Authorization"] != f"Bearer {TOKEN}":
                    self._answer(401)
                elif place != "/repos/fleet/app/statuses":
                    self._answer(404)
                else:
                    github.told.append({"sha": sha, **json.loads(body)})
                    self._answer(201)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
