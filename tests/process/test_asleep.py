"""Pid 1 asleep: nothing that happens to a container shows that it was."""

from __future__ import annotations

import fcntl
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .histories import History, fewest, lived
from .namespace import INITD, ONE_FILE, PREFIX, Container, start, status_of, wait_until
from .shell import CTRL_C, CTRL_Z, PROMPT, Shell
from .sleeping import SLEEPS, Asking, ask, asleep, child_of, sleep_of, told_by

#: Containers at once: they mostly wait.
AT_ONCE = 12
#: The one file's sleeper is the same code: what differs is how it becomes Python again.
#: Of so many histories those are lived that try something new, half of them.
HISTORIES, STOPS = (100, 100) if ONE_FILE else (300, 250)
#: How long an engine waits before it kills, in seconds.
PATIENCE = 10.0
CANNOT = "initd: cannot start its Python again"


# ---- as if it never slept -----------------------------------------------------------------


def test_histories_are_those_of_an_init_that_never_sleeps(actor: Path, tmp_path: Path) -> None:
    """The same lines in the log, in the same order, the same answers, the same exit codes."""

    def both(history: History) -> int:
        sleeping, naps = lived(history, actor, tmp_path, sleeps=True)
        awake, _ = lived(history, actor, tmp_path, sleeps=False)
        assert sleeping == awake, vars(history)
        return naps

    with ThreadPoolExecutor(AT_ONCE) as pool:
        naps = list(pool.map(both, fewest(HISTORIES)))
    assert sum(naps) > len(naps), "half of the events find it asleep"


def stopped_around_a_sleep(actor: Path, folder: Path, seed: int) -> tuple[bool, float]:
    """Stops a container at about the time when it falls asleep or wakes up: whether it slept
    then, and how many seconds the stop took."""
    rolls = random.Random(seed)
    socket = folder / f"{seed}.sock"
    options = [*SLEEPS, "--socket", str(socket)]
    with start(actor, "15=7", options=options, private_run=False) as container:
        container.stdout.until("ready")
        init = container.init_pid
        if seed % 2:
            asleep(init)
            client = Asking(socket, b'{"verb":"status"}\n')
            if seed % 4 == 1:
                client.answer()
        time.sleep(rolls.uniform(0, 0.1))
        was_asleep, began = sleep_of(init) is not None, time.monotonic()
        os.kill(init, signal.SIGTERM)
        code = container.wait()
        seconds = time.monotonic() - began
        assert (code, container.stdout.rest()) == (7, ["got 15"]), seed
    return was_asleep, seconds


def test_stops_around_falling_asleep_and_waking_are_all_heard(actor: Path, tmp_path: Path) -> None:
    """None is lost, none has the engine wait, and the app gets each once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(
            pool.map(lambda seed: stopped_around_a_sleep(actor, tmp_path, seed), range(STOPS))
        )
    assert max(seconds for _, seconds in found) < PATIENCE
    assert {was_asleep for was_asleep, _ in found} == {True, False}


def test_no_signal_keeps_it_from_sleeping(actor: Path) -> None:
    """The C library's own two stay pending: no Python reads them."""
    with start(actor, "15=7", options=SLEEPS) as container:
        container.stdout.until("ready")
        for number in (32, 33):
            container.kill(number)
        sleep = asleep(container.init_pid)
        time.sleep(0.3)
        assert sleep_of(container.init_pid) == sleep
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


def test_a_restarted_app_knows_nothing_of_the_sleep(tmp_path: Path) -> None:
    """Neither a variable nor a descriptor."""
    script = (
        "env | grep INITD_ORDERS; ls -l /proc/self/fd | grep -c memfd; echo ready; read x; exit 3"
    )
    options = [*SLEEPS, "--restart", "always"]
    with start("sh", "-c", script, options=options, stdin=-1) as container:
        first = [container.stdout.next(), container.stdout.next()]
        asleep(container.init_pid)
        container.tell("x")
        assert [container.stdout.next(), container.stdout.next()] == first == ["0", "ready"]
        container.kill(signal.SIGTERM)


