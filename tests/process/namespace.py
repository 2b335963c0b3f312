"""A container without an engine: initd as pid 1 of a fresh pid namespace."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from initd.core.hostname.hosts_line import is_mounted

#: How long tests wait, in seconds, for what has its event: none of it takes one on a machine
#: with nothing else to do. What has no event, pytest's own time-out ends.
DEADLINE = 60.0

#: Becomes pid 1's place: pid and mount namespace, /proc of its own, a /run of its own.
_UNSHARE = "unshare --pid --mount --uts --fork --kill-child=KILL --mount-proc".split()
_PRIVATE_RUN = 'mount -t tmpfs tmpfs /run && exec "$@"'
#: Where these tests run in a container themselves, its /etc/hosts is not for inits to add to.
_OWN_HOSTS = ["sh", "-c", 'umount /etc/hosts && exec "$@"', "sh"]
_IN_CONTAINER = is_mounted("/etc/hosts", Path("/proc/self/mountinfo").read_bytes())
#: A nice value that may be asked for: without CAP_SYS_NICE none below that of the run is granted.
NICE = min(19, os.nice(0) + 3)
MAY_LOWER = os.geteuid() == 0 and bool(
    int(re.findall(r"CapEff:\s+(\w+)", Path("/proc/self/status").read_text())[0], 16) & 1 << 23
)


class Timeout(AssertionError):
    """What a test waited for did not happen."""


def wait_until(fact: Callable[[], Any], what: str, deadline: float = DEADLINE) -> Any:
    """The first true answer of `fact`; Timeout after `deadline` seconds."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        answer = fact()
        if answer:
            return answer
        select.select([], [], [], 0.002)
    raise Timeout(f"waited {deadline:g} s for: {what}")


def alone(seconds: float) -> float:
    """What took so long just now would take on a machine with nothing else to do, in seconds.

    Others that run beside the tests make everything take longer, and are no fault of initd's."""
    began, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < 0.05:
        pass
    slowness = (time.monotonic() - began) / (time.thread_time() - used)
    return seconds / max(1.0, slowness)


class Lines:
    """Lines of a pipe, each with a deadline. Those of a log that are empty are passed over, as log
    readers do: init breaks off a line that the app may have left unfinished."""

    def __init__(self, fd: int, is_log: bool = False) -> None:
        self.fd = fd
        self._is_log = is_log
        self.seen: list[str] = []
        self._rest = b""

    def next(self, deadline: float = DEADLINE) -> str | None:
        """The next line; None at the end."""
        end = time.monotonic() + deadline
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise Timeout(f"no line within {deadline:g} s; before it came {self.seen}")
            data = os.read(self.fd, 65536)
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        if self._is_log and not line:
            return self.next(max(0, end - time.monotonic()))
        self.seen.append(line.decode(errors="replace"))
        return self.seen[-1]

    def until(self, start: str) -> str:
        """The next line that starts so."""
        while (line := self.next()) is not None:
            if line.startswith(start):
                return line
        raise Timeout(f"the end came before a line {start!r}; there was {self.seen}")

    def rest(self) -> list[str]:
        """All that comes until the end."""
        found = []
        while (line := self.next()) is not None:
            found.append(line)
        return found


