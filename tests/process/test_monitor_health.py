"""Health end to end: the checks of a real monitor, asked over HTTP and the control socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import initd

from .namespace import Container, start, wait_until
from .test_monitor import IMPATIENT, ask, stop

SITE = str(Path(initd.__file__).parents[1])
REQUESTS, CLIENTS, KILLS = 10_000, 50, 10


@contextlib.contextmanager
def serving(box: Container) -> Iterator[Container]:
    """Once the monitor answers."""
    with box:
        box.stdout.until("ready")
        wait_until(lambda: ask(box, "/")[0] == 200, "the monitor serves")
        yield box


def verdicts(box: Container) -> dict[str, int]:
    return {path: ask(box, f"/{path}")[0] for path in ("livez", "readyz", "startupz", "healthz")}


def test_maintenance_is_readiness_and_nothing_else(victim: Path) -> None:
    """Over HTTP and over the control socket alike."""
    with serving(start(victim, "15=0", options=["--check", "alive process"])) as box:
        assert box.verb("maintenance", "on").returncode == 0
        wait_until(lambda: ask(box, "/readyz")[0] == 503, "the monitor knows")
        assert verdicts(box) == {"livez": 200, "readyz": 503, "startupz": 200, "healthz": 200}
        assert "maintenance" in box.verb("health", "--ready").stdout
        assert "in maintenance" in box.verb("status").stdout
        assert box.verb("maintenance", "off").returncode == 0
        wait_until(lambda: ask(box, "/readyz")[0] == 200, "the monitor knows")
        stop(box)


def test_a_container_that_waits_for_its_apps_next_start_is_live(
    victim: Path, tmp_path: Path
) -> None:
    """Or an engine would end it in the midst of that. It is nothing else."""
    flag = tmp_path / "flag"
    flag.touch()
    held = f"flag file {flag} role=prestart period=0.1"
    up = "up process role=liveness,readiness period=0.1"
    options = ["--check", held, "--check", up, "--restart", "always"]
    with serving(start(victim, "15=0", options=options)) as box:
        flag.unlink()
        os.kill(box.host_pid(box.status()["app"]["pid"]), signal.SIGKILL)
        wait_until(lambda: box.status()["held"] == 2, "the next start is held")
        waits = {"livez": 200, "readyz": 503, "startupz": 503, "healthz": 503}
        wait_until(lambda: verdicts(box) == waits, "the monitor knows")
        held_by = f"held by flag: {flag}: No such file or directory"
        why = f"waiting, {held_by}"
        for_what = f"waiting: the app is to be started, {held_by}"
        assert box.verb("health", "--live").stdout == f"healthy: {for_what}\n"
        assert ask(box, "/readyz")[1] == f"the app is not running: {why}\n"
        assert [ask(box, f"/{each}/up")[0] for each in waits] == [200, 503, 503, 503]
        assert ask(box, "/livez/flag")[0] == 404
        flag.touch()
        wait_until(lambda: ask(box, "/readyz")[0] == 200, "the app runs again")
        stop(box)


# ---- checks ---------------------------------------------------------------------------


def test_a_file_check_turns_readiness_and_nothing_else(victim: Path, tmp_path: Path) -> None:
    """Over HTTP and over the control socket alike, with one line that says why."""
    flag = tmp_path / "flag"
    options = ["--check", f"flag file {flag} role=readiness period=0.1 failure=1"]
    with serving(start(victim, "15=0", options=options)) as box:
        assert verdicts(box) == {"livez": 200, "readyz": 503, "startupz": 200, "healthz": 503}
        assert box.verb("health", "--ready").stdout.startswith("unhealthy: flag: ")
        flag.touch()
        wait_until(lambda: ask(box, "/readyz")[0] == 200, "the flag is seen")
        assert set(verdicts(box).values()) == {200}
        wait_until(lambda: box.verb("health", "--ready").returncode == 0, "pid 1 knows")
        flag.unlink()
        wait_until(lambda: box.verb("health", "--ready").returncode == 1, "pid 1 knows")
        said = box.verb("health", "--ready", "--verbose").stdout
        assert "[-] flag (readiness): " in said
        assert box.verb("health", "--live").returncode == 0
        stop(box)


def test_an_app_that_is_up_soon_is_ready_then_and_each_check_has_its_line(
    victim: Path, tmp_path: Path
) -> None:
    """Not a period of ten seconds later; a person is told what was waited for, by `status` too."""
    checks = [
        f"web exec -- test -e {tmp_path}/up",
        "app process",
        "never file /never period=600 failure=9",
    ]
    options = [word for check in checks for word in ("--check", check)]
    with start(victim, "15=0", options=options) as box:
        box.event("app.started")
        shown = wait_until(
            lambda: [each for each in box.verb("status").stdout.splitlines() if "failing" in each],
            "status has the checks",
        )
        assert [line.split(":")[0].split()[-3:] for line in shown] == [
            ["web", "(readiness)", "failing"],
            ["never", "(readiness)", "failing"],
        ]
        wait_until(lambda: "exit 1" in box.verb("health", "-v").stdout, "web has failed")
        (tmp_path / "up").touch()
        passed = box.event("check.passes")
        if passed["check"] == "app":
            passed = box.event("check.passes")
        assert (passed["check"], passed["waited_for"]) == ("web", "exit 1")
        assert passed["waited_seconds"] < 9
        head, *rows = box.verb("health", "-v").stdout.splitlines()
        assert head.startswith("unhealthy: never: ")
        names = [row.split(":")[0] for row in rows]
        assert names[1:] == ["[+] web (readiness)", "[+] app (liveness)", "[-] never (readiness)"]
        stop(box)


def test_readiness_ends_with_the_first_moment_of_a_stop_and_liveness_does_not(
    victim: Path,
) -> None:
    """Load balancers drain; nobody kills what drains."""
    with serving(start(victim, options=["--check", "app process"])) as box:
        wait_until(lambda: ask(box, "/readyz")[0] == 200, "ready")
        box.kill(signal.SIGTERM)
        box.event("stop.step")
        wait_until(lambda: ask(box, "/readyz")[0] == 503, "not ready", 2)
        assert ask(box, "/readyz?verbose")[1].endswith("[-] stop: the app is being stopped\n")
        assert (ask(box, "/livez")[0], ask(box, "/healthz")[0]) == (200, 200)
        assert box.verb("health").returncode == 0
        os.kill(box.host_pid(3), signal.SIGKILL)
        assert box.wait() == 137


def test_an_app_under_sigstop_is_not_alive(victim: Path) -> None:
    """Seen by pid 1, told by the monitor."""
    with serving(start(victim, "15=0", options=["--check", "app process period=60"])) as box:
        os.kill(box.host_pid(3), signal.SIGSTOP)
        wait_until(lambda: ask(box, "/livez")[0] == 503, "stopped")
        assert ask(box, "/livez")[1] == "the app is stopped by STOP\n"
        os.kill(box.host_pid(3), signal.SIGCONT)
        wait_until(lambda: ask(box, "/livez")[0] == 200, "continued")
        stop(box)


def test_a_failed_liveness_restarts_the_app_where_that_is_asked_for(
    victim: Path, tmp_path: Path
) -> None:
    """By its stop plan; the reason is in the log and in the status."""
    flag = tmp_path / "flag"
    flag.touch()
    check = f"flag file {flag} role=liveness period=0.1 failure=2"
    options = ["--check", check, "--on-unhealthy", "restart", "--stop-plan", "QUIT"]
    with serving(start(victim, "3=0", options=options)) as box:
        flag.unlink()
        acted = box.event("health.acted")
        flag.touch()
        box.stdout.until("ready")
        status = wait_until(lambda: box.status() if box.status()["app"]["pid"] else None, "back")
        assert acted["act"] == "restart"
        assert status["restarts"] == 1
        assert status["restart_reason"].startswith("unhealthy: flag: ")
        wait_until(lambda: ask(box, "/livez")[0] == 200, "alive again")
        os.kill(box.host_pid(status["app"]["pid"]), signal.SIGKILL)
        assert box.wait() == 137


def test_a_failed_liveness_ends_the_container_where_that_is_asked_for(
    victim: Path, tmp_path: Path
) -> None:
    """With a code that an engine's on-failure sees, although the app ended well."""
    check = f"flag file {tmp_path / 'none'} role=liveness period=0.1 failure=1"
    with start(victim, "15=0", options=["--check", check, "--on-unhealthy", "stop"]) as box:
        box.stdout.until("ready")
        assert box.wait() == 1
        assert box.event("health.acted")["act"] == "stop"


