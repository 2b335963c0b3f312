"""The control socket: who may ask, what is answered, and what can't hurt pid 1."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .namespace import DEADLINE, INITD, Container, opened_to_all, start
from .sleeping import asleep
from .test_metrics import free_port

FIELDS = {
    "state", "init", "shim", "app", "restarts", "last_exit", "revision", "role", "hostname",
    "stop_plan", "signal_map",
}  # fmt: skip


def connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(DEADLINE)
    connection.connect(str(path))
    return connection


def ask(path: Path, request: bytes) -> bytes:
    with connect(path) as connection:
        connection.sendall(request)
        return connection.makefile("rb").read()


def stop(container: Container) -> None:
    container.kill(signal.SIGTERM)
    assert container.wait() == 0


def test_status_tells_all_that_was_promised(victim: Path) -> None:
    """The contract of `status --json`."""
    with start(victim, "15=0", options=["-r", "HUP:QUIT", "--stop-plan", "TERM:9 KILL"]) as box:
        box.stdout.until("ready")
        status = box.status()
        people = box.verb("status").stdout
        stop(box)
    assert status.keys() >= FIELDS
    assert status["state"] == "running"
    assert (status["init"]["pid"], status["shim"]["pid"], status["app"]["pid"]) == (1, 2, 3)
    assert status["app"]["ppid"] == 2
    assert status["app"]["command"] == [str(victim), "15=0"]
    assert 0 <= status["app"]["uptime_seconds"] < 20
    assert (status["restarts"], status["last_exit"], status["role"]) == (0, None, None)
    assert status["stop_plan"] == "TERM:9 KILL"
    assert status["signal_map"] == {"HUP": "QUIT"}
    assert status["hostname"] == os.uname().nodename
    assert "ppidshim" in people
    assert "TERM:9 KILL, to process" in people


def test_health_is_one_line_and_a_code(victim: Path) -> None:
    """0 while the app runs, 1 when it is stopped, with the reason."""
    with start(victim, "15=0") as container:
        container.stdout.until("ready")
        well = container.verb("health")
        os.kill(container.host_pid(3), signal.SIGSTOP)
        container.event("app.stopped")
        ill = container.verb("health")
        os.kill(container.host_pid(3), signal.SIGCONT)
        container.event("app.continued")
        again = container.verb("health")
        stop(container)
    assert (well.returncode, well.stdout.split(":")[0]) == (0, "healthy")
    assert (ill.returncode, ill.stdout) == (1, "unhealthy: the app is stopped by STOP\n")
    assert again.returncode == 0


def test_health_without_an_init_is_unhealthy(tmp_path: Path) -> None:
    """One line, no traceback."""
    words = [INITD, "health", "--socket", str(tmp_path / "none")]
    said = subprocess.run(words, capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stdout.startswith("unhealthy: no init answers")
    assert said.stderr == ""


def test_the_socket_is_for_its_owner_only(victim: Path, tmp_path: Path) -> None:
    """Mode 0600, and another uid is refused even where it gets through to the file."""
    path = tmp_path / "socket"
    with start(victim, "15=0", options=["--socket", str(path)]) as container:
        container.stdout.until("ready")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o666)
        opened_to_all(tmp_path)
        script = (
            "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            's.sendall(b\'{"verb":"stop"}\\n\'); print(s.makefile().read(), end="")'
        )
        command = ["setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c"]
        said = subprocess.run([*command, script, str(path)], capture_output=True, text=True)
        assert "permission denied" in said.stdout, said
        assert json.loads(ask(path, b'{"verb":"status"}\n'))["state"] == "running"
        stop(container)


def test_a_place_that_is_taken_or_read_only_does_not_prevent_the_start(
    victim: Path, tmp_path: Path
) -> None:
    """The log says that the verbs will not work, and why."""
    options = ["--socket", "/proc/no/such/place"]
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        assert "/proc/no/such/place" in container.event("control.unavailable")["why"]
        stop(container)


def test_a_dead_socket_is_replaced_and_a_live_one_is_not(victim: Path, tmp_path: Path) -> None:
    """A killed init leaves its file behind."""
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with start(victim, "15=0", options=["--socket", str(path)]) as first:
        first.stdout.until("ready")
        with start(victim, "15=0", options=["--socket", str(path)]) as second:
            second.stdout.until("ready")
            assert "in use" in second.event("control.unavailable")["why"]
            stop(second)
        assert json.loads(ask(path, b'{"verb":"health"}\n'))["healthy"] is True
        stop(first)
    assert not path.exists()


def test_garbage_of_every_kind_is_answered_or_dropped(victim: Path, tmp_path: Path) -> None:
    """2,000 random requests, half of them nearly right: pid 1 lives, and works."""
    rolls = random.Random(2)
    path = tmp_path / "socket"
    with start(victim, "15=0", options=["--socket", str(path)]) as container:
        container.stdout.until("ready")
        for number in range(2000):
            junk = rolls.randbytes(rolls.randrange(0, 200))
            line = junk if number % 2 else b'{"verb":' + junk
            with connect(path) as connection:
                connection.sendall(line.replace(b"\n", b"") + b"\n" * rolls.randrange(0, 2))
                connection.shutdown(socket.SHUT_WR)
                answer = connection.makefile("rb").read()
            assert not answer or "error" in json.loads(answer)
        for request in (b"{}\n", b'{"verb":1}\n', b"[]\n", b"null\n", b'{"verb":"nope"}\n'):
            assert "error" in json.loads(ask(path, request))
        assert "error" in json.loads(ask(path, b'{"verb":"signal","argument":"NOPE"}\n'))
        assert "at most" in json.loads(ask(path, b"x" * 5000))["error"]
        assert json.loads(ask(path, b'{"verb":"health"}\n'))["healthy"] is True
        stop(container)


def test_idle_clients_are_bounded_in_number(victim: Path, tmp_path: Path) -> None:
    """The seventeenth is turned away; when one has left there is room again."""
    path = tmp_path / "socket"
    with start(victim, "15=0", options=["--socket", str(path)]) as container:
        container.stdout.until("ready")
        idle = [connect(path) for _ in range(16)]
        turned_away = connect(path)
        assert turned_away.recv(1) == b""
        for connection in idle:
            connection.close()
        assert json.loads(ask(path, b'{"verb":"health"}\n'))["healthy"] is True
        stop(container)


def test_a_client_that_says_nothing_is_let_go(victim: Path, tmp_path: Path) -> None:
    """After five seconds, and pid 1 wakes once for it."""
    path = tmp_path / "socket"
    with start(victim, "15=0", options=["--socket", str(path)]) as container:
        container.stdout.until("ready")
        with connect(path) as connection:
            assert connection.recv(1) == b""
        stop(container)


def _ticks(pid: int) -> int:
    """Processor time of a process, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize("is_asleep", [False, True], ids=["awake", "asleep"])
