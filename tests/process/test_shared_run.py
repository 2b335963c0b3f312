"""Two containers that share /run, /tmp and /dev/shm: an emptyDir of a pod, a volume. What lies in
one's directory is left alone by the other, which has a directory of its own and says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .namespace import INITD, PREFIX, Container, start, wait_until
from .planned_image import Image

FIRST, SECOND = "web-1.example.org", "web-2.example.org"
#: What the containers share, and no other test does.
PLACES = """
for place in /run /tmp/initd-0 /dev/shm/initd-0; do
    mkdir -p -m 700 $place && mount -t tmpfs -o mode=755 none $place || exit
done
chmod 700 /tmp/initd-0 /dev/shm/initd-0
echo there
exec sleep 1000
"""
CHECK = ("--check", "up exec -- true")


class Pod:
    """A mount namespace, and how to start containers in it."""

    def __init__(self, holder: int) -> None:
        self.inside = ["nsenter", "-t", str(holder), "--mount", "--"]
        self.root = Path(f"/proc/{holder}/root")
        self.usual = self.root / "run/initd"

    def start(self, *command: str | Path, **how: Any) -> Container:
        return start(*command, private_run=False, outside=self.inside, **how)


@pytest.fixture
def pod() -> Iterator[Pod]:
    command = ["unshare", "--mount", "sh", "-c", PLACES]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"there\n"
        yield Pod(holder.pid)
        holder.kill()


@contextmanager
def both(
    pod: Pod, victim: Path, first: Sequence[str] = (), second: Sequence[str] = ()
) -> Iterator[tuple[Container, Container]]:
    """One after the other, with these options."""
    with pod.start(victim, "15=0", options=first) as one:
        one.event("app.started")
        with pod.start(victim, "15=0", options=second) as other:
            moved = other.event("control.elsewhere")
            assert moved["level"] == "warning"
            assert moved["path"] == "/tmp/initd-0/control.sock"
            assert moved["why"] == "another container's init has /run/initd"
            other.event("app.started")
            yield one, other


def end(box: Container) -> None:
    box.verb("stop")
    assert box.wait() == 0


def uname(box: Container) -> str:
    """What a program without the app's environment sees, by the library that /etc/ld.so.preload
    would load."""
    library = next(PREFIX.glob("lib/python3*/site-packages/initd/native/hostname.so"), None)
    preload = f"LD_PRELOAD={library or '/run/initd/hostname.so'}"
    inside = ["nsenter", "-t", str(box.init_pid), "--pid", "--mount", "--uts", "--"]
    command = [*inside, "env", "-i", preload, "uname", "-n"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_each_container_has_its_own_host_name(pod: Pod, victim: Path) -> None:
    """So has a third, which was given none: it sees the kernel's."""
    with both(pod, victim, ["--hostname", FIRST], ["--hostname", SECOND]) as (one, other):
        assert (uname(one), uname(other)) == (FIRST, SECOND)
        assert (pod.usual / "hostname").read_text() == f"{FIRST}\n"
        with pod.start(victim, "15=0") as third:
            third.event("app.started")
            assert uname(third) == os.uname().nodename
            end(third)
        end(other)
        assert list((pod.usual / "hostnames").iterdir()) == []
        assert uname(one) == FIRST
        end(one)


def test_a_name_beside_a_container_that_has_none_is_not_its_name(pod: Pod, victim: Path) -> None:
    """The first one has the directory, and no name in it."""
    with both(pod, victim, (), ["--hostname", SECOND]) as (one, other):
        assert (uname(one), uname(other)) == (os.uname().nodename, SECOND)
        end(other)
        end(one)


def test_a_signal_for_one_app_leaves_the_others_health_alone(pod: Pod, victim: Path) -> None:
    """A SIGSTOP made a kubelet kill the neighbour."""
    with both(pod, victim, CHECK, CHECK) as (one, other):
        for box in (one, other):
            box.event("check.passes")
        os.kill(other.host_pid(other.status()["app"]["pid"]), signal.SIGSTOP)
        wait_until(lambda: other.verb("health", "--live").returncode != 0, "the second is not live")
        assert one.verb("health", "--live").returncode == 0
        os.kill(other.host_pid(other.status()["app"]["pid"]), signal.SIGCONT)
        end(other)
        assert one.verb("health").returncode == 0
        end(one)


def test_http_and_notifications_are_beside_the_control_socket(pod: Pod, victim: Path) -> None:
    """Also where the neighbour has none of them: its directory stays as it is."""
    with both(pod, victim, (), [*CHECK, "--notify"]) as (one, other):
        assert set(os.listdir(pod.usual)) - {"hostname.so"} == {"control.sock"}
        assert {"http.sock", "notify.sock"} <= set(os.listdir(pod.root / "tmp/initd-0"))
        environ = Path(f"/proc/{other.host_pid(other.status()['app']['pid'])}/environ")
        assert b"NOTIFY_SOCKET=/tmp/initd-0/notify.sock\0" in environ.read_bytes()
        end(other)
        end(one)


def test_each_app_has_its_own_secrets(pod: Pod, victim: Path, tmp_path: Path) -> None:
    """In directories of their own; the first one's are still there when the second has ended."""
    (tmp_path / "KEY").write_text("value")
    tmp_path.chmod(0o700)
    options = ["--secrets", f"dir:{tmp_path}", "--secrets-as", "file"]
    with both(pod, victim, options, options) as (one, other):
        places = [
            json.loads(box.verb("secrets", "--json").stdout)["secrets"] for box in (one, other)
        ]
        at = [place[0]["at"] for place in places]
        assert at[0] != at[1]
        end(other)
        assert Path(f"/proc/{one.init_pid}/root{at[0]}").read_text() == "value"
        end(one)


@pytest.mark.parametrize("first", ["", "by its plan"])
def test_by_a_plan_it_is_the_same(pod: Pod, victim: Path, tmp_path: Path, first: str) -> None:
    """The launcher finds the neighbour's socket, and wakes init to tell of it."""
    image = Image(tmp_path)
    image.build(victim, "15=0")
    planned = [*image.inside(), INITD]
    init = planned if first else []
    with pod.start(victim, "15=0", init=init, launcher=INITD) as one:
        one.event("app.started")
        with pod.start(victim, "15=0", init=planned, launcher=INITD) as other:
            assert other.event("control.elsewhere")["path"] == "/tmp/initd-0/control.sock"
            other.event("app.started")
            end(other)
        assert one.verb("health").returncode == 0
        end(one)


def test_a_second_init_of_one_container_is_not_a_neighbour(pod: Pod, victim: Path) -> None:
    """`docker exec`: its socket has the next place as well, and nobody has to be warned."""
    with pod.start(victim, "15=0") as box:
        box.event("app.started")
        done = box.verb("--", "true")
        (line,) = [line for line in done.stderr.splitlines() if "control.elsewhere" in line]
        assert json.loads(line)["level"] == "info"
        assert json.loads(line)["why"] == "another init of this container has /run/initd"
        end(box)
