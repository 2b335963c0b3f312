"""Metrics end to end: a real init under a real Prometheus, and what StatsD hears of a life."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from initd.core.metrics.metric import METRICS

from .namespace import Lines, start, wait_until
from .npm import module
from .test_metrics import free_port, prometheus
from .test_monitor import stop
from .test_statsd import unix, values


def test_a_real_prometheus_scrapes_a_real_init(victim: Path, tmp_path: Path) -> None:
    """Signals by kind, restarts and why, checks, and the tree: promtool finds no fault. In both
    formats: in OpenMetrics, which it asks for, and in text, where a proxy says nothing of that."""
    port = free_port()
    options = ["--http", f"127.0.0.1:{port}", "--check", "app process period=0.2"]
    with start(victim, "15=0", options=[*options, "--rewrite", "HUP:USR1"]) as box:
        box.stdout.until("ready")
        box.kill(signal.SIGHUP)
        box.stdout.until("got 10")
        assert box.verb("restart").returncode == 0
        box.stdout.until("ready")
        with without_accept(port) as plain, prometheus(tmp_path, port, plain) as server:
            wait_until(lambda: server.value("count(initd_app_up == 1)") == 2, "both scrapes")
            assert server.value("count(process_start_time_seconds)") == 2
            assert server.value('initd_signals_received_total{signal="HUP"}') == 1
            assert server.value('initd_signals_delivered_total{signal="USR1"}') == 1
            assert server.value("initd_app_restarts_total") == 1
            assert server.value("initd_app_processes") == 1
            assert (server.value('initd_check_answers_total{result="passed"}') or 0) >= 1
            names = set(server.ask("label/__name__/values"))
            bare = {metric.name for metric in METRICS if metric.kind != "histogram"}
            assert bare - names == {"process_virtual_memory_max_bytes"}, "has no limit here"
            every = 'initd_check_duration_seconds_bucket{check="app",le="+Inf"}'
            assert (server.value(every) or 0) >= 1
            same = "process_open_fds == on (instance) initd_app_open_fds"
            assert server.value(f"count({same})") == 2, "the app is one process"
            for scraped in server.ask("targets")["activeTargets"]:
                assert (scraped["health"], scraped["lastError"]) == ("up", "")
            # In OpenMetrics a family has a unit, and not the ending of its samples.
            assert server.types("initd_app_cpu_seconds") == [(f"127.0.0.1:{port}", "seconds")]
            assert server.types("initd_app_cpu_seconds_total") == [(f"127.0.0.1:{plain}", "")]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read()
        stop(box)
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@contextmanager
def without_accept(target: int) -> Iterator[int]:
    """The port of a proxy that passes on a GET, and no header of it."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with urllib.request.urlopen(f"http://127.0.0.1:{target}{self.path}") as answer:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.end_headers()
                self.wfile.write(answer.read())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


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


# ---- a real statsd of Etsy's ------------------------------------------------------------------


@contextmanager
def statsd(folder: Path) -> Iterator[tuple[int, Lines]]:
    """The port of a relay, and what it writes: its figures four times a second, and each line that
    it does not understand."""
    port = free_port()
    config = folder / "statsd.js"
    facts = {"address": "127.0.0.1", "port": port, "mgmt_port": free_port()}
    facts |= {"backends": ["./backends/console"], "flushInterval": 250}
    config.write_text(json.dumps(facts))
    words = ["node", str(module("statsd/stats.js")), str(config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        lines = Lines(process.stdout.fileno())
        _hear(lines, "server is up")
        try:
            yield port, lines
        finally:
            process.kill()


def _hear(heard: Lines, part: str) -> None:
    """Waits for a line with this in it, among many others that come all the time."""
    wait_until(lambda: part in (heard.next() or ""), f"{part}; there was {heard.seen}")


def test_a_real_statsd_takes_every_line_of_the_plain_dialect(victim: Path, tmp_path: Path) -> None:
    """Gauges, counters, durations of checks and the end of an app; what a line is for is in its
    name, with what the relay is told to put before it."""
    with statsd(tmp_path) as (port, heard):
        relay = f"127.0.0.1:{port} dialect=plain prefix=team.web-1"
        options = ["--statsd", relay, "--check", "a.b process period=0.2", "--restart", "always"]
        with start(victim, "15=0", options=options) as box:
            box.stdout.until("ready")
            os.kill(box.host_pid(3), signal.SIGKILL)
            box.stdout.until("ready")
            _hear(heard, "'team.web-1.app.last_exit.code': 137")
            stop(box)
        _hear(heard, "'team.web-1.app.up': 0")
    said = "\n".join(heard.seen)
    assert "Bad line" not in said
    assert "'team.web-1.check.answers.a_b.passed': " in said
    assert "'team.web-1.check.duration.a_b'" in said
    assert "'team.web-1.app.restarts': 1" in said


def test_a_real_statsd_does_not_understand_datadogs_service_checks(
    victim: Path, tmp_path: Path
) -> None:
    """Which is why there are two dialects; and the test above would see a bad line."""
    with statsd(tmp_path) as (port, heard):
        options = ["--statsd", f"127.0.0.1:{port}"]
        with start(victim, "15=0", options=options) as box:
            box.stdout.until("ready")
            _hear(heard, "Bad line: ")
            stop(box)
