"""A container without an engine, of a root directory with many programs in it: namespaces of
mounts and network with an overlay, and in those initd as pid 1 of a namespace of its own."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from .waiting import PATIENCE, eventually

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
#: What an image has, and nothing of the shell that runs the tests.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}
#: Holds both namespaces: a root of its own over that of everybody, at /mnt.
_HOLD = """\
set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
mount --bind "$2" /mnt/root/apps
mount --bind "$3" /mnt/root/programs
touch /mnt/root/usr/local/bin/initd
mount --bind "$4" /mnt/root/usr/local/bin/initd
for fresh in tmp run dev/shm; do mount -t tmpfs tmpfs /mnt/root/$fresh; done
chmod 1777 /mnt/root/tmp /mnt/root/dev/shm
mkdir -p /mnt/root/run/sshd /mnt/root/run/lock
chroot /mnt/root ip link set lo up
echo held
exec sleep infinity
"""
_START = """\
mount -t proc proc /mnt/root/proc
exec chroot /mnt/root env --chdir="$0" "$@"
"""


class Sandbox:
    """One program under initd. What is started `beside` it runs outside of initd's namespace of
    processes: a stop of the program does not reach it."""

    def __init__(self, root: Path, apps: Path, files: Path, initd: Path, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        hold = [
            "unshare",
            "--mount",
            "--net",
            "sh",
            "-c",
            _HOLD,
            "sh",
            *map(str, (root, apps, files, initd)),
        ]
        self._holder = subprocess.Popen(hold, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._processes.append(self._holder)
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != b"held\n":
            assert self._holder.stderr is not None
            raise AssertionError(f"no sandbox: {self._holder.stderr.read().decode()}")
        self._init: subprocess.Popen[bytes] | None = None

    # ---- what runs in it --------------------------------------------------------------------

    def beside(self, *command: str) -> None:
        """A program that this one works with."""
        words = [*self._enter(), "chroot", "/mnt/root", *command]
        self._processes.append(
            subprocess.Popen(
                words,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command beside it, to its end."""
        words = [*self._enter(), "chroot", "/mnt/root", "env", "--chdir=/programs", *command]
        return subprocess.run(
            words, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def start(self, words: list[str], directory: str, env: Mapping[str, str]) -> None:
        """initd with these words, as pid 1."""
        inner = ["sh", "-c", _START, directory, *words]
        pid_1 = ["unshare", "--pid", "--mount", "--uts", "--ipc", "--fork", "--kill-child=KILL"]
        with (
            open(self.folder / "out", "wb") as out,
            open(self.folder / "err", "wb") as err,
        ):
            self._init = subprocess.Popen(
                [*self._enter(), *pid_1, *inner],
                env={**ENVIRONMENT, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        self._processes.append(self._init)

    def _enter(self) -> list[str]:
        return ["nsenter", "--target", str(self._holder.pid), "--mount", "--net", "--"]

    # ---- what becomes of it -------------------------------------------------------------------

    def init_pid(self) -> int:
        """Init's pid as the host sees it, once it is there."""
        assert self._init is not None
        pid = eventually(self._blocked_child, "init has blocked its signals")
        assert pid is not None
        return pid

    def _blocked_child(self) -> int | None:
        assert self._init is not None
        assert self._init.poll() is None, f"it has ended: {self.transcript()}"
        with contextlib.suppress(OSError, IndexError):
            pid = self._init.pid
            child = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
            status = Path(f"/proc/{child}/status").read_text()
            (blocked,) = re.findall(r"^SigBlk:\s+(\w+)$", status, re.MULTILINE)
            program = os.path.basename(os.readlink(f"/proc/{child}/exe"))
            if program.startswith(("initd", "python")) and int(blocked, 16) & 1 << 14:
                return child
        return None

    def status(self) -> dict[str, Any]:
        """`initd status --json`, as `docker exec` would ask, once init answers."""
        inside = ["nsenter", "-t", str(self.init_pid()), "--pid", "--mount", "--root", "--net"]
        words = [*inside, "initd", "status", "--json"]

        def asked() -> str:
            return subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True).stdout

        answer: dict[str, Any] = json.loads(eventually(asked, "init answers"))
        return answer

    def stop(self, grace: float) -> tuple[int, float]:
        """`docker stop -t GRACE`: the exit code, or 137, and how many seconds it took."""
        assert self._init is not None
        pid = self.init_pid()
        began = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        try:
            return self._init.wait(grace), time.monotonic() - began
        except subprocess.TimeoutExpired:
            os.kill(pid, signal.SIGKILL)
            self._init.wait(PATIENCE)
            return 137, time.monotonic() - began

    def transcript(self) -> str:
        """All that was said, on both streams."""
        said = (self.folder / "out").read_bytes() + (self.folder / "err").read_bytes()
        return said.decode(errors="replace")

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """Sockets that this thread makes within are of the sandbox."""
        with (
            open("/proc/thread-self/ns/net") as own,
            open(f"/proc/{self._holder.pid}/ns/net") as its,
        ):
            _enter_network(its.fileno())
            try:
                yield
            finally:
                _enter_network(own.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


def _enter_network(descriptor: int) -> None:
    if _LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
