"""Probes against real sockets, servers, files and processes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from initd.config.values.check import read_check
from initd.core.health.check import ProbeResult
from initd.core.health.notify import Notification, Notified
from initd.monitor import worker
from initd.monitor.probe import Context, probe_of
from initd.monitor.probe.connection import reason
from initd.monitor.process_usage import Usage, count_descriptors
from initd.monitor.tasks import Task, all_tasks, run, sleep, timeout, wait

from .dead_mount import dead_mount
from .namespace import DEADLINE, wait_until

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def probe(line: str, app: int = 0, notified: Notified | None = None) -> ProbeResult:
    """What the check of this line finds."""
    check = read_check(line)
    with timeout(DEADLINE):
        return await probe_of(check, Context({}, notified or Notified())).ask(app)


def ask(line: str, app: int = 0, notified: Notified | None = None) -> ProbeResult:
    """The same, outside of a loop."""
    return run(probe(line, app, notified))


@contextmanager
def serving(
    serve: Serve, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """The port of a server that runs meanwhile: in a thread, with an event loop of its own."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(serve, host, 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for left in asyncio.all_tasks(loop):
            left.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# ---- http -------------------------------------------------------------------------------------


def http(
    reply: bytes, words: str = "", tls: ssl.SSLContext | None = None
) -> tuple[ProbeResult, bytes]:
    """The answer of a check whose server says `reply`, and the request that it saw."""
    seen = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen = await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(OSError):
            writer.write(reply)
            await writer.drain()
        writer.close()

    with serving(serve, tls=tls) as port:
        scheme = "https" if tls else "http"
        return ask(f"web http {scheme}://127.0.0.1:{port}/ok?a=b {words}"), seen


def response(status: int, body: bytes = b"", *headers: bytes) -> bytes:
    """A whole one."""
    head = [b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("reply", "words", "answer"),
    [
        (response(200), "", ProbeResult(True, "status 200")),
        (response(204), "", ProbeResult(True, "status 204")),
        (response(302, b"", b"Location: /x"), "", ProbeResult(True, "status 302")),
        (response(399), "", ProbeResult(True, "status 399")),
        (response(400), "", ProbeResult(False, "status 400")),
        (response(503, b"busy"), "", ProbeResult(False, "status 503")),
        (response(404), "status=200-299,404", ProbeResult(True, "status 404")),
        (response(301), "status=200-299,404", ProbeResult(False, "status 301")),
        (response(200, b"all ok here"), "body=ok", ProbeResult(True, "status 200")),
        (
            response(200, b"bad"),
            "body=ok",
            ProbeResult(False, "status 200, but 'ok' is not in the body"),
        ),
        (response(200, "grün".encode()), "body=grün", ProbeResult(True, "status 200")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + response(200), "", ProbeResult(True, "status 200")),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end ok", "body=ok", ProbeResult(True, "status 200")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
            "body=ok",
            ProbeResult(True, "status 200"),
        ),
        (b"", "", ProbeResult(False, "connection closed without a response")),
    ],
    ids=lambda each: repr(each)[:40],
)
def test_status_and_body_decide(reply: bytes, words: str, answer: ProbeResult) -> None:
    """200 to 399 pass by default, as the kubelet has it; redirects are not followed."""
    assert http(reply, words)[0] == answer


def test_the_request_is_a_plain_get() -> None:
    """Of the whole path, by name, and for one answer."""
    _, seen = http(response(200))
    line, *headers = seen.decode().split("\r\n")
    assert line == "GET /ok?a=b HTTP/1.1"
    host, *others = [header.lower() for header in headers if header]
    assert host.startswith("host: 127.0.0.1:")
    assert others == ["user-agent: initd", "accept: */*", "connection: close"]


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0" * 100,
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
    ],
    ids=["ssh", "zeros", "half a line", "an endless header"],
)
def test_an_answer_other_than_http_is_a_failure(reply: bytes) -> None:
    """With bounded memory, and never an exception."""
    answer, _ = http(reply)
    assert not answer.ok
    assert answer.why.startswith("not HTTP: ")


