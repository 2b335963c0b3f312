"""A monitor's listener on a real notify socket, and what it passed on.

As a program, `hearing.py PATH`, it listens from within whatever namespaces it was put
into, says "ready" on stdout and then one line of JSON for each event of its log.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from initd.core.health.notify import Notification, Notified
from initd.linux import notify_socket
from initd.monitor.notify import NotifyListener

DEADLINE = 60.0  # without namespace.py: this is a program too
_T = TypeVar("_T")


class Hearing:
    """Listens at `path` with a loop of its own, which runs while a test waits in it."""

    def __init__(self, path: Path | str, init_pid: int = 1, app_uid: int = 0, **more: Any) -> None:
        self.path = str(path)
        self.bound = notify_socket.listen(self.path)
        self.notified = Notified()
        self.news: list[Notification] = []
        self.log: list[tuple[str, str, dict[str, Any]]] = []
        self.loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._identity = {"init_pid": init_pid, "app_uid": app_uid, **more}
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
        self._changed.set()

    def _note(self, level: str, event: str, facts: dict[str, Any]) -> None:
        self.log.append((level, event, facts))
        self._changed.set()

    def debug(self, event: str, **facts: Any) -> None:
        """As structlog's."""
        self._note("debug", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """As structlog's."""
        self._note("info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """As structlog's."""
        self._note("warning", event, facts)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The facts of all events of that name."""
        return [facts for _, event, facts in self.log if event == name]

    def run(self, doing: Coroutine[Any, Any, _T]) -> _T:
        """Listens until that is done."""
        return self.loop.run_until_complete(asyncio.wait_for(doing, DEADLINE))

    def until(self, fact: Callable[[], Any]) -> None:
        """Listens until that is so."""

        async def wait() -> None:
            while not fact():
                self._changed.clear()
                await self._changed.wait()

        try:
            self.run(wait())
        except TimeoutError:
            raise AssertionError(f"heard {self.news}, logged {self.log}") from None

    def during(self, *command: str | Path) -> str:
        """Listens while the command runs, which has NOTIFY_SOCKET; its stdout."""

        async def communicate() -> str:
            words = map(str, command)
            running = await asyncio.create_subprocess_exec(*words, env=self.env, stdout=PIPE)
            said, _ = await running.communicate()
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
        self.loop.close()


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
