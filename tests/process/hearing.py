"""A monitor's listener on a real notify socket, and what it passed on.

As a program, `hearing.py PATH`, it listens from within whatever namespaces it was put
into, says "ready" on stdout and then one line of JSON for each event of its log.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from initd.core.health.notify import Access, Notification, Notified
from initd.linux import notify_socket
from initd.monitor.loop import Loop
from initd.monitor.notify import NotifyListener
from initd.monitor.tasks import Future, readable, run, timeout

DEADLINE = 60.0  # without namespace.py: this is a program too
_T = TypeVar("_T")


class Hearing:
    """Listens at `path` with a loop of its own, which runs while a test waits in it."""

    def __init__(
        self,
        path: Path | str,
        init_pid: int = 1,
        app_uid: int = 0,
        allowed: str = "all",
        **more: Any,
    ) -> None:
        self.path = str(path)
        self.bound = notify_socket.listen(self.path)
        self.notified = Notified()
        self.news: list[Notification] = []
        self.log: list[tuple[str, str, dict[str, Any]]] = []
        self.loop = Loop()
        self._changed: Future[None] = Future()
        access = Access(
            allowed=allowed, own_namespace=init_pid == 1, init=init_pid, monitor=os.getpid()
        )
        self._identity = {"access": access, "app_uid": app_uid, **more}
        self.listen()

    def listen(self) -> None:
        """Begins with a listener of its own on the descriptor, as each monitor does."""
        self.listener = NotifyListener(
            os.dup(self.bound), self.notified, self._on_news, self, **self._identity
        )
        self.run(self._in_loop(self.listener.start))

    def stop_listening(self) -> None:
        """As a monitor that ends; pid 1 still holds the socket."""
        self.run(self._in_loop(self.listener.close))

    async def _in_loop(self, do: Callable[[], None]) -> None:
        do()

    def _on_news(self, notification: Notification) -> None:
        self.news.append(notification)
        self._tell()

    def _note(self, level: str, event: str, facts: dict[str, Any]) -> None:
        self.log.append((level, event, facts))
        self._tell()

    def _tell(self) -> None:
        if not self._changed.done():
            self._changed.set_result(None)

    def debug(self, event: str, **facts: Any) -> None:
        """As MonitorLog's."""
        self._note("debug", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """As MonitorLog's."""
        self._note("info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """As MonitorLog's."""
        self._note("warning", event, facts)

    def recovery(self, event: str, **facts: Any) -> None:
        """As a log."""
        self._note("info", event, facts)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The facts of all events of that name."""
        return [facts for _, event, facts in self.log if event == name]

    def run(self, doing: Coroutine[Any, Any, _T]) -> _T:
        """Listens until that is done."""

        async def bounded() -> _T:
            with timeout(DEADLINE):
                return await doing

        return run(bounded(), self.loop)

    def until(self, fact: Callable[[], Any]) -> None:
        """Listens until that is so."""

        async def wait() -> None:
            while not fact():
                self._changed = Future()
                await self._changed

        try:
            self.run(wait())
        except TimeoutError:
            raise AssertionError(f"heard {self.news}, logged {self.log}") from None

    def during(self, *command: str | Path) -> str:
        """Listens while the command runs, which has NOTIFY_SOCKET; its stdout."""

        async def communicate() -> str:
            words = [str(word) for word in command]
            said = b""
            with subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE) as running:
                assert running.stdout is not None
                while True:
                    await readable(running.stdout.fileno())
                    piece = os.read(running.stdout.fileno(), 65536)
                    if not piece:
                        break
                    said += piece
                ended = os.pidfd_open(running.pid)
                await readable(ended)
                os.close(ended)
            assert running.returncode == 0, (command, said)
            return said.decode()

        return self.run(communicate())

    @property
    def env(self) -> Mapping[str, str]:
        """An app's environment."""
        return {"PATH": "/usr/bin:/bin:/usr/sbin", "NOTIFY_SOCKET": self.path}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_listening()
        os.close(self.bound)


def main(path: str) -> None:
    """Prints what is logged, until it is killed or has heard nothing for DEADLINE."""
    hearing = Hearing(path)
    print("ready", flush=True)
    for told in itertools.count():
        hearing.until(lambda: len(hearing.log) > told)  # noqa: B023 # runs at once
        _, event, facts = hearing.log[told]
        print(json.dumps({"event": event, **facts}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