def test_descriptors_of_the_app_are_there_at_its_next_start(tmp_path: Path) -> None:
    """Those that init was given for it, as an inherited socket."""
    reading, writing = os.pipe()
    script = f"echo again >&{writing}; echo ready; read x; exit 3"
    options = [*SLEEPS, "--restart", "always"]
    command = ["bash", "-c", script]
    with start(*command, options=options, stdin=-1, pass_fds=[writing]) as container:
        for _ in range(3):
            assert os.read(reading, 6) == b"again\n"
            container.stdout.until("ready")
            asleep(container.init_pid)
            container.tell("x")
        container.kill(signal.SIGTERM)
    os.close(reading)
    os.close(writing)


def test_the_options_of_one_that_sleeps_can_be_read(actor: Path) -> None:
    """Though its command line shows none of them (test_command_lines.py)."""
    options = [*SLEEPS, "--hostname", "web-9"]
    with start(actor, "15=7", options=options) as container:
        container.stdout.until("ready")
        asleep(container.init_pid)
        told = container.verb("hostname", "--explain").stdout
        assert "taken        --hostname        web-9" in told
        container.kill(signal.SIGTERM)


def test_a_job_of_a_shell_stays_awake(tmp_path: Path) -> None:
    """Ctrl-Z and fg are for Python to decide on."""
    with Shell() as shell:
        shell.expect(PROMPT)
        words = [INITD, *SLEEPS, "--socket", str(tmp_path / "socket"), "--"]
        shell.type(" ".join([*words, "sh -c 'echo pid $PPID; exec cat'\n"]).encode())
        shell.expect("\r\npid ")
        shell.expect("\n")
        shim = int(shell.text[: shell.at].rsplit("\r\npid ", 1)[1])
        app = child_of(shim)
        time.sleep(0.3)
        assert sleep_of(int(status_of(shim)["PPid"])) is None
        shell.type(CTRL_Z)
        shell.expect("Stopped")
        shell.expect(PROMPT)
        shell.type(b"fg\n")
        wait_until(lambda: shell.foreground() == app, "the app has the terminal again")
        shell.type(b"words\n")
        shell.expect("words\r\nwords")  # the terminal's echo, then cat's own
        shell.type(CTRL_C)
        shell.expect(PROMPT)


@pytest.mark.parametrize("name", ["tini", "catatonit"])
def test_an_init_by_another_name_sleeps_and_stops(actor: Path, tmp_path: Path, name: str) -> None:
    """Its variable says when; it is called as before."""
    link = tmp_path / name
    link.symlink_to(INITD)
    env = {**os.environ, "INITD_SLEEP": "0.05"}
    with start(actor, "15=7", init=[str(link)], env=env) as container:
        container.stdout.until("ready")
        for _ in range(2):
            asleep(container.init_pid)
            container.kill(signal.SIGHUP)
            assert container.stdout.until("got") == "got 1"
        assert (
            Path(f"/proc/{container.init_pid}/cmdline").read_bytes().startswith(os.fsencode(link))
        )
        container.kill(signal.SIGTERM)
        assert container.wait() == 7
        assert container.log_pipe is not None
        assert container.log_pipe.rest() == []


# ---- health -------------------------------------------------------------------------------


@pytest.fixture
def healthy(actor: Path, tmp_path: Path) -> Iterator[Container]:
    """A container whose app runs."""
    options = [*SLEEPS, "--restart", "on-failure"]
    with start(actor, "15=7", options=options, stdin=-1) as container:
        container.stdout.until("ready")
        yield container
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


def sixty_checks(container: Container) -> set[tuple[int, str]]:
    """An hour of HEALTHCHECKs, or a minute's: exit codes and lines, without how long the app
    runs. No Python runs in pid 1 meanwhile, and it has counted each."""
    sleep, before = asleep(container.init_pid), told_by(container.init_pid).answered
    done = [container.verb("health") for _ in range(60)]
    assert sleep_of(container.init_pid) == sleep
    init = container.init_pid  # which counts an answer once it has been sent
    wait_until(lambda: told_by(init).answered - before >= 60, "each has been counted")
    assert told_by(init).answered - before == 60
    return {(each.returncode, each.stdout.partition(", up")[0].strip()) for each in done}