def test_of_a_long_body_the_beginning_counts() -> None:
    """64 KiB are read; what stands behind them is not found, and nobody waits for it."""
    body = b"x" * 65536 + b"ok" + b"x" * 10_000_000
    assert http(response(200, body), "body=ok")[0].ok is False
    assert http(response(200, body))[0] == ProbeResult(True, "status 200")


def test_nobody_listens() -> None:
    """The reason is the kernel's."""
    port = free_port()
    refused = ProbeResult(False, f"cannot connect to 127.0.0.1:{port}: Connection refused")
    assert ask(f"web http http://127.0.0.1:{port}/") == refused


def test_localhost_is_the_loopback_address_without_a_thread_for_a_lookup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 6761; both families are tried."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200))
        writer.close()

    monkeypatch.delattr(worker, "start_new_thread")
    for host in ("127.0.0.1", "::1") if socket.has_dualstack_ipv6() else ("127.0.0.1",):
        with serving(serve, host) as port:
            assert ask(f"web http http://localhost:{port}/").ok


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Self-signed, for a name that is not ours."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key", folder / "cert"
    subprocess.run(
        [
            *"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes".split(),
            *("-days", "1", "-subj", "/CN=other.example", "-keyout", key, "-out", cert),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def test_https_does_not_verify_the_certificate(certificate: ssl.SSLContext) -> None:
    """As the kubelet has it: the app is asked how it is, not who."""
    assert http(response(200, b"ok"), "body=ok", certificate)[0] == ProbeResult(True, "status 200")


def test_https_against_a_server_without_tls_says_so() -> None:
    """And http against one with it is no HTTP."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(400))
        writer.close()

    with serving(serve) as port:
        answer = ask(f"web http https://127.0.0.1:{port}/")
    assert not answer.ok
    assert "cannot connect to 127.0.0.1" in answer.why
    assert "not permitted" not in answer.why, "the number of an SSLError is not an errno"


def test_an_error_of_tls_that_python_has_no_name_for_is_told_in_openssls_words() -> None:
    """Its number is not an errno: 1 would be "Operation not permitted"."""
    error = ssl.SSLError(ssl.SSL_ERROR_SSL, "[SSL] legacy sigalg disallowed or unsupported")
    error.reason = None  # type: ignore[assignment]  # as _ssl sets it
    assert reason(error) == "[SSL] legacy sigalg disallowed or unsupported"


def test_a_probe_that_is_cancelled_leaves_no_connection() -> None:
    """Whatever it was waiting for: here an answer that never comes."""

    gone = threading.Event()
    there = threading.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        there.set()
        await reader.read()
        gone.set()
        writer.close()

    async def hang(port: int) -> None:
        task = Task(probe(f"web http http://127.0.0.1:{port}/"))
        with timeout(DEADLINE):
            while not there.is_set():
                await sleep(0.005)
        task.cancel()
        await wait(task)
        assert task.cancelled()

    with serving(serve) as port:
        run(hang(port))
        assert gone.wait(DEADLINE)


# ---- tcp, unix --------------------------------------------------------------------------------


def test_tcp_passes_where_somebody_accepts() -> None:
    """Nothing more is asked of it, and its end is seen by the other side."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = f"127.0.0.1:{server.getsockname()[1]}"
        assert ask(f"c tcp {target}") == ProbeResult(True, f"{target} accepts connections")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b""
    assert ask(f"c tcp {target}") == ProbeResult(False, f"{target}: Connection refused")


def test_an_unknown_name_is_a_failure_with_the_resolvers_reason() -> None:
    """RFC 6761: .invalid is never a name."""
    answer = ask("c tcp nowhere.invalid:80")
    assert not answer.ok
    assert answer.why.startswith("nowhere.invalid:80: ")


def test_unix_passes_where_somebody_listens(tmp_path: Path) -> None:
    """By its path, or as an abstract socket."""
    path = tmp_path / "s"
    missing = ProbeResult(False, f"{path}: No such file or directory")
    assert ask(f"c unix {path}") == missing
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert ask(f"c unix {path}") == ProbeResult(False, f"{path}: Connection refused")
        server.listen()
        assert ask(f"c unix {path}") == ProbeResult(True, f"{path} accepts connections")
    with socket.socket(socket.AF_UNIX) as server:
        name = f"initd-test-{os.getpid()}"
        server.bind(f"\0{name}")
        server.listen()
        assert ask(f"c unix @{name}").ok


def test_a_unix_socket_whose_backlog_is_full_is_a_failure(tmp_path: Path) -> None:
    """The app hangs: connect(2) would wait for it, or say EAGAIN, which is not a
    connection under way."""
    path = str(tmp_path / "s")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(path)
        server.listen(0)
        client = stack.enter_context(socket.socket(socket.AF_UNIX))
        client.connect(path)
        assert ask(f"c unix {path}") == ProbeResult(
            False, f"{path}: nobody accepts: its backlog is full"
        )


# ---- file -------------------------------------------------------------------------------------


def test_a_file_exists_and_is_fresh(tmp_path: Path) -> None:
    """By the wall clock, as its time is."""
    beat = tmp_path / "beat"
    missing = ProbeResult(False, f"{beat}: No such file or directory")
    assert ask(f"c file {beat}") == missing
    beat.touch()
    assert ask(f"c file {beat}") == ProbeResult(True, f"{beat} exists")
    assert ask(f"c file {beat} fresher=30") == ProbeResult(
        True, f"{beat} was written in the last 30 s"
    )
    os.utime(beat, (time.time() - 100, time.time() - 100))
    old = ProbeResult(False, f"{beat} was written 100 s ago (allowed: 30 s)")
    assert ask(f"c file {beat} fresher=30") == old
    os.utime(beat, (time.time() + 100, time.time() + 100))
    assert ask(f"c file {beat} fresher=30").ok, "the clock was set back"


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("c file {}/beat", "{}/beat: an earlier look has not come back"),
        ("c unix {}/socket", "{}/socket: an earlier look has not come back"),
        ("c exec -- {}/check", "{}/check: an earlier look for it has not come back"),
    ],
    ids=["file", "unix", "exec"],
)
def test_a_mount_that_is_dead_costs_a_check_its_time_and_nothing_else(
    line: str, again: str, tmp_path: Path
) -> None:
    """The loop goes on, no second look joins the first, and all is well once it answers."""

    async def asked(probes: Any) -> list[str]:
        found = []
        for _ in range(2):
            try:
                with timeout(0.2):
                    found.append((await probes.ask(0)).why)
            except TimeoutError:
                found.append("timed out")
        return found

    async def both(place: Path) -> None:
        one = probe_of(read_check(line.format(place)), Context({}, Notified()))
        with dead_mount(place):
            assert await asked(one) == ["timed out", again.format(place)]
        end = time.monotonic() + DEADLINE
        while (said := (await one.ask(0)).why) == again.format(place):
            assert time.monotonic() < end
            await sleep(0.01)
        assert said.endswith("No such file or directory")

    run(both(tmp_path))


