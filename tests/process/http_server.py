"""The monitor's HTTP server as a process of its own, and clients that see every byte."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .namespace import DEADLINE, Lines

PROGRAM = Path(__file__).with_name("http_program.py")


class Answer:
    """One response as it came."""

    def __init__(self, head: bytes, body: bytes) -> None:
        line, *fields = head.decode("ascii").split("\r\n")
        version, status, self.reason = line.split(" ", 2)
        assert version == "HTTP/1.1"
        self.status = int(status)
        self.headers = {
            name.lower(): value for name, _, value in (f.partition(": ") for f in fields)
        }
        self.body = body

    @property
    def closes(self) -> bool:
        return self.headers.get("connection") == "close"


class Client:
    """A connection that is spoken to in bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        connection.settimeout(DEADLINE)
        self._file = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def get(self, target: str, method: str = "GET") -> Answer:
        self.send(f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return self.answer(head_only=method == "HEAD")

    def answer(self, head_only: bool = False) -> Answer:
        """The next one; EOFError where the server closed."""
        head = b"".join(iter(self._file.readline, b"\r\n")) if not self.at_end() else b""
        if not head:
            raise EOFError
        answer = Answer(head.removesuffix(b"\r\n"), b"")
        if not head_only:
            answer.body = self._file.read(int(answer.headers["content-length"]))
        return answer

    def at_end(self) -> bool:
        return self._file.peek(1) == b""

    def is_closed(self) -> bool:
        """Waits for the server to close; a reset is one way to."""
        try:
            return self.at_end()
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Server:
    """The program, by its address."""

    def __init__(self, process: subprocess.Popen[bytes], unix: str) -> None:
        self.process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self.events = Lines(process.stderr.fileno())
        self._unix = unix
        self.port: int = json.loads(Lines(process.stdout.fileno()).next() or "{}")["port"]

    @contextlib.contextmanager
    def client(self) -> Iterator[Client]:
        connection = socket.socket(socket.AF_UNIX if self._unix else socket.AF_INET)
        connection.settimeout(DEADLINE)
        connection.connect(self._unix or ("127.0.0.1", self.port))
        client = Client(connection)
        try:
            yield client
        finally:
            client.close()

    def ask(self, data: bytes) -> Answer:
        """What the first answer on a new connection is."""
        with self.client() as client:
            client.send(data)
            return client.answer()

    def get(self, target: str) -> Answer:
        with self.client() as client:
            return client.get(target)

    def is_well(self) -> bool:
        return self.get("/healthz").body == b"ok\n" and self.process.poll() is None

    def resident(self) -> int:
        """Bytes of memory that are its own."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return 1024 * sum(int(each) for each in re.findall(r"Private_\w+: +(\d+)", rollup))

    def wake_ups(self) -> int:
        """How often it has waited for something, and been woken."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)
        assert found is not None
        return int(found[1])

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def event(self, name: str) -> dict[str, Any]:
        """The next event of that name."""
        while (line := self.events.next()) is not None:
            event: dict[str, Any] = json.loads(line)
            if event["event"] == name:
                return event
        raise AssertionError(f"the server ended without {name}: {self.events.seen}")

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(DEADLINE) == 0


@contextlib.contextmanager
def serving(
    *, unix: str = "", listener: socket.socket | None = None, **asked: Any
) -> Iterator[Server]:
    """A server over the program's own knowledge; `bounds` and `known` change it."""
    if unix:
        asked["unix"] = unix
    if listener is not None:
        asked["fd"] = listener.fileno()
    words = [sys.executable, str(PROGRAM), json.dumps(asked)]
    inherited = [listener.fileno()] if listener is not None else []
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=inherited)
    with process:
        try:
            yield Server(process, unix)
            assert process.poll() is None or process.stdin is None or process.stdin.closed
        finally:
            process.kill()