def test_without_a_descriptor_left_clients_wait_and_pid_1_does_not_spin(
    is_asleep: bool, victim: Path, tmp_path: Path
) -> None:
    """They are served once there is one; the kernel queues them meanwhile."""
    path = tmp_path / "control.sock"
    options = ["--socket", str(path), *(["--sleep", "0.1"] if is_asleep else ["--no-sleep"])]
    with start(victim, "15=0", options=options) as box:
        box.stdout.until("ready")
        box.event("app.started")
        if is_asleep:
            asleep(box.init_pid)
        highest = max(map(int, os.listdir(f"/proc/{box.init_pid}/fd")))
        usual = resource.prlimit(box.init_pid, resource.RLIMIT_NOFILE)
        resource.prlimit(box.init_pid, resource.RLIMIT_NOFILE, (highest + 1, usual[1]))
        before = _ticks(box.init_pid)
        with connect(path) as waiting:
            waiting.sendall(b'{"verb":"status"}\n')
            waiting.settimeout(0.7)
            with pytest.raises(TimeoutError):
                waiting.recv(1)
            assert _ticks(box.init_pid) - before < 20
            resource.prlimit(box.init_pid, resource.RLIMIT_NOFILE, usual)
            waiting.settimeout(DEADLINE)
            assert json.loads(waiting.makefile("rb").read())["state"] == "running"
        stop(box)


