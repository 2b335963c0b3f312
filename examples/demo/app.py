"""An app as many are: QUIT ends it when the requests in flight are answered, TERM at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECONDS = 2


class Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = b"the whole answer\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer[:4])
        self.wfile.flush()
        time.sleep(SECONDS)
        self.wfile.write(answer[4:])

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for the requests in flight


def main() -> None:
    server = Server(("127.0.0.1", 0), Slow)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
    signal.signal(signal.SIGQUIT, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on {server.server_port}, pid {os.getpid()}, ppid {os.getppid()}", flush=True)
    server.serve_forever()
    server.server_close()
    sys.exit(0)


if __name__ == "__main__":
    main()
