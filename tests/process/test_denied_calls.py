"""Where a list of permitted system calls lacks some, initd runs as the inits do that use fewer.

Such lists are a container engine's default, an old one's on a new kernel, and those that people
have written themselves. Before Docker 20.10.10 and runc 1.0.0-rc93 they answer an unknown call with
EPERM, since then with ENOSYS.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Sequence
from errno import ENOSYS, EPERM
from pathlib import Path

import pytest

from .conftest import compiled
from .denied import denying, is_known
from .namespace import INITD, Container, start
from .sleeping import SLEEPS, asleep

#: What initd, its libraries and its interpreter try, and can do without.
DISPENSABLE = (
    *("clone3", "close_range", "faccessat2", "openat2", "statx", "rseq", "getrandom"),
    *("pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "capget", "uname"),
    *("waitid", "ppoll", "sched_yield", "getsid", "umask", "dup2", "dup3"),
    *("faccessat", "access", "readlink", "readlinkat", "statfs", "fstatfs", "getcwd", "chdir"),
    "fchdir",
    *("socket", "bind", "listen", "setsockopt", "chmod", "unlink"),
)
#: What it can't do without, and what it says then.
NEEDED = {
    "signalfd4": "initd: cannot listen for signals: signalfd4: Operation not permitted",
    "setpgid": "initd: cannot give the app a process group or session: Operation not permitted",
    "pipe2": "Operation not permitted",
}
#: Names a process by MAINPID that is init's child by then, and ends when that has ended.
NAMED = """
import os, signal, socket, sys
if os.fork() == 0:
    if os.fork():
        os._exit(0)
    while os.getppid() != 1:
        pass
    signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
    talk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    talk.connect(os.environ["NOTIFY_SOCKET"])
    talk.send(b"MAINPID=%d\\nREADY=1" % os.getpid())
    while True:
        signal.pause()
os.wait()
sys.stdin.readline()
"""


def _without(
    program: Path, error: int, call: str, *command: str | Path, options: Sequence[str] = ()
) -> Container:
    wrapped = _refused(program, error, call)
    return start(*command, options=["-v", *options], init=wrapped, stdin=-1)


def _refused(program: Path, error: int, call: str) -> list[str]:
    """Init, where that call is."""
    return [*denying(program, error, call), INITD]


@pytest.mark.parametrize("call", DISPENSABLE)
def test_without_a_call_it_starts_signals_reaps_restarts_and_stops(
    call: str, denying: Path, victim: Path
) -> None:
    """Whichever of the two the kernel says."""
    if not is_known(call):
        return
    script = f"(sh -c 'exit 5' &); exec {victim} 15=7 12=1"
    command = ("sh", "-c", script)
    restarted = ["--restart", "on-failure"]
    with contextlib.ExitStack() as both:
        started = [
            both.enter_context(_without(denying, error, call, *command, options=restarted))
            for error in (ENOSYS, EPERM)
        ]
        for container in started:
            _assert_lives(container)


def _assert_lives(container: Container) -> None:
    container.stdout.until("ready")
    container.kill(signal.SIGUSR2)
    assert container.stdout.next() == "got 12"
    container.stdout.until("ready")
    container.kill(signal.SIGUSR1)
    assert container.stdout.next() == "got 10"
    container.kill(signal.SIGTERM)
    assert container.wait() == 7
    events = container.events()
    assert 5 in [event["code"] for event in events if event["event"] == "orphan.reaped"]
    assert not [event for event in events if event["event"] in ("init.bug", "signal.undelivered")]


@pytest.mark.parametrize("error", [ENOSYS, EPERM])
def test_without_waitid_orphans_that_are_only_counted_are_reaped(
    error: int, denying: Path, tmp_path: Path
) -> None:
    """Init reaps them on its way, by waitid; in their place comes what Python does."""
    wrapped = [*_refused(denying, error, "waitid"), "--no-sleep"]
    with start(compiled("actor", tmp_path), "15=7", init=wrapped, stdin=-1) as container:
        container.event("app.started")
        assert container.process.stdin is not None
        container.process.stdin.write(b"o5\n")
        container.process.stdin.flush()
        container.stdout.until("reaped")
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


@pytest.mark.parametrize("error", [ENOSYS, EPERM])
def test_without_pidfd_send_signal_a_stop_reaches_the_program_behind_a_shell(
    error: int, denying: Path
) -> None:
    """It is aimed at by a pidfd, too."""
    program = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done"
    words = ("sh", "-c", 'sh -c "$0"; exit $?', program)
    with _without(denying, error, "pidfd_send_signal", *words) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGTERM)
        assert container.event("stop.step")["why"]
        assert container.wait() == 7


@pytest.mark.parametrize("error", [ENOSYS, EPERM])
def test_without_pidfds_a_child_of_inits_that_is_named_is_followed(
    error: int, denying: Path
) -> None:
    """MAINPID: init reaps it itself, so it misses nothing of its end."""
    command = ("/usr/bin/python3", "-c", NAMED)
    with _without(denying, error, "pidfd_open", *command, options=["--notify"]) as container:
        container.event("app.followed")
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


@pytest.mark.parametrize("call", NEEDED)
def test_what_it_cannot_do_without_is_said_in_one_line(
    call: str, denying: Path, victim: Path
) -> None:
    """And the exit code is init's own, whatever had started by then."""
    with _without(denying, EPERM, call, victim, "15=0") as container:
        assert container.wait() == 125
        assert container.log_pipe is not None
        said = [line for line in container.log_pipe.rest() if not line.startswith("{")]
        assert len(said) == 1
        assert said[0].endswith(NEEDED[call])


