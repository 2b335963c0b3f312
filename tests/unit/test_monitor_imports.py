"""What the monitor holds: what its configuration, and nobody but its clients, has asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import initd
from initd.monitor.eager_imports import LATER

PACKAGE = Path(initd.__file__).parent

#: A monitor for these options: with the code of pid 1, as after the fork, and without `site`.
#: It asks each check once and is asked for each path, then says what it has imported.
PROGRAM = """
import sys
sys.path.append({site!r})
from initd.cli.main import _SPENT, _load_monitor, _settings
from initd.unload import unload_modules
import initd.init.start, initd.init.monitor_link
from initd.core.health.verdict import Report, first_report
from initd.core.monitor.messages import MonitorSpec
from initd.linux.channel import open_channel, receive
settings = _settings({words!r})
unload_modules(*_SPENT)
of_init = set(sys.modules)
_load_monitor(settings)
from initd.monitor.main import Monitor
from initd.monitor.tasks import readable, run
listeners = []
if {paths!r}:
    from _socket import AF_UNIX, SOCK_STREAM, socket
    listener = socket(AF_UNIX, SOCK_STREAM)
    listener.bind({http!r})
    listeners.append(listener.detach())
ours, theirs = open_channel()
app = {{
    "pid": {pid}, "command": ["app"], "since": 1.0, "stopped_by": None, "stopped_by_number": None,
    "end_signal_number": None, "start_due": False,
}}
view = {{
    "state": "running", "app": app, "last_exit": None, "restarts": 0, "orphans_reaped": 0,
    "signals": {{"received": {{}}, "delivered": {{}}, "undelivered": 0}},
    "stop": {{"count": 0, "last_seconds": None}}, "monitor": {{"pid": 4, "restarts": 0}},
    "held": 0, "maintenance": False, "registered": None,
    "hostname": "h", "role": None, "revision": None, "profile": None, "init": {{"pid": {pid}}},
}}
spec = MonitorSpec(
    settings=settings, channel=theirs, listeners=tuple(listeners), notify={notify},
    view=view, report=first_report(0, settings.checks), events=[], stderr=(2,),
    write=lambda line: True,
)
async def story():
    monitor = Monitor(spec, None)
    monitor.begin()
    waiting = {{check.name for check in settings.checks}}
    monitor._state.on_result.append(lambda check, result: waiting.discard(check.name))
    while waiting:
        await readable(ours)
        receive(ours)
    for path in {paths!r}:
        client = socket(AF_UNIX, SOCK_STREAM)
        client.connect({http!r})
        client.send(path.encode())
        answered = b""
        while not answered.endswith(b"\\n"):
            await readable(client.fileno())
            answered += client.recv(65536)
        print(answered.decode().partition("\\r")[0])
        client.close()
run(story())
print(*sorted(set(sys.modules) - of_init))
"""


def held(
    tmp_path: Path, *options: str, paths: tuple[str, ...] = (), notify: int = -1
) -> tuple[set[str], list[str]]:
    """The modules beside initd's, and the status lines of the answers."""
    program = PROGRAM.format(
        site=str(PACKAGE.parent),
        words=[*options, "--", "app"],
        paths=[each if each[0] != "/" else plain(each) for each in paths],
        http=str(tmp_path / "http"),
        pid=1,
        notify=notify,
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    *answers, modules = ran.stdout.splitlines()
    return {name for name in modules.split() if not name.startswith("initd")}, answers


def plain(path: str) -> str:
    """As Prometheus or a kubelet asks."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: Prometheus/3.0\r\nAccept: */*\r\n\r\n"


#: Accelerators and constants of the standard library, each a C module of some KiB.
LOOP = {"_heapq", "errno"}
SOCKETS = {"_socket"}
#: What each would cost: 6 MB, 2 (with asyncio), 3.5, 5, 3.5.
LIBRARIES = {"asyncio", "structlog", "psutil", "prometheus_client", "h11"}


def test_a_check_of_a_file_takes_the_loop_alone(tmp_path: Path) -> None:
    """No socket, no library."""
    assert held(tmp_path, "--check", "f file / role=readiness")[0] == LOOP


def test_checks_take_what_their_kind_needs(tmp_path: Path) -> None:
    """A process, a port, a command: sockets, as C has them."""
    options = ("alive process rss=10G children=100", "port tcp 127.0.0.1:9", "run exec -- true")
    words = [word for each in options for word in ("--check", each)]
    assert held(tmp_path, *words)[0] <= LOOP | SOCKETS


def test_health_and_metrics_over_http_bring_in_no_library(tmp_path: Path) -> None:
    """Asked as kubelets, Prometheus, people and their browsers ask."""
    words = ("--check", "alive process", "--http", ":8080")
    paths = ("/livez", "/readyz", "/metrics", "/status", "/", "/healthz?verbose", "/nothing")
    modules, answers = held(tmp_path, *words, paths=paths)
    assert modules <= LOOP | SOCKETS | {"encodings.unicode_escape"}  # 30 lines
    assert [answer.split()[1] for answer in answers] == ["200"] * 6 + ["404"]


def test_h11_comes_with_the_first_request_that_is_out_of_the_ordinary(tmp_path: Path) -> None:
    """And nothing else that is a library."""
    modules, answers = held(
        tmp_path, "--http", ":8080", paths=("BREW / HTTP/1.1\r\nHost: x\r\n\r\n",)
    )
    assert answers == ["HTTP/1.1 501 Not Implemented"]
    assert modules & LIBRARIES == {"h11"}


def test_an_http_check_brings_in_no_library_and_without_tls_no_openssl(tmp_path: Path) -> None:
    """OpenSSL is 1.3 MB more, in every container with an https check."""
    assert held(tmp_path, "--check", "web http http://127.0.0.1:9/")[0] <= LOOP | SOCKETS
    modules, _ = held(tmp_path, "--check", "web http https://127.0.0.1:9/")
    assert "ssl" in modules
    assert not modules & LIBRARIES


def test_statsd_and_notify_bring_in_no_library(tmp_path: Path) -> None:
    """Datagrams are sockets."""
    assert held(tmp_path, "--statsd", "127.0.0.1:9")[0] <= LOOP | SOCKETS


@pytest.mark.parametrize("folder", ["monitor", "monitor/http"])
def test_what_is_imported_later_can_be_imported_at_once(folder: str) -> None:
    """Where the app's user can't read the library, later is too late: the list has every module
    that main.py does not import itself, or a module that does."""
    program = (
        "import initd.monitor.main, initd.monitor.eager_imports, sys\n"
        f"for name in {LATER!r}: __import__(name)\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True)
    names = {f"initd/{folder}/{path.name}" for path in (PACKAGE / folder).glob("[!_]*.py")}
    imported = {name.replace(".", "/") + ".py" for name in ran.stdout.split()}
    assert names <= imported, ran.stderr
