"""Metrics as Prometheus' own tools read them: promtool's lint, and a real server's scrape."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from initd.core.metrics.exposition import wants_open_metrics
from initd.core.metrics.metric import METRICS
from initd.monitor.metrics import Metrics
from initd.monitor.tasks import run

from .namespace import wait_until
from .stand_in import StandIn

EXIT = {"pid": 9, "code": 137, "signal": "KILL", "asked": False, "after_seconds": 1.5}


def full() -> StandIn:
    """A container that has a value for every metric."""
    return StandIn(last_exit=EXIT, stop={"count": 1, "last_seconds": 0.25})


def exposed(metrics: Metrics, accept: str = "") -> str:
    body, _ = run(metrics.expose(wants_open_metrics(accept)))
    return body.decode()


def values(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_promtool_has_nothing_to_say() -> None:
    """Of all metrics at once: names, units, HELP, TYPE, form."""
    text = exposed(Metrics(full()))
    assert all(f"# TYPE {metric.name} " in text for metric in METRICS)
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, text=True, capture_output=True
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_a_scrape_asks_pid_1_first() -> None:
    """Counters are those of the moment."""
    state = StandIn()
    metrics = Metrics(state)
    assert state.pulled == 0
    exposed(metrics)
    exposed(metrics)
    assert state.pulled == 2


def test_answers_are_counted_from_the_beginning_on() -> None:
    """Not from the first scrape; and a check without an answer is there with 0."""
    state = StandIn()
    metrics = Metrics(state)
    assert values(exposed(metrics))['initd_check_answers_total{check="db",result="passed"}'] == 0
    state.answer(seconds=0.3)
    state.answer(ok=False, seconds=20)
    found = values(exposed(metrics))
    assert found['initd_check_answers_total{check="db",result="passed"}'] == 1
    assert found['initd_check_answers_total{check="db",result="failed"}'] == 1
    assert found['initd_check_duration_seconds_bucket{check="db",le="0.25"}'] == 0
    assert found['initd_check_duration_seconds_bucket{check="db",le="0.5"}'] == 1
    assert found['initd_check_duration_seconds_bucket{check="db",le="+Inf"}'] == 2


def test_the_start_of_an_app_is_one_number_although_the_clock_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A start that moves would look like a restart."""
    state = StandIn()
    metrics = Metrics(state)
    first = values(exposed(metrics))["initd_app_start_time_seconds"]
    assert first == pytest.approx(time.time() - 5, abs=2)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    assert values(exposed(metrics))["initd_app_start_time_seconds"] == first
    state.change(app={**state.view["app"], "since": time.monotonic()})
    assert values(exposed(metrics))["initd_app_start_time_seconds"] > first + 3600


def test_what_metrics_need_is_imported_by_the_first_scrape() -> None:
    """Until then neither the table of metrics nor the reader of the tree is there."""
    program = """
import sys
from types import SimpleNamespace
from initd.monitor.metrics import Metrics
metrics = Metrics(SimpleNamespace(on_result=[]))
print({"initd.core.metrics.metric", "initd.monitor.tree"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["set()"], ran.stderr


# ---- a real Prometheus ----------------------------------------------------------------------


@contextmanager
def served(metrics: Metrics) -> Iterator[int]:
    """The port of a server whose GET /metrics is Metrics.expose."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = wants_open_metrics(self.headers.get("Accept", ""))
            body, content_type = run(metrics.expose(asked))
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Prometheus:
    """The API of a server."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}/api/v1/"

    def ask(self, path: str, **parameters: str) -> Any:
        """What the API answers; None while the server is not ready."""
        try:
            url = f"{self._base}{path}?{urllib.parse.urlencode(parameters)}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]
        except (OSError, urllib.error.HTTPError):
            return None

    def value(self, query: str) -> float | None:
        """The one value of a query."""
        data = self.ask("query", query=query)
        return float(data["result"][0]["value"][1]) if data and data["result"] else None


@contextmanager
def prometheus(folder: Path, target: int) -> Iterator[Prometheus]:
    """A server that scrapes `target` every second."""
    config = folder / "prometheus.yml"
    config.write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s"},
                "scrape_configs": [
                    {
                        "job_name": "initd",
                        "static_configs": [{"targets": [f"127.0.0.1:{target}"]}],
                    }
                ],
            }
        )
    )
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Prometheus(port)
    finally:
        process.kill()
        process.wait()


def test_a_real_prometheus_scrapes_and_answers_with_the_values(tmp_path: Path) -> None:
    """In the format that it asks for itself, and after a change with the new ones."""
    state = full()
    metrics = Metrics(state)
    state.answer(seconds=0.3)
    with served(metrics) as target, prometheus(tmp_path, target) as server:
        wait_until(lambda: server.value("initd_app_up") == 1, "the first scrape")
        (scraped,) = server.ask("targets")["activeTargets"]
        assert (scraped["health"], scraped["lastError"]) == ("up", "")
        names = set(server.ask("label/__name__/values"))
        bare = {metric.name for metric in METRICS if metric.kind != "histogram"}
        assert names >= bare | {f"initd_check_duration_seconds_{x}" for x in ("bucket", "sum")}
        assert server.value('initd_app_last_exit_code{job="initd"}') == 137
        assert server.value('initd_workload_info{role="web",hostname="web-1.example.org"}') == 1
        assert server.value('initd_check_duration_seconds_bucket{le="0.5"}') == 1
        memory = server.value("initd_app_resident_memory_bytes")
        assert memory is not None
        assert 1 << 20 < memory < 1 << 31
        (known,) = server.ask("metadata", metric="initd_app_cpu_seconds").values()
        assert (known[0]["type"], known[0]["unit"]) == ("counter", "seconds"), "OpenMetrics"
        state.change(restarts=3, app={**state.view["app"], "pid": None, "since": None})
        wait_until(lambda: server.value("initd_app_up") == 0, "the next scrape")
        assert server.value("initd_app_restarts_total") == 3
        assert server.value("initd_app_open_fds") is None
    assert os.listdir(tmp_path / "data")