class Container:
    """initd as a child of this test: pid 1 of its namespace, or not."""

    def __init__(self, process: subprocess.Popen[bytes], is_pid_1: bool, launcher: str) -> None:
        self.process = process
        self.is_pid_1 = is_pid_1
        self.launcher = launcher
        self.out = Lines(process.stdout.fileno()) if process.stdout else None
        self.log_pipe = Lines(process.stderr.fileno(), is_log=True) if process.stderr else None

    @property
    def stdout(self) -> Lines:
        assert self.out is not None
        return self.out

    def tell(self, word: str) -> None:
        """Has the app do something (actor.c)."""
        assert self.process.stdin is not None
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()

    @property
    def init_pid(self) -> int:
        """Init's pid as the host sees it, once it has blocked its signals."""
        if not self.is_pid_1:
            return self.process.pid
        return int(wait_until(self._blocked_child, "init has blocked its signals"))

    def _blocked_child(self) -> int | None:
        with contextlib.suppress(OSError, IndexError, KeyError):
            pid = self._first_child()
            # unshare(1) and sh block signals too, for a moment each, before this is init.
            program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            blocked = int(status_of(pid)["SigBlk"], 16)
            if program.startswith(("initd", "python")) and blocked & (1 << signal.SIGTERM - 1):
                return pid
        assert self.process.poll() is None, f"ended early with {self.process.returncode}"
        return None

    def _first_child(self) -> int:
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def kill(self, number: int) -> None:
        """Sends a signal to init, from outside of the container."""
        os.kill(self.init_pid, number)

    def wait(self, deadline: float = DEADLINE) -> int:
        """Init's exit code."""
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Timeout(f"init did not end within {deadline:g} s") from None

    def tree(self) -> dict[int, int]:
        """Host pid to pid inside, of all processes of init's tree and namespace."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError, KeyError):
                    inside = status_of(int(entry.name))["NSpid"].split()
                    if self._same_namespace(int(entry.name)):
                        found[int(entry.name)] = int(inside[-1])
        return found

    def _same_namespace(self, pid: int) -> bool:
        mine = os.readlink(f"/proc/{self.init_pid}/ns/pid")
        return os.readlink(f"/proc/{pid}/ns/pid") == mine

    def host_pid(self, inside: int) -> int:
        """The host's pid of the process that has this pid in the container."""
        return {inner: outer for outer, inner in self.tree().items()}[inside]

    def zombies(self) -> int:
        """How many of the namespace's processes are zombies."""
        count = 0
        for pid in self.tree():
            with contextlib.suppress(OSError, KeyError):
                count += status_of(pid)["State"].startswith("Z")
        return count

    def verb(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs `initd WORDS` inside, as `docker exec` would."""
        inside = ["nsenter", "-t", str(self.init_pid), "--pid", "--mount", "--uts", "--"]
        command = [*inside, self.launcher, *words]
        return subprocess.run(command, capture_output=True, text=True)

    def status(self) -> dict[str, Any]:
        """`initd status --json`."""
        done = self.verb("status", "--json")
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def events(self) -> list[dict[str, Any]]:
        """The log, to its end."""
        assert self.log_pipe is not None
        self.log_pipe.rest()
        return [json.loads(line) for line in self.log_pipe.seen if line.startswith("{")]

    def event(self, name: str) -> dict[str, Any]:
        """Waits for an event of the log."""
        assert self.log_pipe is not None
        while (line := self.log_pipe.next()) is not None:
            if line.startswith("{"):
                event: dict[str, Any] = json.loads(line)
                if event["event"] == name:
                    return event
        raise Timeout(f"no event {name}: {self.log_pipe.seen}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def installed_initd() -> str:
    """The launcher beside the interpreter that runs the tests, or another one, PREFIX/bin/initd:
    so these tests are those of the one file too (make test-one)."""
    launcher = Path(os.environ.get("TESTS_UNDER_TEST") or f"{sys.prefix}/bin/initd").absolute()
    assert launcher.exists(), f"{launcher} is not there: install the wheel first (make test does)"
    return str(launcher)


INITD = installed_initd()
#: Whether that is the one file.
ONE_FILE = bool(os.environ.get("TESTS_UNDER_TEST"))
#: The directory whose bin/initd that is.
PREFIX = Path(INITD).parent.parent
#: Where `bound` makes initd be: a place that everybody may search, wherever the checkout is.
BOUND = "/mnt/bin/initd"


def bound(more: str = "") -> list[str]:
    """What wraps an init that is to be found at BOUND; `more` is for the shell that does it."""
    return ["sh", "-c", f'mount --bind {PREFIX} /mnt && {more}exec "$@"', "sh"]


def status_of(pid: int) -> dict[str, str]:
    """/proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def start(
    *command: str | Path,
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    pid_1: bool = True,
    stdin: Any = subprocess.DEVNULL,
    stdout: Any = subprocess.PIPE,
    stderr: Any = subprocess.PIPE,
    before: Sequence[str] = (),
    outside: Sequence[str] = (),
    private_run: bool = True,
    init: Sequence[str] = (),
    launcher: str = "",
    **more: Any,
) -> Container:
    """Starts `initd OPTIONS -- COMMAND`; `before` wraps it within its namespaces, and `outside`
    all that makes them; `init` stands in for the launcher, which `launcher` says where to find in
    the container."""
    launcher = launcher or INITD
    words = [*(init or (launcher,)), *options, "--", *map(str, command)]
    words = [*before, *words]
    if pid_1:
        words = [*_OWN_HOSTS, *words] if _IN_CONTAINER else words
        inner = ["sh", "-c", _PRIVATE_RUN, "sh", *words] if private_run else words
        words = [*_UNSHARE, "--", *inner]
    words = [*outside, *words]
    process = subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=stderr, env=env, **more)
    return Container(process, pid_1, launcher)


@contextlib.contextmanager
def full_pipe() -> Iterator[int]:
    """The write end of a pipe that has no room left; its reader never reads."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    yield writing
    os.close(reading)
    os.close(writing)


def opened_to_all(folder: Path) -> Path:
    """The folder, which other users can enter now, as all above it: pytest's are for their owner
    only, and so may be the checkout's."""
    for each in (folder, *folder.parents):
        if each.stat().st_mode & 0o055 != 0o055:
            each.chmod(0o755)
    return folder
