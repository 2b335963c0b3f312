"""A real ZooKeeper on a port of its own, with what a test asks of etcd_server.Etcd."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import ConnectionClosedError, ConnectionLoss, NoNodeError, SessionExpiredError
from kazoo.handlers.threading import KazooTimeoutError

from .etcd_server import Server
from .namespace import wait_until

_JAVA = Path("/usr/share/java")
_JARS = (
    "zookeeper zookeeper-jute slf4j-api slf4j-nop netty-all metrics-core commons-cli snappy-java"
).split()
_AWAY = (ConnectionClosedError, ConnectionLoss, SessionExpiredError, KazooTimeoutError)
#: A session lasts from one second to ten.
_CONFIGURATION = """
tickTime=500
dataDir={data}
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
"""
#: A Python program's function: whether the entry is there.
_ENTRY_FOR_AN_APP = """
from kazoo.client import KazooClient
def entry(name):
    client = KazooClient({hosts!r})
    client.start(5)
    return client.exists(name) is not None
"""


class ZooKeeper(Server):
    """As Etcd is."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._client: Any = None

    @property
    def place(self) -> str:
        return f"zookeeper://127.0.0.1:{self.port}"

    @property
    def entry_for_an_app(self) -> str:
        return _ENTRY_FOR_AN_APP.format(hosts=f"127.0.0.1:{self.port}")

    def start(self, fresh: bool = False) -> None:
        self.data += fresh
        configuration = self.folder / "zoo.cfg"
        data = self.folder / f"zookeeper-{self.data}"
        configuration.write_text(_CONFIGURATION.format(data=data, port=self.port))
        command = [
            *("java", "-Xmx48m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *("-cp", ":".join(str(_JAVA / f"{each}.jar") for each in _JARS)),
            *("org.apache.zookeeper.server.quorum.QuorumPeerMain", str(configuration)),
        ]
        with (self.folder / "zookeeper.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._answers, "ZooKeeper answers")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "zookeeper.log").read_text()
        with contextlib.suppress(OSError, *_AWAY):
            self._asked().exists("/")
            return True
        self._close()
        return False

    def stop(self) -> None:
        super().stop()
        self._close()

    def entries(self, prefix: str = "/services/") -> dict[str, Any]:
        return dict(self._try(lambda client: _below(client, prefix.rstrip("/"))))

    def put(self, key: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)

        def put(client: Any) -> None:
            client.ensure_path(key)
            client.set(key, text.encode())

        self._try(put)

    def remove(self, key: str) -> None:
        self._try(lambda client: client.delete(key))

    def clear(self) -> None:
        self._try(lambda client: client.delete("/services", recursive=True))

    def _try(self, ask: Callable[[Any], Any]) -> Any:
        """Again, with another connection, where this one is lost: the machine may be busy."""
        for _ in range(5):
            with contextlib.suppress(*_AWAY):
                return ask(self._asked())
            self._close()
        return ask(self._asked())

    def _asked(self) -> Any:
        if self._client is None:
            self._client = KazooClient(f"127.0.0.1:{self.port}", timeout=10)
            self._client.start(5)
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.stop()
            client.close()


def _below(client: Any, top: str) -> Iterator[tuple[str, Any]]:
    with contextlib.suppress(NoNodeError):
        for name in client.get_children(top):
            yield from _below(client, f"{top}/{name}")
        if value := client.get(top)[0]:
            yield top, json.loads(value)


@contextlib.contextmanager
def zookeeper(folder: Path, started: bool = True) -> Iterator[ZooKeeper]:
    """One that ends with the test."""
    server = ZooKeeper(folder)
    if started:
        server.start()
    try:
        yield server
    finally:
        server.stop()
