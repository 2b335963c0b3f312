"""Metrics as Prometheus' own tools read them: promtool's lint, and a real server's scrape."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from initd.core.metrics.exposition import wants_open_metrics
from initd.core.metrics.metric import METRICS
from initd.monitor.metrics import Metrics
from initd.monitor.tasks import run

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
    had = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 46, had[1]))  # so that there is a maximum to tell
    try:
        text = exposed(Metrics(full()))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, had)
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

    def types(self, metric: str) -> list[tuple[str, str]]:
        """Where it has been scraped by that name, and its unit there."""
        found = self.ask("targets/metadata", metric=metric) or []
        return [(each["target"]["instance"], each["unit"]) for each in found]


@contextmanager
def prometheus(folder: Path, *targets: int) -> Iterator[Prometheus]:
    """A server that scrapes these ports every second."""
    config = folder / "prometheus.yml"
    config.write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s"},
                "scrape_configs": [
                    {
                        "job_name": "initd",
                        "static_configs": [{"targets": [f"127.0.0.1:{each}" for each in targets]}],
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