def test_an_exec_check_runs_as_the_app_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Its time-out ends the whole group; the user is the app's, and so is the environment."""
    script = 'test "$(id -u) $COLOUR" = "65534 blue"'
    options = [
        *("--check", f"who exec period=0.1 timeout=5 role=readiness -- sh -c '{script}'"),
        *("--check", "slow exec period=0.2 timeout=0.2 failure=1 -- sh -c 'sleep 987 & sleep 987'"),
        *("--user", "65534:65534"),
    ]
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "COLOUR": "blue"}
    app = ("sh", "-c", "echo ready; exec sleep 60")
    with serving(start(*app, options=options, env=env)) as box:
        wait_until(lambda: ask(box, "/readyz/who")[0] == 200, "it passes")
        wait_until(lambda: "timed out" in ask(box, "/readyz/slow")[1], "it is too slow")
        wait_until(lambda: "timed out" in ask(box, "/readyz/slow")[1], "again")
        sleeping = [pid for pid in box.tree() if _words(pid).startswith("sleep\x00987")]
        assert len(sleeping) <= 2, "one probe at a time, and nothing of those before"


def test_a_killed_monitor_leaves_no_command_behind(victim: Path) -> None:
    """Nobody else would end what hangs in its time."""
    options = ["--check", "hangs exec timeout=600 period=600 -- sleep 987"]
    with serving(start(victim, "15=0", options=options)) as box:

        def hanging() -> set[int]:
            return {pid for pid in box.tree() if _words(pid).startswith("sleep\x00987")}

        first = wait_until(hanging, "the probe runs")
        os.kill(box.host_pid(box.status()["monitor"]["pid"]), signal.SIGKILL)
        wait_until(lambda: not hanging() & first, "it is gone")
        wait_until(lambda: hanging() - first, "the next monitor asks again")
        stop(box)