def test_sixty_health_checks_wake_nobody(healthy: Container) -> None:
    """Of an app that runs, is stopped, runs on, and is another one."""
    running = (0, "healthy: running: pid 3")
    assert sixty_checks(healthy) == {running}
    app = healthy.host_pid(3)
    os.kill(app, signal.SIGSTOP)
    healthy.event("app.stopped")
    assert sixty_checks(healthy) == {(1, "unhealthy: the app is stopped by STOP")}
    os.kill(app, signal.SIGCONT)
    healthy.event("app.continued")
    assert sixty_checks(healthy) == {running}
    healthy.tell("x5")
    healthy.event("app.restarting")
    healthy.event("app.started")
    ((code, line),) = sixty_checks(healthy)
    assert (code, line.rstrip("0123456789")) == (0, "healthy: running: pid ")
    assert line != running[1]
    assert healthy.status()["sleep"]["count"] >= 4


def test_a_check_in_between_does_not_put_off_what_is_to_be_logged(
    actor: Path, tmp_path: Path
) -> None:
    """Checks come more often than lines about what was done asleep."""
    socket = tmp_path / "socket"
    options = [*SLEEPS, "--socket", str(socket)]
    with start(actor, "15=7", options=options) as container:
        container.stdout.until("ready")
        asleep(container.init_pid)
        container.kill(signal.SIGHUP)
        container.stdout.until("got 1")
        ask(socket, "health", "")
        assert container.event("signal.received")["signal"] == "HUP"
        container.kill(signal.SIGTERM)
        container.wait()


# ---- what Python needs is gone ------------------------------------------------------------


@pytest.fixture
def copy(actor: Path, tmp_path: Path) -> Path:
    """An initd of its own, which may be spoilt, and an actor: their directory."""
    target = tmp_path / "copy"
    (target / "bin").mkdir(parents=True)
    shutil.copy2(INITD, target / "bin/initd")
    shutil.copy2(actor, target / "actor")
    if not ONE_FILE:
        (package,) = PREFIX.glob("lib/python3.*/site-packages/initd")
        shutil.copytree(package, target / package.relative_to(PREFIX))
    return target


def short_of(container: Container, kind: int, limit: int) -> None:
    """Lowers a limit of pid 1."""
    resource.prlimit(container.init_pid, kind, (limit, limit))


BIND = ("sh", "-c", 'mount --bind "$0" /mnt && exec "$@"')
#: One who has no more rights than others.
USER = ("setpriv", "--reuid=54321", "--regid=54321", "--clear-groups")


def spoilt(way: str, container: Container, copy: Path) -> None:
    """While pid 1 sleeps."""
    if way == "the file is deleted":
        shutil.rmtree(copy)
    elif way == "memory is exhausted":
        short_of(container, resource.RLIMIT_AS, 8 << 20)
    elif way == "no process may be made":
        one = ["prlimit", f"--pid={container.init_pid}", "--nproc=1:1"]
        subprocess.run([*USER, *one], check=True)  # whose limit it is


WAYS = ("the file is deleted", "memory is exhausted", "no process may be made")
#: What ends the container: what is done, and the exit code.
ENDS = {"a stop": 7, "the app's own end": 9, "the app is killed": 137, "the shim is killed": 7}


def can_wake(way: str) -> bool:
    """The one file is its own copy; and no process is made for waking."""
    return way == "no process may be made" or (ONE_FILE and way == "the file is deleted")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_missing_keeps_no_stop_from_the_app(copy: Path, way: str, end: str) -> None:
    """The first step of the stop reaches it, its exit code is the container's, and one line says
    what went wrong, if anything did."""
    user = USER if way == "no process may be made" else ()
    before = [*BIND, str(copy), *user]
    command = ["/mnt/actor", "15=7"]
    with start(
        *command, options=SLEEPS, before=before, launcher="/mnt/bin/initd", stdin=-1
    ) as container:
        container.stdout.until("ready")
        shim = child_of(container.init_pid)
        app = child_of(shim)
        asleep(container.init_pid)
        spoilt(way, container, copy)
        if end == "the shim is killed":
            os.kill(shim, signal.SIGKILL)
        if end in ("a stop", "the shim is killed"):
            container.kill(signal.SIGTERM)
            assert container.stdout.until("got") == "got 15"
        elif end == "the app is killed":
            os.kill(app, signal.SIGKILL)
        else:
            container.tell("x9")
        assert container.wait() == ENDS[end]
        assert container.log_pipe is not None
        container.log_pipe.rest()
    said = [line for line in container.log_pipe.seen if not line.startswith("{")]
    assert [line[: len(CANNOT)] for line in said] == [] if can_wake(way) else [CANNOT]


