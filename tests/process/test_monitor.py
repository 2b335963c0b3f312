"""The monitor as a process: when it exists, what it may do, and that it can die."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

import initd

from .namespace import DEADLINE, Container, start, status_of, wait_until

HERE = Path(__file__).parent
SITE = str(Path(initd.__file__).parents[1])
IMPATIENT = (sys.executable, "-I", "-S", str(HERE / "impatient.py"), SITE)
CHECK = ("--check", "alive process period=1")


class OverUnix(http.client.HTTPConnection):
    """HTTP over a unix socket in the container's mount namespace."""

    def __init__(self, path: str) -> None:
        super().__init__("initd", timeout=DEADLINE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(self._path)


def ask(box: Container, path: str, method: str = "GET") -> tuple[int, str]:
    """At the container's default socket."""
    connection = OverUnix(f"/proc/{box.init_pid}/root/run/initd/http.sock")
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def monitor_of(box: Container) -> int:
    """The monitor's pid as the host sees it, once there is one that has dropped its rights."""

    def found() -> int | None:
        with contextlib.suppress(OSError, KeyError, TypeError):
            pid = box.host_pid(box.status()["monitor"]["pid"])
            return pid if status_of(pid)["NoNewPrivs"] == "1" else None
        return None

    return int(wait_until(found, "the monitor runs"))


def stop(box: Container) -> None:
    box.kill(signal.SIGTERM)
    assert box.wait() == 0


def descriptors(pid: int) -> dict[int, str]:
    found = {}
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found[int(each.name)] = os.readlink(each)
    return found


def private_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


# ---- whether there is one -------------------------------------------------------------


def test_without_anything_that_needs_it_there_is_no_monitor(victim: Path) -> None:
    """A container costs pid 1, the shim and the app alone."""
    with start(victim, "15=0") as box:
        box.stdout.until("ready")
        assert box.status()["monitor"] == {"pid": None, "restarts": 0}
        assert sorted(box.tree().values()) == [1, 2, 3]
        stop(box)


def test_the_monitor_comes_after_the_app(victim: Path) -> None:
    """Pids 2 and 3 are the shim's and the app's, as ever; the monitor is pid 4."""
    with start(victim, "15=0", options=["-v", *CHECK]) as box:
        # Whoever asks before it is there may get its pid.
        assert box.event("monitor.started")["pid"] == 4
        status = box.status()
        assert (status["shim"]["pid"], status["app"]["pid"]) == (2, 3)
        assert status["monitor"]["pid"] == 4
        stop(box)


def test_at_the_end_nothing_is_left(victim: Path) -> None:
    """Not as pid 1, where the kernel would see to it, and not elsewhere."""
    with start(victim, "15=0", options=CHECK, pid_1=False) as box:
        box.stdout.until("ready")
        monitor = wait_until(lambda: _monitor_of_process(box), "the monitor runs")
        stop(box)
        assert not Path(f"/proc/{monitor}").exists()


def _monitor_of_process(box: Container) -> int | None:
    children = Path(f"/proc/{box.process.pid}/task/{box.process.pid}/children").read_text()
    for pid in map(int, children.split()):
        with contextlib.suppress(OSError):
            if "ppidshim" not in Path(f"/proc/{pid}/cmdline").read_text():
                return pid
    return None


# ---- what it may do -------------------------------------------------------------------


def test_the_monitor_has_no_rights() -> None:
    """The app's user and groups, no_new_privs, no capability in any set."""
    app = ("sh", "-c", "echo ready; exec sleep 60")
    with start(*app, options=[*CHECK, "--user", "65534:65533"]) as box:
        box.stdout.until("ready")
        facts = status_of(monitor_of(box))
        app_facts = status_of(box.host_pid(3))
    assert facts["Uid"].split() == ["65534"] * 4
    assert facts["Gid"].split() == ["65533"] * 4
    assert facts["Groups"] == app_facts["Groups"]
    assert facts["NoNewPrivs"] == "1"
    assert {facts[each] for each in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {
        "0" * 16
    }


def test_as_root_it_has_no_capability_either(victim: Path) -> None:
    """Root without capabilities is a user like others, but for what root owns."""
    with start(victim, "15=0", options=CHECK) as box:
        box.stdout.until("ready")
        facts = status_of(monitor_of(box))
        stop(box)
    assert (facts["CapEff"], facts["CapPrm"], facts["CapBnd"]) == ("0" * 16,) * 3
    assert facts["NoNewPrivs"] == "1"


def test_the_monitor_holds_no_descriptor_of_inits_but_its_own(victim: Path) -> None:
    """No signalfd, no control socket, no report pipe, no pidfd of the app, and nothing of
    the app's stdin and stdout."""
    with start(victim, "15=0", options=[*CHECK, "--notify"]) as box:
        box.stdout.until("ready")
        monitor = monitor_of(box)
        wait_until(lambda: ask(box, "/livez")[0] == 200, "the monitor serves")
        held = descriptors(monitor)
        shared = set(held.values()) & set(descriptors(box.init_pid).values())
        control = Path(f"/proc/{box.init_pid}/root/run/initd/control.sock")
        assert control.is_socket()
        stop(box)
    assert held[0] == held[1] == "/dev/null"
    assert not any("signalfd" in each or "pidfd" in each for each in held.values())
    # stderr, its own description of it, and the sockets of HTTP and sd_notify.
    assert sum(each.startswith("socket:") for each in shared) == 2, shared
    assert sum(each.startswith("pipe:") for each in shared) == 1, shared


def test_each_has_a_name_of_its_own(victim: Path) -> None:
    """In ps and top; and `pkill python` in a shell is for neither."""
    with start(victim, "15=0", options=CHECK) as box:
        box.stdout.until("ready")
        names = [status_of(pid)["Name"] for pid in (box.init_pid, monitor_of(box))]
        stop(box)
    assert names == ["initd", "initd-monitor"]


def test_the_kernel_takes_the_monitor_before_the_app(victim: Path) -> None:
    """Short of memory, a monitor is what can be done without."""
    with start(victim, "15=0", options=CHECK) as box:
        box.stdout.until("ready")
        adjusted = Path(f"/proc/{monitor_of(box)}/oom_score_adj").read_text()
        of_app = Path(f"/proc/{box.host_pid(3)}/oom_score_adj").read_text()
        stop(box)
    assert (adjusted, of_app) == ("1000\n", Path("/proc/self/oom_score_adj").read_text())


def test_libraries_that_the_apps_user_can_not_read_are_loaded_before(victim: Path) -> None:
    """A Python below /root, or a checkout in a closed folder, and an app that is not root:
    checks of every kind, the page and a scrape work all the same."""
    closed = (
        'mkdir -m 700 /mnt/c && mkdir /mnt/c/venv && mount --bind "$0" /mnt/c/venv && exec "$@"'
    )
    before = ["sh", "-c", f"mount -t tmpfs tmpfs /mnt && {closed}", sys.prefix]
    options = [
        *("--user", "65534:65533", "--check", "a process", "--check", "f file /dev/null"),
        *("--check", "w http http://127.0.0.1:1/", "--check", "e exec -- true"),
        *("--check", "u unix /none", "--check", "t tcp 127.0.0.1:1"),
    ]
    app = ("sh", "-c", "echo ready; exec sleep 60")
    launcher = "/mnt/c/venv/bin/initd"
    with start(*app, options=options, before=before, launcher=launcher) as box:
        box.stdout.until("ready")
        wait_until(lambda: ask(box, "/livez")[0] == 200, "it serves")
        for path in ("/", "/status", "/metrics"):
            assert ask(box, path)[0] == 200, path
        wait_until(lambda: ask(box, "/readyz/e")[0] == 200, "the exec check passes")
        assert box.status()["monitor"]["restarts"] == 0


# ---- that it can die ------------------------------------------------------------------


def _kill_and_wait(box: Container) -> None:
    before = box.status()["monitor"]["restarts"]
    os.kill(monitor_of(box), signal.SIGKILL)
    wait_until(lambda: box.status()["monitor"]["restarts"] > before, "its end is noticed")


def test_a_killed_monitor_is_back_and_the_app_never_notices(victim: Path) -> None:
    """With back-off; HTTP waits in the socket that pid 1 holds, and is answered then."""
    with start(victim, "15=0", options=CHECK) as box:
        box.stdout.until("ready")
        assert wait_until(lambda: ask(box, "/healthz")[0] == 200, "healthy")
        for _ in range(3):
            _kill_and_wait(box)
            assert ask(box, "/livez")[0] == 200, "asked between two monitors"
        status = box.status()
        stop(box)
        pauses = [e["again_in_seconds"] for e in box.events() if e["event"] == "monitor.exited"]
        heard = box.stdout.rest()
    assert pauses == [0.1, 0.2, 0.4]
    assert (status["restarts"], status["app"]["pid"], status["state"]) == (0, 3, "running")
    assert len(heard) == 1, f"one signal, for the stop: {heard}"


def test_what_was_known_outlives_the_monitor(victim: Path) -> None:
    """Ready stays ready: a monitor's death makes nobody drain."""
    options = ["--check", "file file /dev/null period=3600"]
    with start(victim, "15=0", options=options) as box:
        box.stdout.until("ready")
        wait_until(lambda: ask(box, "/readyz")[0] == 200, "ready")
        _kill_and_wait(box)
        assert box.verb("health", "--ready").returncode == 0
        assert ask(box, "/readyz") == (200, "ok\n")
        stop(box)


def test_a_monitor_without_memory_ends_and_is_back(victim: Path) -> None:
    """A limit on its address space, put on from outside: requests end it, once they need more
    than it has in reserve; one out of the ordinary needs a library."""
    with start(victim, "15=0", options=CHECK) as box:
        box.stdout.until("ready")
        wait_until(lambda: ask(box, "/livez")[0] == 200, "it serves")
        monitor = monitor_of(box)
        import resource

        resource.prlimit(monitor, resource.RLIMIT_AS, (1 << 20, 1 << 20))

        def asked_until_it_ended() -> bool:
            for method in ("GET", "OPTIONS"):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    ask(box, "/metrics", method)
            return bool(box.status()["monitor"]["restarts"] == 1)

        wait_until(asked_until_it_ended, "it ended")
        assert wait_until(lambda: ask(box, "/metrics")[0] == 200, "the next one serves")
        assert box.status()["app"]["pid"] == 3
        stop(box)


def _serves(box: Container) -> bool:
    """Whether it does by now: between monitors that die one after the other, it refuses."""
    try:
        return ask(box, "/healthz")[0] in (200, 503)
    except (OSError, http.client.HTTPException):
        return False


def _kill(box: Container, kills: int) -> dict[str, int]:
    """Kills so many monitors in a row; what pid 1 holds when the next one serves."""
    last = 0
    for _ in range(kills):
        last = _next_monitor(box, last)
        os.kill(last, signal.SIGKILL)
    wait_until(lambda: _serves(box) and ask(box, "/healthz")[0] == 200, "the last one serves")
    init = box.init_pid
    return {"memory": private_kilobytes(init), "descriptors": len(descriptors(init))}


def _next_monitor(box: Container, last: int) -> int:
    """A child of init that is neither the shim nor the last one; not asked for over the
    socket, which takes longer than a monitor lives here."""
    init = box.init_pid

    def found() -> int | None:
        for pid in map(int, Path(f"/proc/{init}/task/{init}/children").read_text().split()):
            with contextlib.suppress(OSError):
                facts = status_of(pid)
                if pid != last and facts["Name"] != "ppidshim":
                    return pid
        return None

    return int(wait_until(found, "another monitor"))


def test_a_thousand_restarts_leave_nothing_in_pid_1(victim: Path) -> None:
    """Descriptors, zombies, memory; back-off is cut short, so that it takes seconds. After
    five hundred in a row /healthz answers again, and what restarting costs once has been paid."""
    with start(victim, "15=0", options=CHECK, init=IMPATIENT) as box:
        box.stdout.until("ready")
        assert box.log_pipe is not None
        threading.Thread(target=box.log_pipe.rest, daemon=True).start()
        before = _kill(box, 500)
        assert box.zombies() == 0
        after = _kill(box, 1000)
        assert box.zombies() == 0
        assert box.status()["monitor"]["restarts"] >= 1500
        assert (box.status()["app"]["pid"], box.status()["restarts"]) == (3, 0)
        stop(box)
    assert after["descriptors"] == before["descriptors"]
    assert after["memory"] - before["memory"] < 64, f"KiB: {before}, {after}"


#: One that is there, and does not work with this Python.
BROKEN = "raise ImportError('this h11 is for another Python', name=__name__)"


def _with_broken_h11(folder: Path, site: str, *more: str) -> list[str]:
    """Goes before the launcher: in the container, `site` has another h11. `more` is for sh, which
    has the venv as $0."""
    fake = folder / "h11.py"
    fake.write_text(BROKEN)
    shadow = f"mount --bind {fake} {site}/h11/__init__.py"
    return ["sh", "-c", " && ".join((*more, shadow, 'exec "$@"')), sys.prefix]


def test_clients_of_monitors_that_can_not_live_are_refused(tmp_path: Path) -> None:
    """They would hang in a queue that nobody reads, and the app in one that is full. The log has
    the library that is at fault; and once a monitor lives, it serves at the same places."""
    closed = ("mount -t tmpfs tmpfs /mnt", "mkdir -m 700 /mnt/c", "mkdir /mnt/c/venv")
    site = SITE.replace(sys.prefix, "/mnt/c/venv")
    before = _with_broken_h11(tmp_path, site, *closed, 'mount --bind "$0" /mnt/c/venv')
    options = ["--user", "65534:65533", "--notify", *CHECK]
    app = ("sh", "-c", "echo ready; exec sleep 60")
    launcher = "/mnt/c/venv/bin/initd"  # what the app's user can't read is imported at the start
    with start(*app, options=options, before=before, launcher=launcher) as box:
        box.stdout.until("ready")
        told = box.event("monitor.not-living")
        with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
            ask(box, "/livez")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
            place = f"/proc/{box.init_pid}/root/run/initd/notify.sock"
            with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
                said.sendto(b"WATCHDOG=1", place)
        assert box.status()["app"]["pid"] == 3
        mounts = ["nsenter", "--mount", "--pid", "--target", str(box.init_pid)]
        subprocess.run([*mounts, "umount", f"{site}/h11/__init__.py"], check=True)
        wait_until(lambda: _serves(box), "a monitor that can live serves")
        box.kill(signal.SIGTERM)
        assert box.wait() == 143
        events = box.events()
    bugs = [event for event in events if event["event"] == "monitor.bug"]
    assert bugs[0]["library"] == f"h11 {version('h11')}, needed: >=0.14"
    assert (told["level"], told["starts"]) == ("error", 5)
    assert sum(event["event"] == "monitor.not-living" for event in events) == 1


def test_a_library_that_does_not_fit_costs_its_requests_and_not_the_monitor(
    victim: Path, tmp_path: Path
) -> None:
    """Those that are out of the ordinary get a 500; what needs no library is served."""
    launcher = f"{sys.prefix}/bin/initd"
    before = _with_broken_h11(tmp_path, SITE)
    with start(victim, "15=0", options=CHECK, before=before, launcher=launcher) as box:
        box.stdout.until("ready")
        wait_until(lambda: _serves(box), "it serves")
        assert ask(box, "/livez", "OPTIONS")[0] == 500
        assert ask(box, "/livez")[0] == 200
        assert box.status()["monitor"]["restarts"] == 0
        stop(box)
        (bug,) = (event for event in box.events() if event["event"] == "monitor.bug")
    assert bug["library"] == f"h11 {version('h11')}, needed: >=0.14"


# ---- who may ask what -----------------------------------------------------------------


def test_http_has_no_verb_that_changes_anything(victim: Path) -> None:
    """Whatever the method and the path: 4xx or 5xx, and the app runs on."""
    with start(victim, "15=0", options=CHECK) as box:
        box.stdout.until("ready")
        wait_until(lambda: ask(box, "/livez")[0] == 200, "it serves")
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "STOP", "RESTART"):
            for path in ("/", "/stop", "/restart", "/signal?TERM", "/livez", "/status"):
                connection = OverUnix(f"/proc/{box.init_pid}/root/run/initd/http.sock")
                connection.request(method, path)
                assert connection.getresponse().status in (405, 501), (method, path)
                connection.close()
        assert box.status()["restarts"] == 0
        stop(box)


def test_another_user_can_change_nothing_over_the_control_socket(victim: Path) -> None:
    """Even where it gets through to the file: signal, stop and restart are refused."""
    with start(victim, "15=0", options=CHECK) as box:
        box.stdout.until("ready")
        path = Path(f"/proc/{box.init_pid}/root/run/initd/control.sock")
        path.chmod(0o666)
        for request in ({"verb": "stop"}, {"verb": "restart"}, {"verb": "signal", "argument": "9"}):
            assert "permission denied" in _ask_as_nobody(box, request)
        assert box.status()["state"] == "running"
        stop(box)


def _ask_as_nobody(box: Container, request: dict[str, str]) -> str:
    script = (
        "import socket,sys,os; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendall(sys.argv[2].encode()+b'\\n'); print(s.makefile().read(), end='')"
    )
    inside = ["nsenter", "-t", str(box.init_pid), "--pid", "--mount", "--"]
    words = ["setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", script]
    return _output([*inside, *words, "/run/initd/control.sock", json.dumps(request)])


def _output(words: Sequence[str]) -> str:
    import subprocess

    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
