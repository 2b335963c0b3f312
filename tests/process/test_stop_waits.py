"""Why a stop takes long: seen by the log, and by `initd status`."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import nginx
from .namespace import Container, start, wait_until

TERM = signal.SIGTERM


@pytest.fixture
def port() -> int:
    """One that is free, and that no client is given."""
    for number in range(21000, 22000):
        with contextlib.closing(socket.socket()) as tried:
            if tried.connect_ex(("127.0.0.1", number)):
                return number
    raise AssertionError("no free port")


@contextlib.contextmanager
def streaming(home: Path, port: int, *options: str) -> Iterator[Container]:
    """nginx with a stream that has no end, told to stop; then the client leaves."""
    words = nginx.command(home, f"127.0.0.1:{port}")
    with (
        nginx.Slow(home, streams=True) as slow,
        start(*words, options=options) as container,
    ):
        wait_until(lambda: (home / "pid").exists(), "nginx serves")
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert slow.asked.wait(30)
            container.kill(TERM)
            yield container
        assert container.wait() == 0


def test_the_log_says_which_connection_it_waits_for(tmp_path: Path, port: int) -> None:
    """Before an engine would kill, and as init hurries nginx on."""
    with streaming(tmp_path, port, "--grace", "3") as container:
        waiting = container.event("stop.waiting")
        assert waiting["connections"] == 1
        assert f"1 connection on port {port}; 1 child: nginx (" in waiting["waits_for"]


def test_status_says_so_at_any_time(tmp_path: Path, port: int) -> None:
    """Without waiting for the log; and it is over when the client leaves."""
    with streaming(tmp_path, port) as container:
        container.event("stop.step")
        status = container.status()
        assert status["state"] == "stopping"
        assert f"1 connection on port {port}" in status["stop"]["waits_for"]
        shown = container.verb("status").stdout
        assert f"waits for  1 connection on port {port}" in shown


def test_of_an_app_of_another_user_init_says_what_it_can(tmp_path: Path, port: int) -> None:
    """Without CAP_SYS_PTRACE, as under Docker, it can't see whose the connections are."""
    app = tmp_path / "app.py"
    app.write_text(
        "import socket, signal\n"
        f"server = socket.create_server(('127.0.0.1', {port}))\n"
        "signal.signal(15, lambda *_: server.close())\n"
        "print('ready', flush=True)\n"
        "connection, _ = server.accept()\n"
        "print('accepted', flush=True)\n"
        "while connection.recv(1): pass\n"
    )
    for parent in [tmp_path, *tmp_path.parents]:
        os.chmod(parent, os.stat(parent).st_mode | 0o055)
    options = ["--user", "54321"]
    before = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
    with start("python3", app, options=options, before=before) as container:
        container.stdout.until("ready")
        with socket.create_connection(("127.0.0.1", port)):
            container.stdout.until("accepted")
            container.kill(TERM)
            container.event("stop.step")
            stop = container.status()["stop"]
            assert " of the network namespace on port" in stop["waits_for"]
            assert stop["connections"] >= 1
        assert container.wait() == 0


def test_a_child_that_is_stopped_is_named() -> None:
    """Nothing but KILL ends it."""
    script = "sh -c 'kill -STOP $$; echo' & trap 'wait' TERM; echo ready; wait; wait"
    options = ["--stop-plan", "TERM:1.2 KILL"]
    with start("bash", "-c", script, options=options) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        waiting = container.event("stop.waiting")
        assert "is stopped; 1 child: " in waiting["waits_for"]
        assert len(waiting["stuck"]) == 1
        assert container.wait() == 128 + signal.SIGKILL
