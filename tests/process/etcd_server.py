"""A real etcd on ports of its own: started, stopped, paused, asked."""

from __future__ import annotations

import base64
import contextlib
import json
import signal
import socket
import subprocess
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .namespace import wait_until

_ENTRY_FOR_AN_APP = """
import base64, json, urllib.request
def entry(name):
    body = json.dumps({{"key": base64.b64encode(name.encode()).decode()}}).encode()
    with urllib.request.urlopen({url!r} + "/v3/kv/range", body, timeout=5) as answer:
        return "kvs" in json.load(answer)
"""


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server(ABC):
    """A registry. Invariant: `process` is the server, or the last one that there was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.data = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def place(self) -> str:
        """What --register is given, without a directory."""

    @property
    @abstractmethod
    def entry_for_an_app(self) -> str:
        """A Python program's function: whether the entry is there."""

    @abstractmethod
    def start(self, fresh: bool = False) -> None:
        """With the data of the last one, or without any. Answers when this returns."""

    @abstractmethod
    def entries(self, prefix: str = "/services/") -> dict[str, Any]:
        """All that is there: what each key says."""

    @abstractmethod
    def put(self, key: str, value: Any) -> None:
        """As another container, without a lease."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """The same."""

    @abstractmethod
    def clear(self) -> None:
        """Nothing is there any more."""

    def stop(self) -> None:
        """At once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Connections are taken and nothing answers."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)


class Etcd(Server):
    """The server, and a client of it."""

    def __init__(self, folder: Path, options: tuple[str, ...] = (), scheme: str = "http") -> None:
        super().__init__(folder)
        self.peer_port = free_port()
        self.scheme = scheme
        self.options = options
        self.token = ""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def place(self) -> str:
        return f"etcd{'s' if self.scheme == 'https' else ''}://127.0.0.1:{self.port}"

    @property
    def entry_for_an_app(self) -> str:
        return _ENTRY_FOR_AN_APP.format(url=self.url)

    def start(self, fresh: bool = False) -> None:
        self.data += fresh
        peers = f"http://127.0.0.1:{self.peer_port}"
        command = [
            *("etcd", "--data-dir", str(self.folder / f"data-{self.data}")),
            *("--listen-client-urls", self.url, "--advertise-client-urls", self.url),
            *("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers),
            *("--initial-cluster", f"default={peers}", "--unsafe-no-fsync"),
            *self.options,
        ]
        with (self.folder / "etcd.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        if self.scheme == "http":
            wait_until(self._answers, "etcd answers")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            self.ask("kv/range", {"key": _base64("x")})
            return True
        return False

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/v3/{path}", json.dumps(body).encode())
        if self.token:
            request.add_header("Authorization", self.token)
        with urllib.request.urlopen(request, timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def entries(self, prefix: str = "/services/") -> dict[str, Any]:
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found = self.ask("kv/range", {"key": _base64(prefix), "range_end": _base64(end)})
        return {
            base64.b64decode(each["key"]).decode(): json.loads(base64.b64decode(each["value"]))
            for each in found.get("kvs", ())
        }

    def lock(self) -> None:
        """Answers those alone who show a token from now on."""
        me = {"name": "root", "password": "secret"}
        self.ask("auth/user/add", me)
        self.ask("auth/role/add", {"name": "root"})
        self.ask("auth/user/grant", {"user": "root", "role": "root"})
        self.ask("auth/enable", {})
        self.token = self.ask("auth/authenticate", me)["token"]

    def put(self, key: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self.ask("kv/put", {"key": _base64(key), "value": _base64(text)})

    def remove(self, key: str) -> None:
        self.ask("kv/deleterange", {"key": _base64(key)})

    def clear(self) -> None:
        self.ask("kv/deleterange", {"key": _base64("/"), "range_end": _base64("0")})


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@contextlib.contextmanager
def etcd(folder: Path, started: bool = True) -> Iterator[Etcd]:
    """One that ends with the test."""
    server = Etcd(folder)
    if started:
        server.start()
    try:
        yield server
    finally:
        server.stop()