def test_without_python_signals_are_passed_on_and_orphans_reaped(actor: Path) -> None:
    """All that needs no decision, and the stop that did."""
    with start(actor, "15=7", options=SLEEPS, stdin=-1) as container:
        container.stdout.until("ready")
        asleep(container.init_pid)
        short_of(container, resource.RLIMIT_AS, 8 << 20)
        for number in (signal.SIGTSTP, signal.SIGUSR1, signal.SIGRTMAX):
            container.kill(number)
            assert container.stdout.until("got") == f"got {number}"
        container.tell("o20")
        container.stdout.until("reaped")
        os.kill(container.host_pid(2), signal.SIGSTOP)
        container.kill(signal.SIGTERM)
        assert container.wait() == 7, "the shim was continued: it tells of the app's end"


def test_memory_that_comes_back_is_made_use_of(actor: Path, tmp_path: Path) -> None:
    """It is tried again, and then nothing is lost."""
    socket = tmp_path / "socket"
    options = [*SLEEPS, "--socket", str(socket)]
    with start(actor, "15=7", options=options) as container:
        container.stdout.until("ready")
        init = container.init_pid
        asleep(init)
        resource.prlimit(init, resource.RLIMIT_AS, (8 << 20, resource.RLIM_INFINITY))
        client = Asking(socket, b'{"verb":"status"}\n')
        wait_until(lambda: told_by(init).wakings == 1, "it has been tried")
        resource.prlimit(init, resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        answer = client.answer()
        assert answer is not None
        assert answer["state"] == "running"
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


FULL = """
mount -t tmpfs -o size={size}k tmpfs /mnt && cp -a {copy}/. /mnt
cat /dev/zero >/mnt/rest 2>/dev/null
exec "$@"
"""


def test_a_full_file_system_is_nothing_to_it(actor: Path, copy: Path) -> None:
    """What it leaves behind is in memory."""
    size = int(subprocess.run(["du", "-sk", copy], capture_output=True).stdout.split()[0]) + 512
    before = ["sh", "-c", FULL.format(size=size, copy=copy), "sh"]
    with start(
        actor, "15=7", options=SLEEPS, before=before, launcher="/mnt/bin/initd"
    ) as container:
        container.stdout.until("ready")
        for _ in range(2):
            asleep(container.init_pid)
            container.kill(signal.SIGTSTP)
            assert container.stdout.until("got") == "got 20"
        container.kill(signal.SIGTERM)
        assert container.wait() == 7
        assert [event["event"] for event in container.events()].count("signal.received") == 3


# ---- versions -----------------------------------------------------------------------------


def test_orders_of_another_version_start_no_second_app(tmp_path: Path) -> None:
    """The file was replaced while pid 1 fell asleep. What it has left is reaped, and no more."""
    file = os.memfd_create("initd", os.MFD_ALLOW_SEALING)
    os.write(file, b"initd orders 999".ljust(1 << 16, b"\0"))
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    environ = {**os.environ, "INITD_ORDERS": str(file)}
    made = tmp_path / "made"
    words = [INITD, "--", "touch", str(made)]
    done = subprocess.run(words, env=environ, pass_fds=[file], capture_output=True, text=True)
    os.close(file)
    assert (done.returncode, made.exists()) == (125, False)
    assert done.stderr.startswith("initd: fell asleep as another version")


def test_it_does_not_fall_asleep_as_another_version(actor: Path, copy: Path) -> None:
    """It stays awake, and says why. The one file falls asleep as what runs, replaced or not."""
    launcher = copy / "bin/initd"
    with start(actor, "15=7", options=("--sleep", "1"), launcher=str(launcher)) as container:
        container.stdout.until("ready")
        other = copy / "bin/other"
        other.write_bytes(launcher.read_bytes().replace(b"initd orders 2", b"initd orders 9"))
        other.chmod(0o755)
        other.rename(launcher)
        if ONE_FILE:
            asleep(container.init_pid)
        else:
            said = container.event("sleep.failed")
            assert said["why"] == "the launcher was replaced by that of another version"
        container.kill(signal.SIGTERM)
        assert container.wait() == 7