# ---- what is shown --------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["near", "everywhere", "everywhere, with commands"])
def test_no_secret_of_a_command_line_is_shown(asked: str) -> None:
    """In the log, by status, and over HTTP, which beyond loopback shows no command line at all."""
    port = free_port()
    host = "127.0.0.1" if asked == "near" else "0.0.0.0"
    options = ["--http", f"{host}:{port}", "--redact", "--licence=*"]
    options += ["--http-commands"] * ("with" in asked)
    secrets = ["--password=hunter2", "--licence=hunter2", "http://me:hunter2@h/?token=hunter2"]
    app = ["sh", "-c", "echo ready; sleep 100 & wait; exit", "sh", *secrets]
    with start(*app, options=options) as box:
        box.stdout.until("ready")
        started = box.event("app.started")
        said = json.dumps([started, box.status()]) + box.verb("status").stdout
        for path in ("/status", "/"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=DEADLINE) as page:
                over_http = page.read().decode()
            assert ("--licence=***" in over_http) == (asked != "everywhere")
            said += over_http
        box.kill(signal.SIGKILL)
    assert "hunter2" not in said
    assert "--password=***" in said
    assert "http://me:***@h/?token=***" in started["command"]


def test_who_comes_by_loopback_sees_no_more_than_who_comes_from_afar(tmp_path: Path) -> None:
    """One rule for all addresses of a container: a proxy makes a neighbour of anybody."""
    far, near, path = free_port(), free_port(), tmp_path / "http.sock"
    options = ["--http", f"0.0.0.0:{far}", "--http", f"127.0.0.1:{near}", "--http", str(path)]
    with start("sh", "-c", "echo ready; exec sleep 100 # word", options=options) as box:
        box.stdout.until("ready")
        box.event("app.started")
        for address in (f"http://127.0.0.1:{far}", f"http://127.0.0.1:{near}"):
            with urllib.request.urlopen(f"{address}/status", timeout=DEADLINE) as page:
                assert "word" not in page.read().decode()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /status HTTP/1.0\r\n\r\n")
            said = client.makefile("rb").read()
        assert b'"command"' in said
        assert b"word" not in said
        box.kill(signal.SIGKILL)


# ---- two containers that share /run -----------------------------------------------------------


@contextmanager
def _started_after(first: Container, app: Path) -> Iterator[Container]:
    first.event("app.started")
    with start(app, "15=0", "12=9", private_run=False) as second:
        yield second


def test_a_verb_asks_only_the_init_of_its_own_container(victim: Path) -> None:
    """The second one has the next place, and says so; its verbs find it there."""
    with (
        start(victim, "15=0", private_run=False) as first,
        _started_after(first, victim) as second,
    ):
        moved = second.event("control.elsewhere")
        assert moved["path"] != "/run/initd/control.sock"
        second.event("app.started")
        assert second.status()["app"]["command"][-1] == "12=9"
        assert first.status()["app"]["command"][-1] == "15=0"
        second.stdout.until("ready")
        second.verb("stop")  # which may end with the container, before it could say so
        assert second.wait() == 0
        assert first.verb("health").stdout.startswith("healthy")
        stop(first)


def test_a_container_without_an_init_is_not_answered_by_its_neighbours(victim: Path) -> None:
    """Neither by the verbs nor by the launcher's own health; with --socket whoever is there is."""
    path = "/run/initd/control.sock"
    with start(victim, "15=0", private_run=False) as box:
        box.event("app.started")
        inside = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--", box.launcher]
        for verb in ("status", "health", "stop"):
            said = subprocess.run([*inside, verb], capture_output=True, text=True)
            assert said.returncode != 0
            assert f"{path}: another container's init" in said.stdout + said.stderr
        asked = [*inside, "health", "--socket", path]
        said = subprocess.run(asked, capture_output=True, text=True)
        assert said.stdout.startswith("healthy")
        stop(box)
