"""The app's entry in a real registry, and watches: whatever becomes of the registry, and of us."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from initd.cli.main import _settings
from initd.core.health.verdict import first_report
from initd.core.monitor.messages import MonitorSpec, RegistrarSpec
from initd.core.settings import Settings
from initd.linux.channel import open_channel, receive, send
from initd.monitor.main import Monitor
from initd.monitor.tasks import run, sleep

from .etcd_server import Etcd, Server, etcd, free_port
from .namespace import ONE_FILE, Container, start, wait_until
from .stand_in import view_of
from .zookeeper_server import zookeeper

TERM = signal.SIGTERM
NAME = "/services/web/web-1"
#: On TERM it asks the registry for its own entry, says what it found, and ends.
ASKS = """
import signal, sys
def stop(number, frame):
    print("entry is there" if entry("/services/web/web-1") else "entry is gone", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while True:
    signal.pause()
"""
REGISTRIES: dict[str, Callable[..., AbstractContextManager[Server]]] = {
    "etcd": etcd,
    "zookeeper": zookeeper,
}


@pytest.fixture(params=REGISTRIES, scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def shared(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with REGISTRIES[kind](tmp_path_factory.mktemp(kind)) as found:
        yield found


@pytest.fixture
def server(shared: Server) -> Server:
    """An empty one, that others use later."""
    shared.clear()
    return shared


@pytest.fixture
def own(tmp_path: Path, kind: str) -> Iterator[Server]:
    """One that may be stopped. It is not started yet."""
    with REGISTRIES[kind](tmp_path, started=False) as found:
        yield found


def register(server: Server, more: str = "") -> list[str]:
    return ["--register", f"{server.place}/services/web name=web-1 port=8080 {more}"]


def is_in(server: Server) -> bool:
    return NAME in server.entries()


def names(container: Container, area: str = "registry.") -> list[str]:
    return [each["event"] for each in container.events() if each["event"].startswith(area)]


def test_a_ready_app_is_entered_and_leaves_before_its_first_signal(
    server: Server, tmp_path: Path
) -> None:
    """The app itself looks, when the signal comes."""
    app = tmp_path / "app.py"
    app.write_text(server.entry_for_an_app + ASKS)
    options = register(server)
    with start(sys.executable, app, options=options) as container:
        container.stdout.until("ready")
        began = time.monotonic()
        wait_until(lambda: is_in(server), "it is entered")
        assert time.monotonic() - began < 5
        entry = server.entries()[NAME]
        assert (entry["name"], entry["port"], entry["ready"]) == ("web-1", 8080, True)
        wait_until(lambda: container.status()["registered"], "pid 1 knows")
        container.kill(TERM)
        assert container.stdout.rest() == ["entry is gone"]
        assert container.wait() == 0
        assert names(container) == ["registry.entered", "registry.left"]


def test_an_entry_follows_readiness(server: Server, victim: Path, tmp_path: Path) -> None:
    """Out, or there with `ready` false, as configured. Maintenance takes it out in any case."""
    flag = tmp_path / "flag"
    check = ["--check", f"flag file {flag} role=readiness period=0.1 failure=1"]
    with start(victim, "15=0", options=[*register(server), *check]) as container:
        container.stdout.until("ready")
        wait_until(lambda: container.status()["monitor"]["pid"], "the monitor runs")
        assert not is_in(server)
        flag.touch()
        wait_until(lambda: is_in(server), "it is entered")
        flag.unlink()
        wait_until(lambda: not is_in(server), "it has left")
        flag.touch()
        wait_until(lambda: is_in(server), "it is entered again")
        assert container.verb("maintenance", "on").returncode == 0
        wait_until(lambda: not is_in(server), "it has left")
        assert container.verb("maintenance", "off").returncode == 0
        wait_until(lambda: is_in(server), "it is entered again")
        container.kill(TERM)
        assert container.wait() == 0
    with start(victim, "15=0", options=[*register(server, "unready=flag"), *check]) as container:
        wait_until(lambda: is_in(server), "it is entered")
        flag.unlink()
        wait_until(lambda: server.entries()[NAME]["ready"] is False, "it says so")
        container.kill(TERM)
        assert container.wait() == 0
        assert not is_in(server)


def test_an_app_that_ends_by_itself_leaves_too(server: Server, victim: Path) -> None:
    """Before the container has ended."""
    with start(victim, "10=7", options=register(server)) as container:
        container.stdout.until("ready")
        wait_until(lambda: is_in(server), "it is entered")
        wait_until(lambda: container.status()["registered"], "pid 1 knows")
        container.kill(signal.SIGUSR1)
        assert container.wait() == 7
        assert not is_in(server)


def test_a_container_that_is_killed_leaves_with_its_lease(server: Server, victim: Path) -> None:
    """Nobody can take the entry out then."""
    with start(victim, options=register(server, "ttl=2")) as container:
        container.stdout.until("ready")
        wait_until(lambda: is_in(server), "it is entered")
        os.kill(container.init_pid, signal.SIGKILL)
        wait_until(lambda: not is_in(server), "the lease ends")


def test_a_registry_that_is_away_at_the_start_is_waited_for(own: Server, victim: Path) -> None:
    """The app runs; one line says so; and the entry comes with the registry."""
    with start(victim, "15=0", options=register(own)) as container:
        container.stdout.until("ready")
        assert "refused" in container.event("registry.unreachable")["why"]
        own.start()
        wait_until(lambda: is_in(own), "it is entered")
        container.kill(TERM)
        assert container.wait() == 0
        assert names(container) == [*("registry.unreachable", "registry.entered", "registry.left")]


def test_a_registry_that_has_lost_its_data_gets_the_entry_again(own: Server, victim: Path) -> None:
    """A keepalive is answered without a TTL then."""
    own.start()
    with start(victim, "15=0", options=register(own, "ttl=3")) as container:
        container.stdout.until("ready")
        wait_until(lambda: is_in(own), "it is entered")
        own.stop()
        own.start(fresh=True)
        wait_until(lambda: is_in(own), "it is entered again")
        container.kill(TERM)
        assert container.wait() == 0


def test_a_registry_that_hangs_holds_a_stop_for_a_second_only(server: Server, victim: Path) -> None:
    """Paused: it takes connections, and answers nothing."""
    with start(victim, "15=0", options=register(server)) as container:
        container.stdout.until("ready")
        wait_until(lambda: container.status()["registered"], "it is entered")
        with server.paused():
            began = time.monotonic()
            container.kill(TERM)
            assert container.stdout.rest() == ["got 15"]
            assert container.wait() == 0
            assert 0.9 < time.monotonic() - began < 3
        assert names(container).count("registry.not-left") == 1


@pytest.mark.parametrize("whom", ["initd-registrar", "initd-monitor"])
def test_the_registrar_may_be_killed(server: Server, victim: Path, whom: str) -> None:
    """The next one goes on before the lease has ended; the app never notices."""
    with start(victim, "15=0", options=register(server)) as container:
        container.stdout.until("ready")
        wait_until(lambda: is_in(server), "it is entered")
        first = server.entries()
        for pid in _called(container, whom):
            os.kill(pid, signal.SIGKILL)
        container.event("registry.entered")
        container.event("registry.entered")
        assert server.entries() == first
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 0
        assert not is_in(server)


@pytest.mark.parametrize("whom", ["initd-registrar", "initd-monitor"])
def test_a_stop_takes_out_what_a_killed_registrar_has_left(
    server: Server, tmp_path: Path, whom: str
) -> None:
    """Nobody has its lease, so the next registrar takes the entry over first."""
    app = tmp_path / "app.py"
    app.write_text(server.entry_for_an_app + ASKS)
    with start(sys.executable, app, options=register(server)) as container:
        container.stdout.until("ready")
        wait_until(lambda: is_in(server) and container.status()["registered"], "it is entered")
        for pid in _called(container, whom):
            os.kill(pid, signal.SIGKILL)
        container.kill(TERM)
        assert container.stdout.rest() == ["entry is gone"]
        assert container.wait() == 0
        assert not is_in(server)


def test_a_stop_may_come_while_the_app_is_entered(victim: Path, tmp_path: Path) -> None:
    """pid 1 has not heard of it then, and does not wait: so there must be no entry yet."""
    flag = tmp_path / "flag"
    check = ["--check", f"flag file {flag} role=readiness period=0.1 failure=1"]
    with etcd(tmp_path) as server:
        with start(victim, "15=0", options=[*register(server), *check]) as container:
            container.stdout.until("ready")
            wait_until(lambda: container.status()["monitor"]["pid"], "the monitor runs")
            os.kill(container.init_pid, signal.SIGSTOP)
            flag.touch()
            wait_until(lambda: server.ask("lease/leases", {}).get("leases"), "there is a lease")
            container.kill(TERM)
            os.kill(container.init_pid, signal.SIGCONT)
            assert container.wait() == 0
        assert not is_in(server)


def test_the_registrar_has_no_rights(server: Server) -> None:
    """It is the app's user, without capabilities."""
    app = ("sh", "-c", "echo ready; exec sleep 300")
    with start(*app, options=["--user", "54321", *register(server)]) as container:
        container.stdout.until("ready")
        wait_until(lambda: is_in(server), "it is entered")
        (pid,) = _called(container, "initd-registrar")
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        assert status["Uid"].split() == ["54321"] * 4
        assert {status[each] for each in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1"
        container.kill(TERM)
        assert container.wait() == 128 + TERM


def test_a_registry_that_is_slow_is_no_worse(server: Server, victim: Path, tmp_path: Path) -> None:
    """Each answer takes a third of a second: a line when the app is in, and one when it is out."""
    with _slow(server.port, 0.3) as port:
        place = server.place.replace(str(server.port), str(port))
        options = ["--register", f"{place}/services/web name=web-1 ttl=3"]
        with start(victim, "15=0", options=options) as container:
            container.stdout.until("ready")
            wait_until(lambda: container.status()["registered"], "it is entered")
            wait_until(lambda: is_in(server), "it is there")
            time.sleep(3.2)  # longer than a lease that nobody keeps
            assert is_in(server)
            container.kill(TERM)
            assert container.stdout.rest() == ["got 15"]
            assert container.wait() == 0
            assert not is_in(server)
            assert names(container) == ["registry.entered", "registry.left"]


@contextlib.contextmanager
def _slow(port: int, seconds: float) -> Iterator[int]:
    """A port behind which is the other one, late."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):  # it has been closed
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", port))
                for pair in ((near, far, 0.0), (far, near, seconds)):
                    threading.Thread(target=_pump, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _pump(source: socket.socket, target: socket.socket, late: float) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            time.sleep(late)
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_a_registrar_without_memory_ends_and_is_back(
    server: Server, victim: Path, tmp_path: Path
) -> None:
    """A limit on its address space, put on from outside; and somebody's entry that is large. pid 1
    and the monitor are as they were, and the app never notices."""
    options = [
        *register(server),
        *("--watch", f"app {server.place}/services/app file={tmp_path}/peers"),
    ]
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        container.event("registry.entered")
        wait_until((tmp_path / "peers").exists, "it watches")
        (pid,) = _called(container, "initd-registrar")
        resource.prlimit(pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
        server.put("/services/app/large", {"name": "x" * 900_000})
        container.event("registry.exited")
        container.event("registry.entered")
        assert container.status()["monitor"]["restarts"] == 0
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 0
        assert not is_in(server)


def _called(container: Container, name: str) -> list[int]:
    found = []
    for pid in container.tree():
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                found.append(pid)
    return found


@pytest.mark.parametrize(
    "said",
    [
        b"\xff",
        b"[" * 60000,
        b"null",
        b'{"entry": 1}',
        b'{"peers": ["web"]}',
        b'{"main_pid": 3}',
        b'{"report": [1, [], [true, "", "", null, false]]}',
        b'{"extend": 9.0}',
        b'{"entry": true}',
    ],
)
def test_a_hostile_registrar_reaches_nobody(said: bytes) -> None:
    """It says what only the monitor may say, or nonsense, without end: pid 1 hears nothing of
    it, the monitor goes on, and this registrar is killed. What it may say, it may say often."""
    heard, lines, turns = _monitored(lambda spec: _repeat(spec.channel, said), seconds=0.5)
    events = [json.loads(line)["event"] for line in lines]
    assert turns > 10
    of_the_monitor = ('{"pull":', f'{{"report":[{os.getpid()},')
    assert {each for each in heard if not each.startswith(of_the_monitor)} <= {'{"entry":true}'}
    if said == b'{"entry": true}':
        assert events == []
    else:
        assert events[:2] == ["registry.nonsense", "registry.exited"]
        assert len(events) < 10


def _repeat(channel: int, said: bytes) -> None:
    while True:
        send(channel, said)


def _monitored(
    registrar: Callable[[RegistrarSpec], None], seconds: float
) -> tuple[list[str], list[bytes], int]:
    """A monitor whose registrar does this: what pid 1 would hear, lines of the log, and how many
    times something else had its turn meanwhile."""
    settings = _settings(["--register", "etcd://127.0.0.1:1/x", "--", "true"])
    assert isinstance(settings, Settings)
    ours, theirs = open_channel()
    lines: list[bytes] = []

    def write(line: bytes) -> bool:
        lines.append(line)
        return True

    spec = MonitorSpec(
        settings=settings,
        channel=theirs,
        listeners=(),
        notify=-1,
        next_due=-1,
        view=view_of(os.getpid()),
        report=first_report(0, settings.checks),
        events=[],
        stderr=(2,),
        write=write,
    )
    heard: list[str] = []

    async def story() -> int:
        monitor = Monitor(spec, lambda: registrar)
        monitor.begin()
        turns, begun = 0, time.monotonic()
        while time.monotonic() < begun + seconds or (turns <= 10 and time.monotonic() < begun + 30):
            await sleep(0.01)
            turns += 1
            while (message := receive(ours)) is not None:
                heard.append(message.decode())
        assert monitor._registrar is not None
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(monitor._registrar._pid, signal.SIGKILL)
            os.waitpid(monitor._registrar._pid, 0)
        return turns

    try:
        return heard, lines, run(story())
    finally:
        os.close(ours)
        os.close(theirs)


# ---- watches --------------------------------------------------------------------------------


def _peer(number: int, **more: object) -> dict[str, object]:
    return {"name": f"app-{number}", "address": "10.0.0.1", "port": number, "ready": True, **more}


def test_a_watch_writes_who_is_there_and_tells_the_app(
    server: Server, victim: Path, tmp_path: Path
) -> None:
    """What others write is believed in its form alone."""
    file = tmp_path / "peers"
    server.put("/services/app/1", _peer(1))
    watch = f"app {server.place}/services/app file={file} signal=HUP each='{{address}}:{{port}}'"
    with start(victim, "15=0", options=["--watch", watch]) as container:
        container.stdout.until("ready")
        wait_until(lambda: file.exists() and file.read_text() == "10.0.0.1:1\n", "it is written")
        server.put("/services/app/2", _peer(2))
        wait_until(lambda: file.read_text() == "10.0.0.1:1\n10.0.0.1:2\n", "the second one")
        assert container.stdout.until("got") == "got 1"
        for number, bad in enumerate(
            [
                "nonsense",
                "[" * 10000,
                _peer(3, ready=False),
                _peer(3, address="1.2.3.4;}"),
                _peer(3, port="80"),
                _peer(3, port=70000),
                _peer(3, name="a\nb"),
            ]
        ):
            server.put(f"/services/app/bad-{number}", bad)
        server.remove("/services/app/1")
        wait_until(lambda: file.read_text() == "10.0.0.1:2\n", "it is gone")
        container.kill(TERM)
        assert container.wait() == 0


def test_an_app_that_is_not_yet_listening_is_not_ended_by_the_news(
    server: Server, tmp_path: Path
) -> None:
    """There are peers from the first moment; the app takes a while to have a handler."""
    script = "sleep 0.7; trap 'echo got' HUP; echo ready; while :; do sleep 0.1; done"
    server.put("/services/app/1", _peer(1))
    watch = f"app {server.place}/services/app file={tmp_path}/peers signal=HUP"
    with start("sh", "-c", script, options=["--watch", watch]) as container:
        container.stdout.until("ready")
        container.stdout.until("got")
        container.kill(TERM)
        assert container.wait() == 128 + TERM


def test_a_watch_runs_the_hook_and_outlives_its_registry(
    own: Server, victim: Path, tmp_path: Path
) -> None:
    """A registry without data is not believed that nobody is left."""
    file = tmp_path / "peers.json"
    own.start()
    own.put("/services/app/1", _peer(1))
    options = [
        *("--watch", f"app {own.place}/services/app file={file}"),
        *("--hook", 'change -- sh -c "echo $HOOK_REASON"'),
    ]
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        assert container.event("hook.output")["line"] == "watch app"
        own.stop()
        container.event("watch.unreachable")
        own.start(fresh=True)
        container.event("watch.reachable")
        assert '"app-1"' in file.read_text()
        own.put("/services/app/2", _peer(2))
        wait_until(lambda: '"app-2"' in file.read_text(), "the new one")
        container.kill(TERM)
        assert container.wait() == 0


# ---- TLS and tokens -----------------------------------------------------------------------------


def test_a_registry_is_reached_with_tls(tmp_path: Path, victim: Path) -> None:
    """Its certificate is checked, and ours is shown."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", key, "-out", cert, "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    options = (
        *("--cert-file", str(cert), "--key-file", str(key)),
        *("--client-cert-auth", "--trusted-ca-file", str(cert)),
    )
    server = Etcd(tmp_path, options, scheme="https")
    server.start()
    try:
        more = f"ca={cert} cert={cert} key={key}"
        with start(victim, "15=0", options=register(server, more)) as container:
            container.stdout.until("ready")
            container.event("registry.entered")
            container.kill(TERM)
            assert container.wait() == 0
        with start(victim, "15=0", options=register(server)) as container:
            why = container.event("registry.unreachable")["why"]
            assert "CERTIFICATE_VERIFY_FAILED" in why
            container.kill(TERM)
            assert container.wait() == 0
    finally:
        server.stop()


def test_a_token_is_read_from_its_file_anew(tmp_path: Path, victim: Path) -> None:
    """An old one is refused, with a line; the right one counts as soon as it is there."""
    file = tmp_path / "token"
    file.write_text("of yesterday\n")
    with etcd(tmp_path) as server:
        server.lock()
        with start(victim, "15=0", options=register(server, f"token={file}")) as container:
            container.stdout.until("ready")
            assert "invalid auth token" in container.event("registry.unreachable")["why"]
            file.write_text(f"{server.token}\n")
            wait_until(lambda: is_in(server), "it is entered")
            container.kill(TERM)
            assert container.wait() == 0
            assert not is_in(server)
            assert names(container) == [
                *("registry.unreachable", "registry.entered", "registry.left")
            ]
        log = "\n".join(container.log_pipe.seen if container.log_pipe else ())
        assert server.token not in log


# ---- a proxy in front -------------------------------------------------------------------------

#: A server that says its port, takes a moment for each answer, and ends on TERM at once: whoever
#: is still sent to it is refused. The moment is long enough that clients without a pause leave the
#: processors some of their time: all of them are served the whole time all the same.
SERVES = """
import http.server, signal, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.03)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *words):
        pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
server = Server((sys.argv[1], 8080), Handler)
print("ready", flush=True)
server.serve_forever()
"""
#: With the one file fewer: its registrar is the same code.
APPS, AT_ONCE = (8, 2) if ONE_FILE else (20, 4)
NGINX = """
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream web {{
        include {folder}/peers.conf;
        server 127.0.0.1:1 down;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://web;
            proxy_next_upstream off;
        }}
    }}
}}
"""


def test_each_app_is_replaced_behind_nginx_and_no_request_fails(tmp_path: Path) -> None:
    """nginx does not try another one itself here: whatever is lost is seen."""
    app = tmp_path / "app.py"
    app.write_text(SERVES)
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir()
    (folder / "peers.conf").touch()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    nginx = ("nginx", "-c", folder / "nginx.conf", "-g", "daemon off; user root;")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(etcd(tmp_path))
        watch = (
            f"web {server.place}/services/web file={folder}/peers.conf"
            " each='server {address}:{port} max_fails=0;' signal=HUP"
        )
        boxes = [stack.enter_context(_serving(server, app, number)) for number in range(APPS)]
        wait_until(lambda: len(server.entries()) == APPS, "all are entered")
        proxy = stack.enter_context(start(*nginx, options=["--watch", watch]))
        listed = folder / "peers.conf"
        wait_until(lambda: listed.read_text().count("\n") == APPS, "all are listed")
        # A worker that began without anybody to send to may take a connection more.
        wait_until(lambda: {_fetch(port) for _ in range(20)} == {200}, "nginx serves")
        load = stack.enter_context(_Load(port))
        for first in range(0, APPS, AT_ONCE):
            numbers = range(first, first + AT_ONCE)
            new = [stack.enter_context(_serving(server, app, APPS + number)) for number in numbers]
            wanted = {f"/services/web/app-{APPS + number}" for number in numbers}
            wait_until(partial(_are_in, server, wanted), "they are entered")
            old = boxes[first : first + AT_ONCE]
            for box in old:
                box.kill(TERM)
            assert [box.wait() for box in old] == [0] * AT_ONCE
            boxes[first : first + AT_ONCE] = new
        load.stop()
        assert load.failed == []
        assert load.good > 500
        assert len(server.entries()) == APPS
        for box in (proxy, *boxes):
            box.kill(TERM)
            box.wait()


HAPROXY = """
global
    stats socket {folder}/haproxy.sock level admin expose-fd listeners
defaults
    mode http
    timeout connect 2s
    timeout client 1m
    timeout server 1m
frontend web
    bind 127.0.0.1:{port}
    default_backend web
"""


def test_haproxy_reads_its_servers_again(server: Server, tmp_path: Path) -> None:
    """They are a file of their own, which begins with its section."""
    app, listed, port = tmp_path / "app.py", tmp_path / "backend.cfg", free_port()
    app.write_text(SERVES)
    listed.write_text("backend web\n")
    (tmp_path / "haproxy.cfg").write_text(HAPROXY.format(folder=tmp_path, port=port))
    watch = (
        f"web {server.place}/services/web file={listed} signal=USR2"
        " head='backend web' each='server {name} {address}:{port}'"
    )
    haproxy = ("haproxy", "-W", "-f", tmp_path / "haproxy.cfg", "-f", listed)
    with start(*haproxy, options=["--watch", watch]) as proxy:
        wait_until(lambda: _fetch(port) == 503, "it runs, and has no server")
        with _serving(server, app, 1) as box:
            wait_until(lambda: _fetch(port) == 200, "it has one")
            box.kill(TERM)
            assert box.wait() == 0
        proxy.kill(TERM)
        assert proxy.wait() == 0


def _are_in(server: Server, keys: set[str]) -> bool:
    return keys <= server.entries().keys()


@contextlib.contextmanager
def _serving(server: Server, app: Path, number: int) -> Iterator[Container]:
    # Its own address: a free port could be another connection's by the time that it listens.
    address = f"127.{1 + os.getpid() % 250}.{1 + os.getpid() // 250 % 250}.{1 + number}"
    options = [
        "--register",
        f"{server.place}/services/web name=app-{number} address={address} port=8080",
        *("--check", f"web tcp {address}:8080 period=0.2", "--drain", "2"),
    ]
    with start(sys.executable, "-S", app, address, options=options) as container:
        yield container


def _fetch(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    except OSError as error:
        return error.errno or -1
    finally:
        connection.close()


class _Load:
    """Clients that ask without a pause."""

    CLIENTS = 4

    def __init__(self, port: int) -> None:
        self.port = port
        self.good = 0
        self.failed: list[int] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(self.CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            status = _fetch(self.port)
            if status == 200:
                self.good += 1
            else:
                self.failed.append(status)
