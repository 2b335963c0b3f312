"""What init says to whoever started it: a service manager with NOTIFY_SOCKET, here a socket of the
test's; and podman, with its own conmon and crun."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .namespace import INITD, Container, start

#: Says READY=1 when its stdin has a line, and then what it reads.
APP = """
import os, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
path = os.environ["NOTIFY_SOCKET"]
print(path, os.environ.get("WATCHDOG_PID") in (None, str(os.getpid())), flush=True)
for line in sys.stdin:
    to.sendto(line.strip().replace("|", chr(10)).encode(), path.replace("@", chr(0)))
signal.pause()
"""
APP_WORDS = [sys.executable, "-I", "-S", "-c", APP]


class Manager:
    """Listens as a service manager does, and knows who has sent what."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(name.replace("@", "\0"))
        self.socket.settimeout(60)
        self.lines: list[str] = []
        self.senders: set[int] = set()

    def until(self, line: str) -> list[str]:
        """What comes until this line has; each message as its lines."""
        seen: list[str] = []
        while line not in seen:
            data, ancillary, _, _ = self.socket.recvmsg(4096, 64)
            self.senders.add(struct.unpack("iII", ancillary[0][2])[0])
            seen += data.decode().split("\n")
        self.lines += seen
        return seen

    def start(self, *options: str, **how: Any) -> Container:
        """Initd with the app, and this manager's socket."""
        env = {**os.environ, "NOTIFY_SOCKET": self.name, **how.pop("env", {})}
        how = {"stdin": subprocess.PIPE, "options": options, "env": env, **how}
        return start(*how.pop("command", APP_WORDS), **how)


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """At a path, or in the abstract namespace."""
    listens = Manager(
        str(tmp_path / "manager") if request.param == "path" else f"@initd-test-{os.getpid()}"
    )
    yield listens
    listens.socket.close()


def say(container: Container, line: str) -> None:
    assert container.process.stdin is not None
    container.process.stdin.write(line.encode() + b"\n")
    container.process.stdin.flush()


def test_what_the_app_says_is_passed_on_by_init_itself(manager: Manager) -> None:
    """The manager hears one process alone, pid 1, although the monitor has parsed it: systemd
    believes the main process only. The app has a socket of init's own."""
    with manager.start("--notify") as container:
        assert container.stdout.next() == "/run/initd/notify.sock True"
        say(container, "STATUS=loading")
        manager.until("STATUS=loading")
        assert "READY=1" not in manager.lines
        say(container, "READY=1|STATUS=serves")
        manager.until("READY=1")
        say(container, "RELOADING=1")
        manager.until("RELOADING=1")
        say(container, "READY=1")
        manager.until("READY=1")
        say(container, "EXTEND_TIMEOUT_USEC=5000000")
        manager.until("EXTEND_TIMEOUT_USEC=5000000")
        container.kill(signal.SIGTERM)
        manager.until("STOPPING=1")
        assert container.wait() == 0
    assert len(manager.senders) == 1
    assert not any(line.startswith("MAINPID") for line in manager.lines)


def test_checks_alone_are_enough(manager: Manager, tmp_path: Path) -> None:
    """The app that says nothing is ready when they pass, and no sooner."""
    there = tmp_path / "ready"
    check = f"up file {there} period=0.1"
    with manager.start("--check", check) as container:
        container.event("app.started")
        assert "READY=1" not in manager.until("STATUS=up: not probed yet")
        there.touch()
        manager.until("READY=1")


