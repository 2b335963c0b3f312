"""Images without Python: a directory that has the one file, an app, and what a test puts there."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
FILE = ROOT / "build" / "initd"
AARCH64 = ROOT / "build" / "aarch64" / "initd"
APP = Path(__file__).parent / "app.c"
SECONDS = 60

#: A container's file systems, and the root that it sees.
_ENTER = """
mount -t proc proc "$0/proc" && mount -t tmpfs -o mode=755 tmpfs "$0/run" || exit 99
test -c "$0/dev/null" || : > "$0/dev/null"
mount --bind /dev/null "$0/dev/null" && exec env -i "$@"
"""
_NAMESPACES = "unshare --pid --mount --uts --fork --kill-child=KILL".split()
#: binfmt_misc of a user namespace (Linux 6.7): the machine's own stays as it is. F: the emulator
#: is opened here and now, so it needs not be in the image; P: it gets the program's argv[0].
_EMULATE = r"""
mount -t binfmt_misc binfmt "$0/binfmt" || exit 98
printf %s ':aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:'\
'\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'\
'/usr/bin/qemu-aarch64-static:FP' > "$0/binfmt/register" || exit 97
"""


class Image:
    """A root directory with /initd and /app."""

    file = FILE
    namespaces: Sequence[str] = _NAMESPACES
    enter = _ENTER

    def __init__(self, place: Path, compiler: Sequence[str] = ("gcc", "-static")) -> None:
        self.root = place
        for name in ("proc", "run", "dev", "etc", "tmp"):
            (place / name).mkdir(parents=True)
        shutil.copy(self.file, place / "initd")
        words = [*compiler, "-O1", "-Wall", "-Wextra", "-Werror", str(APP)]
        subprocess.run([*words, "-o", str(place / "app")], check=True)

    def words(self, *words: str, **variables: str) -> list[str]:
        """What runs them as pid 1 of a container of this image."""
        inside = [f"{name}={value}" for name, value in variables.items()]
        root = str(self.root)
        return [
            *self.namespaces,
            "sh",
            "-c",
            self.enter,
            root,
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            *inside,
            "chroot",
            root,
            *words,
        ]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same, to its end."""
        return subprocess.run(self.words(*words), capture_output=True, text=True, timeout=SECONDS)


class EmulatedImage(Image):
    """The same for AArch64, where root is the only user."""

    file = AARCH64
    namespaces = (*_NAMESPACES, "--user", "--map-root-user")
    enter = _EMULATE + _ENTER

    def __init__(self, place: Path, *flags: str) -> None:
        super().__init__(place, ("aarch64-linux-gnu-gcc", *flags))
        (place / "binfmt").mkdir()


class Running:
    """An app that waits, in its container."""

    def __init__(
        self, image: Image, *words: str, before: Sequence[str] = (), **variables: str
    ) -> None:
        """`before` wraps all of it from the outside: a strace."""
        self._into = [word for word in image.namespaces if word == "--user"]
        self._log = (image.root / "log").open("w+")
        self.process = subprocess.Popen(
            [*before, *image.words(*words, **variables)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()

    @property
    def init(self) -> int:
        """Pid 1, as the host sees it."""
        pid = self.process.pid
        if Path(f"/proc/{pid}/comm").read_text() == "strace\n":
            pid = _child_of(pid)
        return _child_of(pid)

    def verb(self, *words: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """`/initd WORDS` in the container, as by `docker exec`; `before` wraps that."""
        into = ["nsenter", "-t", str(self.init), "--pid", "--mount", "--uts", "--root", "--wd=/"]
        command = [*before, *into, *self._into, "/initd", *words]
        env = {"PATH": os.defpath} if before else {}
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=env)

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self._log.close()


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def works(running: Running, port: int) -> None:
    """Health, status, HTTP, metrics and a graceful stop of an app whose checks pass."""
    deadline = time.monotonic() + SECONDS
    while running.verb("health", "--ready").returncode and time.monotonic() < deadline:
        time.sleep(0.05)  # the checks have not answered yet
    assert running.verb("health").returncode == 0, running.log()
    assert "state      running" in running.verb("status").stdout
    assert "initd_app_up 1.0" in page(port, "/metrics")
    assert page(port, "/readyz")
    os.kill(running.init, signal.SIGTERM)
    assert running.process.wait(SECONDS) == 3


def page(port: int, path: str) -> str:
    """What a GET answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS) as answer:
        text: str = answer.read().decode()
    return text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
