"""What the container was given is the app's: descriptors, and the variables about them.

Socket activation (systemd, podman) and `--preserve-fds` of runc, crun and podman."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from .namespace import INITD, Container, start, wait_until
from .planned_image import Image

NAMES = ("initd", "tini", "docker-init", "dumb-init", "catatonit")
each_name = pytest.mark.parametrize("name", NAMES)

#: Says on its own descriptor 1 what it was given, then waits for TERM. A shell would keep
#: descriptors of its own, and move those above 9.
TELL = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
inherited = sorted(int(each) for each in os.listdir("/proc/self/fd"))
inherited = [fd for fd in inherited if fd > 2 and os.path.exists(f"/proc/self/fd/{fd}")]
said = {name: os.environ.get(name) for name in sys.argv[1:]}
print(os.getpid(), inherited, said, flush=True)
signal.sigwait([signal.SIGTERM])
"""


def tell(*variables: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", TELL, *variables]


@pytest.fixture
def named(tmp_path: Path) -> Any:
    """The launcher by a name."""

    def link(name: str) -> str:
        if name == "initd":
            return INITD
        there = tmp_path / name
        there.symlink_to(INITD)
        return str(there)

    return link


class Given:
    """A pipe's writing end and a listening socket: descriptors 3 and 77 of what is started."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.listener = socket.create_server(("127.0.0.1", 0))

    @property
    def before(self) -> Sequence[str]:
        moved = f"exec 3>&{self.writing} 77<&{self.listener.fileno()} {self.writing}>&- "
        return ["bash", "-c", f'{moved} {self.listener.fileno()}<&-; exec "$@"', "bash"]

    @property
    def fds(self) -> tuple[int, int]:
        return self.writing, self.listener.fileno()

    def start(self, *command: str | Path, **how: Any) -> Container:
        container = start(*command, before=self.before, pass_fds=self.fds, **how)
        os.close(self.writing)
        return container

    def is_let_go(self) -> bool:
        """Whether nobody has the pipe's writing end any more."""
        os.set_blocking(self.reading, False)
        try:
            return os.read(self.reading, 100) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def given() -> Iterator[Given]:
    """Closed at the end."""
    made = Given()
    yield made
    os.close(made.reading)
    made.listener.close()


def _holders(container: Container, inode: int) -> set[int]:
    """The pids, as the container sees them, that hold the file with this inode."""
    found = set()
    for outside, inside in container.tree().items():
        for each in Path(f"/proc/{outside}/fd").iterdir():
            try:
                if os.stat(each).st_ino == inode:
                    found.add(inside)
            except OSError:
                pass  # closed since it was listed
    return found


@each_name
def test_the_app_gets_what_the_container_was_given(name: str, named: Any, given: Given) -> None:
    """3 too, and one that is high up; and once it runs, it alone has them."""
    pipe, listener = os.fstat(given.writing).st_ino, os.fstat(given.listener.fileno()).st_ino
    with given.start(*tell(), launcher=named(name)) as container:
        app, descriptors = str(container.stdout.next()).split(" ", 1)
        assert descriptors.startswith("[3, 77]")
        for inode in (pipe, listener):
            wait_until(
                lambda inode=inode: _holders(container, inode) == {int(app)},  # type: ignore[misc]
                "nobody but the app has it",
            )
        container.kill(signal.SIGTERM)
        container.wait()
        assert given.is_let_go()


@each_name
@pytest.mark.parametrize("variable", ["LISTEN_PID", "WATCHDOG_PID"])
def test_a_variable_that_names_init_names_the_app(name: str, variable: str, named: Any) -> None:
    """sd_listen_fds(3) and sd_watchdog_enabled(3) believe no other pid. One that names somebody
    else stays, and the rest of what systemd says stays in any case."""
    launcher = named(name)
    for pid, becomes in (("1", None), ("12", "12")):
        env = {**os.environ, variable: pid, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"}
        words = tell(variable, "LISTEN_FDS", "LISTEN_FDNAMES")
        with start(*words, launcher=launcher, env=env) as container:
            app, _, said = str(container.stdout.next()).split(" ", 2)
            want = {variable: becomes or app, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"}
            assert said.endswith(str(want))
            container.kill(signal.SIGTERM)


#: Whether LISTEN_PIDFDID is the id of the process's own pidfd.
PIDFD_ID = """
import os
told = os.environ.get("LISTEN_PIDFDID")
fd = os.pidfd_open(os.getpid())
print(told is None if os.fstat(fd).st_ino < 1 << 12 else told == str(os.fstat(fd).st_ino))
"""


def test_the_id_of_the_pidfd_becomes_the_apps() -> None:
    """LISTEN_PIDFDID, where the kernel gives pidfds numbers of their own; else it is left out, as
    LISTEN_PID is enough for sd_listen_fds(3)."""
    env = {**os.environ, "LISTEN_PID": "1", "LISTEN_PIDFDID": "5"}
    with start(sys.executable, "-I", "-S", "-c", PIDFD_ID, env=env) as container:
        assert (container.wait(), container.stdout.rest()) == (0, ["True"])


def test_a_start_plan_gives_them_too(tmp_path: Path, given: Given) -> None:
    """Before there is a Python, which then lets go of them: the plan has been used."""
    image = Image(tmp_path)
    words = tell("LISTEN_PID")
    image.build(*words)
    env = {**os.environ, "LISTEN_PID": "1"}
    inode = os.fstat(given.writing).st_ino
    init = [*image.inside(), INITD]
    with given.start(*words, init=init, env=env) as container:
        app, said = str(container.stdout.next()).split(" ", 1)
        assert said == f"[3, 77] {{'LISTEN_PID': '{app}'}}"
        wait_until(lambda: _holders(container, inode) == {int(app)}, "init has let go")
        assert container.verb("status").returncode == 0
        container.kill(signal.SIGTERM)
        container.wait()
        names = [event["event"] for event in container.events()]
        assert not any(name.startswith("plan.") for name in names)


def test_a_restart_by_policy_has_them_again(given: Given) -> None:
    """Init keeps them for it, as systemd keeps a unit's sockets."""
    words = [sys.executable, "-I", "-S", "-c", TELL + "raise SystemExit(1)"]
    with given.start(*words, options=["--restart", "on-failure:1"]) as container:
        assert "[3, 77]" in str(container.stdout.next())
        app = container.status()["app"]["pid"]
        os.kill(container.host_pid(app), signal.SIGTERM)
        assert "[3, 77]" in str(container.stdout.next())


def test_without_a_policy_a_restart_that_would_lack_them_is_refused(given: Given) -> None:
    """An app that was told of sockets would start without them, and fail in ways of its own."""
    with given.start(*tell()) as container:
        container.stdout.next()
        done = container.verb("restart")
        assert (done.returncode, "--restart" in done.stderr) == (1, True)
        assert container.status()["state"] == "running"
    with start(*tell()) as container:
        container.stdout.next()
        assert container.verb("restart").returncode == 0


def test_without_proc_they_are_found_too(given: Given) -> None:
    """One by one, as far as the usual limit of open files."""
    hidden = ["sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    tries = "import os, sys; os.write(3, b'x'); os.fstat(77)"
    with given.start(
        sys.executable, "-I", "-S", "-c", tries, init=[*hidden, INITD], launcher=INITD
    ) as container:
        assert container.wait() == 0
        assert os.read(given.reading, 1) == b"x"


def test_the_shim_leaves_the_directory_that_it_started_in(tmp_path: Path) -> None:
    """It would keep the mount that it is on busy, for as long as the app lives."""
    with start(*tell(), cwd=tmp_path) as container:
        app = int(str(container.stdout.next()).split()[0])
        shim = container.status()["shim"]["pid"]
        place = [os.readlink(f"/proc/{container.host_pid(pid)}/cwd") for pid in (shim, app)]
        assert place == ["/", str(tmp_path)]


#: In a mount namespace of its own: the machine's root is the bundle's, and the cgroups are such as
#: crun takes.
IN_BUNDLE = """
cd "$0" && mount --bind / rootfs && { umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"; }
"""


def _bundle(folder: Path, *command: str) -> None:
    """A runtime's bundle with this command."""
    (folder / "rootfs").mkdir(parents=True)
    made = subprocess.run(["runc", "spec"], cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    config = json.loads((folder / "config.json").read_text())
    config["process"] |= {"terminal": False, "args": [INITD, "--", *command]}
    config["process"]["env"] = [f"PATH={os.environ['PATH']}"]
    config["mounts"] = [each for each in config["mounts"] if "cgroup" not in each["type"]]
    config["linux"].pop("resources", None)
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("runtime", ["runc", "crun"])
def test_a_real_runtime_hands_them_on(runtime: str, tmp_path: Path) -> None:
    """LISTEN_FDS, as systemd and podman set it, and --preserve-fds behind it: the app's pid is in
    LISTEN_PID, and each descriptor has its number. (crun 1.8 itself drops LISTEN_FDS.)"""
    bundle = tmp_path / "bundle"
    _bundle(bundle, *tell("LISTEN_PID"))
    listener = socket.create_server(("127.0.0.1", 0))
    reading, writing = os.pipe()
    moved = f"exec 3<&{listener.fileno()} 4>&{writing}; export LISTEN_FDS=1 LISTEN_PID=$$"
    given = ["bash", "-c", f'{moved}; exec "$@"', "bash"]
    inside = ["unshare", "--mount", "sh", "-c", IN_BUNDLE, str(bundle)]
    root = tmp_path / "state"
    command = [runtime, "--root", str(root), "run", "--preserve-fds=1", tmp_path.name]
    words = [*inside, *given, *command]
    run = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        pass_fds=(listener.fileno(), writing),
    )  # fmt: skip
    try:
        assert run.stdout is not None
        line = run.stdout.readline()
        assert line, run.stderr.read() if run.stderr is not None else ""
        app, said = line.split(" ", 1)
        assert said == f"[3, 4] {{'LISTEN_PID': '{app}'}}\n"
        kill = [runtime, "--root", str(root), "kill", tmp_path.name, "TERM"]
        assert subprocess.run([*inside, *kill], capture_output=True).returncode == 0
        assert run.wait(60) == 0
    finally:
        delete = [runtime, "--root", str(root), "delete", "--force", tmp_path.name]
        subprocess.run([*inside, *delete], capture_output=True)
        run.kill()
        run.communicate()
        listener.close()
        os.close(reading)
        os.close(writing)