def test_with_nothing_to_know_it_from_the_app_speaks_for_itself(manager: Manager) -> None:
    """As under any init: it has the manager's socket, and its own pid in WATCHDOG_PID."""
    env = {"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}
    with manager.start(env=env) as container:
        assert container.stdout.next() == f"{manager.name} True"
        say(container, "READY=1")
        assert manager.until("READY=1") == ["READY=1"]


def test_the_managers_watchdog_is_fed(manager: Manager) -> None:
    """Twice within its time, from READY on; outside of a container, init says who it is."""
    env = {"WATCHDOG_USEC": "600000"}
    with manager.start("--notify", env=env, pid_1=False) as container:
        say(container, "READY=1")
        ready = manager.until("WATCHDOG=1")
        assert f"MAINPID={container.process.pid}" in ready
        assert manager.senders == {container.process.pid}
        for _ in range(3):
            manager.until("WATCHDOG=1")


def test_a_manager_that_reads_nothing_holds_nobody_up(tmp_path: Path) -> None:
    """Its queue is full: the app starts, is stopped, and READY comes later."""
    manager = Manager(str(tmp_path / "manager"))
    filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    filler.setblocking(False)
    filled = 0
    while True:
        try:
            filler.sendto(b"FILL=1", manager.name)
        except BlockingIOError:
            break
        filled += 1
    with manager.start("--notify") as container:
        say(container, "READY=1")
        container.event("notify.ready")
        assert container.verb("status").returncode == 0
        assert manager.until("READY=1").count("FILL=1") == filled
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_a_manager_that_is_gone_is_told_of_once_a_message(tmp_path: Path) -> None:
    """And nothing else comes of it."""
    manager = Manager(str(tmp_path / "manager"))
    manager.socket.close()
    with manager.start("--notify") as container:
        assert container.event("notify.not-passed-on")["why"] == "Connection refused"
        container.stdout.next()
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


# ---- podman -----------------------------------------------------------------------------------

#: In a mount namespace of its own: the machine's root is the image, and the cgroups are such as
#: crun takes.
IN_ROOT = """
cd "$0" && mount --bind / rootfs && mount -t tmpfs none /run &&
{ umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"; }
"""


def podman(folder: Path, *more: str) -> list[str]:
    """`podman run` of this machine's own root, in a namespace of pids and mounts of its own."""
    (folder / "rootfs").mkdir()
    places = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--tmpdir", f"{folder}/tmp"]
    how = ["--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", "crun"]
    limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]
    # An init of another test may have the machine's own.
    own_run = ["--tmpfs", "/run/initd:mode=0755"]
    run = ["run", "--rm", "--cgroups=disabled", "--network=host", *limits, *own_run, "-i"]
    inside = ["unshare", "--mount", "sh", "-c", IN_ROOT, str(folder)]
    return [*inside, "podman", *places, *how, *run, *more, "--rootfs", f"{folder}/rootfs"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short path: podman has sockets in it."""
    import shutil
    import tempfile

    made = Path(tempfile.mkdtemp(prefix="initd"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_podmans_container_is_ready_when_its_app_is(folder: Path) -> None:
    """`--sdnotify=container`: not before, and once."""
    manager = Manager(str(folder / "manager"))
    words = [*podman(folder, "--sdnotify=container"), INITD, "--notify", "--", *APP_WORDS]
    env = {**os.environ, "NOTIFY_SOCKET": manager.name}
    with subprocess.Popen(
        words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdin is not None
        try:
            assert run.stdout.readline() == "/run/initd/notify.sock True\n"
            manager.socket.settimeout(0.5)
            run.stdin.write("STATUS=wait for READY=1\n")
            run.stdin.flush()
            with pytest.raises(TimeoutError):
                manager.until("READY=1")
            manager.socket.settimeout(60)
            run.stdin.write("READY=1\n")
            run.stdin.flush()
            manager.until("READY=1")
        finally:
            run.send_signal(signal.SIGTERM)
            assert run.wait(60) == 0


def test_podmans_socket_activation_reaches_the_app(folder: Path) -> None:
    """systemd gives podman the socket, podman and conmon give it to the container."""
    listener = socket.create_server(("127.0.0.1", 0))
    serve = (
        "import os, socket; assert os.environ['LISTEN_PID'] == str(os.getpid());"
        " taken, _ = socket.socket(fileno=3).accept(); taken.sendall(b'served')"
    )
    words = [*podman(folder), INITD, "--", sys.executable, "-I", "-S", "-c", serve]
    given = f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
    with subprocess.Popen(
        [*words[:6], "bash", "-c", given, "bash", *words[6:]], pass_fds=[listener.fileno()]
    ) as run:
        with socket.create_connection(listener.getsockname()) as client:
            assert client.recv(10) == b"served"
        assert run.wait(60) == 0
    listener.close()