# ---- process ----------------------------------------------------------------------------------

APP = """
import os, sys, threading
more = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
for _ in range(3):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
if os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
print(len(os.listdir("/proc/self/fd")) - 1, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def app() -> Iterator[tuple[int, int]]:
    """A process with four threads and a child; its pid and its number of descriptors."""
    command = [sys.executable, "-I", "-c", APP]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        ("", "alive"),
        ("rss=1G descriptors=1000 threads=200 children=1-16", "alive"),
        ("rss=1M", r"rss: \d{7,8} bytes \(allowed: at most 1048576\)"),
        ("threads=3", r"threads: 4 \(allowed: at most 3\)"),
        ("children=0", r"children: 1 \(allowed: at most 0\)"),
        ("children=2-4", r"children: 1 \(allowed: at least 2\)"),
        (
            "threads=5-9 children=0",
            r"threads: 4 \(allowed: at least 5\), children: 1 \(allowed: .*",
        ),
    ],
)
def test_bounds_of_a_process(app: tuple[int, int], bounds: str, why: str) -> None:
    """Every one that is broken is named, with what was found and what is allowed."""
    answer = ask(f"c process {bounds}", app[0])
    assert answer.ok == (why == "alive")
    assert re.fullmatch(why, answer.why)


def test_descriptors_are_counted_exactly(app: tuple[int, int]) -> None:
    """By the size of /proc/PID/fd, or by listing it on a Linux before 6.2."""
    pid, count = app
    assert count_descriptors(pid) == count
    assert ask(f"c process descriptors={count}", pid).ok
    assert ask(f"c process descriptors={count - 1}", pid) == ProbeResult(
        False, f"descriptors: {count} (allowed: at most {count - 1})"
    )


def test_a_monitor_without_rights_counts_an_apps_descriptors(app: tuple[int, int]) -> None:
    """Its number is there for everybody since Linux 6.2; where it is not, that is said and
    is no failure."""
    pid, count = app
    reads, writes = os.pipe()
    monitor = os.fork()
    if monitor == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        os.write(writes, ask(f"c process descriptors={count - 1}", pid).why.encode())
        os._exit(0)
    os.close(writes)
    with open(reads) as said:
        why = said.read()
    os.waitpid(monitor, 0)
    assert why in (
        f"descriptors: {count} (allowed: at most {count - 1})",
        "alive, descriptors can't be read",
    )


def test_a_zombie_and_nobody_are_not_alive() -> None:
    """A corpse has a pid until it is reaped."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert ask("c process", pid) == ProbeResult(False, f"pid {pid} is a zombie: it has ended")
    os.waitpid(pid, 0)
    assert ask("c process", pid) == ProbeResult(False, f"no process with pid {pid}")


