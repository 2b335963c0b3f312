"""The monitor's HTTP server alone, over what a container would know: a program for tests.

Its argument is JSON: `bounds` of the server, `unix` a path to bind instead of a TCP
port, `fd` a listening socket that it inherits, `known` replaces parts of what is known,
`tells` writes an event for each look at pid 1's view, `metrics` is "fail" or "hang".
When it serves it writes a line of JSON with its port. It ends when its stdin does.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from types import SimpleNamespace
from typing import Any

from initd.core.health.notified_state import NotifyState
from initd.core.health.verdict import AppStatus, CheckState, Report, Verdict, judge, judge_check
from initd.monitor.history import Asked, History, Life
from initd.monitor.http.bounds import Bounds
from initd.monitor.http.server import HttpServer
from initd.monitor.loop import running
from initd.monitor.tasks import Future, readable, run, sleep

CHECKS = [
    ["web", "readiness", True, "200 OK in 3 ms"],
    ["db", "readiness", True, "connected to db:5432"],
    ["worker", "liveness", True, "alive, 41.3 MiB resident"],
    ["schema", "startup", True, "/app/ready exists"],
]
VIEW: dict[str, Any] = {
    "state": "running",
    "hostname": "web-1.example.com",
    "role": "web",
    "revision": "4f9c2d1",
    "app": {
        "pid": 3,
        "command": ["unicorn", "-c", "/app/config/unicorn.rb"],
        "uptime_seconds": 93784.2,
        "stopped_by": None,
    },
    "restarts": 2,
    "restart_reason": "liveness: worker: no heartbeat",
    "last_exit": {"signal": "KILL", "code": 137, "after_seconds": 4120.0},
    "profile": "unicorn",
    "stop_plan": "QUIT",
}


class KnownState:
    """In the place of initd.monitor.state.MonitorState."""

    def __init__(self, known: dict[str, Any], tells: bool) -> None:
        self.view = {**VIEW, "init": {"pid": os.getpid()}, **known.get("view", {})}
        checks = tuple(CheckState(*row) for row in known.get("checks", CHECKS))
        self.report = Report(self.view["app"]["pid"], checks, NotifyState(True, "", "12 workers"))
        self.events: list[dict[str, Any]] = known.get("events", [])
        self.settings = SimpleNamespace(hides_commands=False, redact=())
        self.history = History()
        self.history.asked = {
            name: Asked(time.time() - 2, 0.003, ok, 12)
            for name, _, ok, _ in known.get("checks", CHECKS)
        }
        self.history.lives = [Life(time.time(), VIEW["last_exit"]) for _ in range(3)]
        self.pulls = 0
        self.tells = tells

    def app_status(self) -> AppStatus:
        pid = self.view["app"]["pid"]
        return AppStatus(state=self.view["state"], app=pid, stopped_by=None, up=93784.0)

    def judge(self, question: str) -> Verdict:
        return judge(question, self.app_status(), self.report)

    def judge_check(self, name: str, question: str) -> Verdict | None:
        return judge_check(name, question, self.app_status(), self.report)

    async def refresh(self) -> None:
        self.pulls += 1
        if self.tells:
            log("looked")
        await sleep(0.01)
        self.view["pulls"] = self.pulls


async def metrics(how: str = "") -> tuple[bytes, str]:
    """A body that no socket's buffer takes at once."""
    if how == "hang":
        await Future()
    if how == "fail":
        raise ValueError("no metrics")
    return b"# TYPE x gauge\nx 1\n" * 400_000, "text/plain; version=0.0.4"


def log(event: str, **facts: object) -> None:
    print(json.dumps({"event": event, **facts}), file=sys.stderr, flush=True)


def listening(asked: dict[str, Any]) -> socket.socket:
    if "fd" in asked:
        return socket.socket(fileno=asked["fd"])
    if "unix" in asked:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(asked["unix"])
    else:
        listener = socket.create_server(("127.0.0.1", 0))
    listener.listen(128)
    return listener


async def main() -> None:
    asked = json.loads(sys.argv[1])
    listener = listening(asked)
    listener.setblocking(False)
    name = listener.getsockname()
    known: Any = KnownState(asked.get("known", {}), asked.get("tells", False))
    bounds = Bounds(**asked.get("bounds", {}))
    server = HttpServer(known, lambda _: metrics(asked.get("metrics", "")), log, bounds)
    running().on_bug = lambda during, error: log("bug", during=during, error=repr(error))
    server.serve([listener.detach()])
    print(json.dumps({"port": name[1] if isinstance(name, tuple) else 0}), flush=True)
    await readable(0)
    began = time.monotonic()
    await server.close()
    log("closed", seconds=time.monotonic() - began)


if __name__ == "__main__":
    run(main())
