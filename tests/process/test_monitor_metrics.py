"""Metrics end to end: a real init under a real Prometheus, and what StatsD hears of a life."""

from __future__ import annotations

import os
import signal
import subprocess
import urllib.request
from pathlib import Path

from .namespace import start, wait_until
from .test_metrics import free_port, prometheus
from .test_monitor import stop
from .test_statsd import unix, values


def test_a_real_prometheus_scrapes_a_real_init(victim: Path, tmp_path: Path) -> None:
    """Signals by kind, restarts and why, checks, and the tree: promtool finds no fault."""
    port = free_port()
    options = ["--http", f"127.0.0.1:{port}", "--check", "app process period=0.2"]
    with start(victim, "15=0", options=[*options, "--rewrite", "HUP:USR1"]) as box:
        box.stdout.until("ready")
        box.kill(signal.SIGHUP)
        box.stdout.until("got 10")
        assert box.verb("restart").returncode == 0
        box.stdout.until("ready")
        with prometheus(tmp_path, port) as server:
            wait_until(lambda: server.value("initd_app_up") == 1, "the first scrape")
            assert server.value('initd_signals_received_total{signal="HUP"}') == 1
            assert server.value('initd_signals_delivered_total{signal="USR1"}') == 1
            assert server.value("initd_app_restarts_total") == 1
            assert server.value("initd_app_processes") == 1
            assert (server.value('initd_check_answers_total{result="passed"}') or 0) >= 1
            (scraped,) = server.ask("targets")["activeTargets"]
            assert (scraped["health"], scraped["lastError"]) == ("up", "")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read()
        stop(box)
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_statsd_hears_of_an_end_before_the_container_is_gone(victim: Path, tmp_path: Path) -> None:
    """An end by SIGKILL: the event and the last exit, sent in the last moments."""
    with unix(tmp_path / "relay") as relay:
        options = ["--statsd", f"unix:{tmp_path / 'relay'}"]
        with start(victim, "15=0", options=options) as box:
            box.stdout.until("ready")
            first = relay.next()
            assert values(first)["initd.app.up"].startswith("1")
            os.kill(box.host_pid(3), signal.SIGKILL)
            assert box.wait() == 137
        lines = relay.waiting()
    assert any(line.startswith("_e{") and "KILL" in line for line in lines), lines
    assert any(line.startswith("initd.app.up:0|g") for line in lines), lines