def test_an_app_that_proc_does_not_show_is_alive(
    app: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not mounted, or hides other users: nobody is to be restarted for that."""

    def hidden(pid: int) -> Usage:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr("initd.monitor.probe.process.usage_of", hidden)
    answer = ask("c process rss=1M", app[0])
    assert answer == ProbeResult(True, "alive, as far as can be seen: /proc does not show it")
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert ask("c process", gone.pid) == ProbeResult(False, f"no process with pid {gone.pid}")


# ---- notify -----------------------------------------------------------------------------------


def test_notify_waits_for_ready() -> None:
    """The default: a startup check."""
    notified = Notified()
    assert ask("c notify", notified=notified) == ProbeResult(False, "no READY=1 yet")
    notified.hear(Notification(ready=True), time.monotonic())
    assert ask("c notify", notified=notified) == ProbeResult(True, "READY=1")


def test_a_watchdog_is_in_time_late_or_triggered() -> None:
    """Counted from READY=1; the time is the configured one, or the app's own."""
    notified = Notified(30.0)
    line = "c notify watchdog=30"
    now = time.monotonic()
    assert ask(line, notified=notified) == ProbeResult(False, "no READY=1 yet")
    assert ask(f"{line} role=liveness", notified=notified).ok, "READY=1 is not its business"
    notified.hear(Notification(ready=True), now - 31)
    late = ProbeResult(False, "no WATCHDOG=1 within 30 s")
    assert ask(line, notified=notified) == late
    notified.hear(Notification(watchdog="ping"), now)
    assert ask(line, notified=notified) == ProbeResult(True, "WATCHDOG=1 is not overdue")
    notified.hear(Notification(watchdog="trigger"), now)
    assert ask(line, notified=notified) == ProbeResult(False, "the app has sent WATCHDOG=trigger")


def test_every_probe_ends_when_it_is_cancelled_at_once() -> None:
    """Nothing of it is left behind: no task, no descriptor."""
    lines = ["c tcp 127.0.0.1:9", "c http http://127.0.0.1:9/", "c exec -- sleep 600"]
    before = set(os.listdir("/proc/self/fd"))

    async def cancelled() -> None:
        for line in lines:
            task = Task(probe(line))
            await sleep(0)
            task.cancel()
            await wait(task)
        assert len(all_tasks()) == 1

    run(cancelled())
    wait_until(lambda: set(os.listdir("/proc/self/fd")) == before, "descriptors are closed")