# ---- asleep -----------------------------------------------------------------------------

#: Whether pid 1 sleeps all the same.
ASLEEP = {
    "pidfd_open": True,
    "pidfd_send_signal": True,
    "memfd_create": False,
    "ppoll": False,
    "waitid": False,
}


@pytest.mark.parametrize("call", ASLEEP)
def test_asleep_it_does_as_awake_or_stays_awake(call: str, denying: Path, victim: Path) -> None:
    """An orphan that ends meanwhile is reaped, signals and a stop arrive."""
    script = f"(sh -c 'read line </run/go; exit 5' &); exec {victim} 15=7"
    inside = ["sh", "-c", 'mkfifo /run/go && exec "$@"', "sh"]
    for error in (ENOSYS, EPERM):
        wrapped = [*inside, *_refused(denying, error, call)]
        options = ["-v", *SLEEPS]
        with start("sh", "-c", script, options=options, init=wrapped) as container:
            container.stdout.until("ready")
            if ASLEEP[call]:
                asleep(container.init_pid)
            else:
                container.event("sleep.failed")
            Path(f"/proc/{container.init_pid}/root/run/go").write_bytes(b"\n")
            assert container.event("orphan.reaped")["code"] == 5
            container.kill(signal.SIGUSR1)
            assert container.stdout.next() == "got 10"
            container.kill(signal.SIGTERM)
            assert container.wait() == 7
            assert not [each for each in container.events() if each["event"] == "init.bug"]


# ---- the monitor's commands ---------------------------------------------------------------


@pytest.mark.parametrize("call", ["clone3", "pidfd_open"])
@pytest.mark.parametrize("error", [ENOSYS, EPERM])
def test_a_check_runs_its_command(call: str, error: int, denying: Path, victim: Path) -> None:
    """It passes, fails with its first line, and ends in time."""
    said = "echo down; exit 3"
    checks = ("good exec period=0.1 -- true", f"bad exec period=0.1 -- sh -c '{said}'")
    hangs = "hangs exec period=0.1 timeout=0.3 -- sleep 60"
    options = [word for check in (*checks, hangs) for word in ("--check", check)]
    with _without(denying, error, call, victim, "15=7", options=options) as container:
        container.stdout.until("ready")
        seen: dict[str, str] = {}
        while len(seen) < 3:
            event = container.event("check.answered")
            seen[event["check"]] = event["why"]
        assert seen == {"good": "exit 0", "bad": "exit 3: down", "hangs": "timed out after 0.3 s"}
        container.kill(signal.SIGTERM)
        assert container.wait() == 7


# ---- hooks, and commands that print secrets -----------------------------------------------


@pytest.mark.parametrize("call", ["clone3", "pidfd_open"])
@pytest.mark.parametrize("error", [ENOSYS, EPERM])
def test_hooks_run_and_secrets_are_read(call: str, error: int, denying: Path) -> None:
    """The app has the secret, and each hook its moment."""
    said = 'echo "$HOOK_MOMENT"'
    options = ["--secrets", "exec:printf 'TOKEN=%s\\n' marker"]
    for moment in ("start", "stop", "end"):
        options += ["--hook", f"{moment} -- sh -c '{said}'"]
    app = ("sh", "-c", 'trap "exit 7" TERM; echo "$TOKEN"; while :; do sleep 0.1; done')
    with _without(denying, error, call, *app, options=options) as container:
        assert container.stdout.next() == "marker"
        container.kill(signal.SIGTERM)
        assert container.wait() == 7
        printed = [each["line"] for each in container.events() if each["event"] == "hook.output"]
        assert printed == ["start", "stop", "end"]