def test_a_monitor_that_hangs_is_missed(victim: Path) -> None:
    """What was well is unknown then, until it goes on."""
    options = ["--check", "up process period=0.1"]
    with serving(start(victim, "15=0", options=options)) as box:
        wait_until(lambda: box.verb("health").returncode == 0, "pid 1 knows")
        assert box.status()["monitor"]["silent_seconds"] is None
        monitor = box.host_pid(box.status()["monitor"]["pid"])
        os.kill(monitor, signal.SIGSTOP)
        wait_until(lambda: "unknown for" in box.verb("health").stdout, "it is missed")
        assert box.verb("health", "--live").returncode == 1
        assert box.status()["monitor"]["silent_seconds"] > 3
        os.kill(monitor, signal.SIGCONT)
        wait_until(lambda: box.verb("health").returncode == 0, "it is there again")
        stop(box)


def _words(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


# ---- sd_notify ------------------------------------------------------------------------

NOTIFIER = """
import os, signal, socket, sys, time
talk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
talk.connect(os.environ["NOTIFY_SOCKET"])
print("ready", os.environ.get("WATCHDOG_USEC"), flush=True)
for line in sys.stdin:
    talk.send(line.strip().replace(";", "\\n").encode())
    print("sent", flush=True)
signal.pause()
"""


def notifier(*options: str, **more: object) -> Container:
    import subprocess

    command = ("/usr/bin/python3", "-c", NOTIFIER)
    return start(*command, options=options, stdin=subprocess.PIPE, **more)  # type: ignore[arg-type]


def say(box: Container, line: str) -> None:
    assert box.process.stdin is not None
    box.process.stdin.write(line.encode() + b"\n")
    box.process.stdin.flush()
    box.stdout.until("sent")


def test_an_app_says_when_it_is_ready_and_how_it_is() -> None:
    """READY, STATUS, RELOADING, STOPPING; and a monitor's death makes nobody forget it."""
    with serving(notifier("--check", "app notify period=3600")) as box:
        assert ask(box, "/startupz")[0] == 503
        say(box, "READY=1;STATUS=serving 5 clients")
        wait_until(lambda: ask(box, "/startupz")[0] == 200, "ready")
        wait_until(lambda: box.status()["notify"]["status"] == "serving 5 clients", "told")
        os.kill(box.host_pid(box.status()["monitor"]["pid"]), signal.SIGKILL)
        wait_until(lambda: box.status()["monitor"]["restarts"] == 1, "its end")
        assert ask(box, "/startupz")[0] == 200
        say(box, "STOPPING=1")
        wait_until(lambda: ask(box, "/readyz")[0] == 503, "it says that it is stopping")
        assert ask(box, "/livez")[0] == 200


def test_a_watchdog_that_is_late_is_a_failure_of_life() -> None:
    """WATCHDOG_USEC tells the app how often; the check says when it was too seldom."""
    options = ("--check", "app notify watchdog=0.5 period=0.1 failure=1")
    with start_notifier(*options) as (box, ready):
        assert ready == "ready 500000"
        say(box, "READY=1;WATCHDOG=1")
        wait_until(lambda: ask(box, "/livez")[0] == 200 and ask(box, "/startupz")[0] == 200, "up")
        wait_until(lambda: ask(box, "/livez")[0] == 503, "late")
        say(box, "WATCHDOG=1")
        wait_until(lambda: ask(box, "/livez")[0] == 200, "in time again")


@contextlib.contextmanager
def start_notifier(*options: str) -> Iterator[tuple[Container, str]]:
    with notifier(*options) as box:
        ready = box.stdout.until("ready")
        wait_until(lambda: ask(box, "/")[0] == 200, "the monitor serves")
        yield box, ready


SUCCESSOR = """
import os, signal, socket, sys
talk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
talk.connect(os.environ["NOTIFY_SOCKET"])
if child := os.fork():
    talk.send(b"MAINPID=%d\\nREADY=1" % child)
    print("ready", child, flush=True)
    sys.stdin.readline()
    os._exit(3)
signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
while True:
    signal.pause()
"""


def test_an_app_that_names_its_successor_is_followed() -> None:
    """MAINPID: its first process may end, signals go to the new one, and so does the exit code."""
    import subprocess

    command = ("/usr/bin/python3", "-c", SUCCESSOR)
    with start(*command, options=["--notify"], stdin=subprocess.PIPE) as box:
        child = int(box.stdout.until("ready").split()[1])
        assert box.event("app.followed")["app"] == child
        assert box.process.stdin is not None
        box.process.stdin.write(b"\n")
        box.process.stdin.flush()
        wait_until(lambda: len(box.tree()) == 3, "init, successor and monitor are left")
        status = box.status()
        assert (status["state"], status["app"]["pid"], status["restarts"]) == ("running", child, 0)
        box.kill(signal.SIGTERM)
        assert box.wait() == 7


# ---- under load -----------------------------------------------------------------------


async def _client(path: str, requests: int, seen: Counter[tuple[int, str]]) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    for _ in range(requests):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: initd\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        body = await asyncio.wait_for(reader.readexactly(length), 20)
        seen[int(head.split()[1]), body.decode()] += 1
    writer.close()


async def _load(path: str) -> Counter[tuple[int, str]]:
    seen: Counter[tuple[int, str]] = Counter()
    each = REQUESTS // CLIENTS
    await asyncio.gather(*(_client(path, each, seen) for _ in range(CLIENTS)))
    return seen


def test_ten_thousand_requests_while_the_app_is_killed_and_restarted(victim: Path) -> None:
    """Fifty connections: none is dropped, and no answer says what never was."""
    options = ["--check", "app process period=0.5", "--restart", "always"]
    with serving(start(victim, "15=0", options=options, init=IMPATIENT)) as box:
        path = f"/proc/{box.init_pid}/root/run/initd/http.sock"
        killer = _Killer(box)
        seen = asyncio.run(_beside(killer, path))
        assert box.status()["restarts"] == KILLS
        assert wait_until(lambda: ask(box, "/healthz") == (200, "ok\n"), "healthy at the end")
        stop(box)
    assert sum(seen.values()) == REQUESTS
    for status, body in seen:
        assert (status, body) == (200, "ok\n") or (
            status == 503 and body.startswith("the app is not running: ")
        ), (status, body)


class _Killer:
    """Kills the app as often as it is there."""

    def __init__(self, box: Container) -> None:
        self.box = box

    def work(self) -> None:
        for life in range(KILLS):
            pid = wait_until(partial(self._app_of, life), "the next life")
            os.kill(self.box.host_pid(pid), signal.SIGKILL)
        wait_until(lambda: self._app_of(KILLS), "the last life")

    def _app_of(self, life: int) -> int | None:
        status = self.box.status()
        return status["app"]["pid"] if status["restarts"] == life else None


async def _beside(killer: _Killer, path: str) -> Counter[tuple[int, str]]:
    killing = asyncio.create_task(asyncio.to_thread(killer.work))
    seen = await _load(path)
    await killing
    return seen


# ---- what can't hurt pid 1 ------------------------------------------------------------


def test_random_bytes_on_every_socket_leave_pid_1_alive(victim: Path) -> None:
    """10,000 each on the control socket and the notify socket; HTTP has its own test."""
    rolls = random.Random(5)
    options = ["--notify", "--check", "app notify role=readiness"]
    with serving(start(victim, "15=0", options=options)) as box:
        run = Path(f"/proc/{box.init_pid}/root/run/initd")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as talk:
            talk.connect(str(run / "notify.sock"))
            for _ in range(10_000):
                talk.send(rolls.randbytes(rolls.randrange(1, 300)))
        for _ in range(10_000):
            with socket.socket(socket.AF_UNIX) as ask_for:
                ask_for.connect(str(run / "control.sock"))
                with contextlib.suppress(BrokenPipeError):
                    ask_for.sendall(rolls.randbytes(rolls.randrange(1, 300)))
        status = json.loads(box.verb("status", "--json").stdout)
        assert (status["state"], status["restarts"]) == ("running", 0)
        assert status["monitor"]["restarts"] == 0
        stop(box)


# ---- mistakes before anything starts --------------------------------------------------


def _mistake(*options: str) -> str:
    with start("echo", "started", options=options) as box:
        assert box.wait() == 125
        assert box.stdout.rest() == []
        assert box.log_pipe is not None
        return "\n".join(box.log_pipe.rest())


def test_an_address_that_is_taken_is_a_mistake_and_nothing_starts() -> None:
    """One line with the option, the address and the reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = _mistake("--http", address)
    assert said == f"initd: --http: cannot listen at {address}: Address already in use"


def test_every_mistaken_check_is_named() -> None:
    """Not the first one only, and nothing starts."""
    said = _mistake("--check", "web htpp http://x/", "--check", "a tcp nowhere", "--http", "here")
    assert said.count("initd: --check: ") == 2
    assert "did you mean http?" in said
    assert "initd: --http: invalid address 'here'" in said
