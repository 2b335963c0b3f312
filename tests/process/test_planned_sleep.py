"""A container with a start plan whose pid 1 sleeps from the start: no Python runs until there is
something to decide, and all else is as in any other container."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import initd
from initd.core.start_plan import decoded, unsealed

from .counting import PID_1
from .namespace import (
    BOUND,
    INITD,
    ONE_FILE,
    PREFIX,
    Container,
    bound,
    full_pipe,
    start,
    status_of,
    wait_until,
)
from .planned_image import Image
from .shell import Shell
from .test_start_plan import ROOM_WITHOUT_PYTHON

#: An interpreter has more private memory than so many kB, and the sleeper less.
INTERPRETER_KB = 1000


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Nothing is planned yet."""
    return Image(tmp_path)


def is_asleep(container: Container) -> bool:
    """Whether pid 1 is asleep just now, without an interpreter."""
    return int(status_of(container.init_pid)["RssAnon"].split()[0]) < INTERPRETER_KB


def asleep(container: Container) -> Container:
    """The container, as soon as its app runs and pid 1 sleeps."""
    container.event("app.started")
    assert is_asleep(container)
    return container


# ---- no Python ------------------------------------------------------------------------------


def test_no_python_runs_while_there_is_nothing_to_decide(image: Image, tmp_path: Path) -> None:
    """Every exec is traced. Health is asked for, and orphans end; then the app does."""
    script = (
        f"until {INITD} health >/dev/null; do :; done; {INITD} health;"
        f" {INITD} health --ready --verbose;"
        " (sleep 0 &); sleep 0.2; grep RssAnon /proc/1/status; /bin/true; exit 3"
    )
    image.build("sh", "-c", script)
    trace = tmp_path / "trace"
    strace = [
        "strace",
        "--follow-forks",
        "--quiet=all",
        "--seccomp-bpf",
        "--trace=execve",
        "--output",
        str(trace),
    ]
    run = ["sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh"]
    words = [*strace, *PID_1, *run, *image.inside(), INITD, "--", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 3, done
    healthy, *ready, memory = done.stdout.splitlines()
    assert re.fullmatch(r"healthy: running: pid 3, up \d+ s", healthy)
    assert ready[1].startswith("[+] app: running: pid 3")
    assert int(memory.split()[1]) < INTERPRETER_KB
    if not ONE_FILE:
        begun, _, ended = trace.read_text().partition('execve("/bin/true"')
        asked = begun[begun.index(f'execve("{INITD}"') :]
        python = re.compile(r'execve\("[^"]*/python3[^/"]*"')
        assert not python.search(asked)
        assert python.search(ended)


def test_the_app_s_signals_pass_through(image: Image, victim: Path) -> None:
    """While pid 1 sleeps; the line about it comes a moment later."""
    image.build(victim, "15=4")
    with image.start(victim, "15=4") as container:
        asleep(container)
        for number in (signal.SIGHUP, signal.SIGUSR1):
            container.kill(number)
            assert container.stdout.until("got") == f"got {number}"
        assert [container.event("signal.received")["signal"] for _ in range(2)] == ["HUP", "USR1"]


def test_a_stop_stops_the_app(image: Image, victim: Path) -> None:
    """And init ends with its code."""
    image.build(victim, "15=4")
    with image.start(victim, "15=4") as container:
        asleep(container).kill(signal.SIGTERM)
        assert container.stdout.until("got") == "got 15"
        assert container.wait() == 4
        names = [event["event"] for event in container.events()]
    assert names[0] == "app.started"
    assert names[-2:] == ["app.exited", "init.exit"]


def test_status_is_right_after_a_sleep(image: Image, victim: Path) -> None:
    """Since when the app runs, what was done meanwhile, and how long the sleep was."""
    image.build(victim, "15=4")
    with image.start(victim, "15=4") as container:
        asleep(container)
        app = container.host_pid(3)
        status = container.status()
        ticks = int(Path(f"/proc/{app}/stat").read_text().rpartition(")")[2].split()[19])
        began = ticks / os.sysconf("SC_CLK_TCK")
        boot = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
        assert abs(status["app"]["since"] - (began - boot)) < 1
        assert status["app"]["uptime_seconds"] < time.monotonic() - status["app"]["since"]
        assert (status["state"], status["app"]["pid"], status["shim"]["pid"]) == ("running", 3, 2)
        assert status["sleep"]["count"] == 1
        assert 0 < status["sleep"]["seconds"] <= status["app"]["uptime_seconds"] + 0.01
        assert status_of(container.init_pid)["Name"] == "initd"
        assert container.verb("restart").returncode == 0
        container.event("app.started")
        assert container.status()["restarts"] == 1


# ---- the same log ---------------------------------------------------------------------------


def said(container: Container, *numbers: int) -> tuple[list[str], int]:
    """The log's lines without what differs from run to run, and init's exit code. Between two
    signals, the app answers."""
    if numbers:
        container.stdout.until("ready")
    for number in numbers:
        container.kill(number)
        container.stdout.until("got")
    code = container.wait()
    assert container.log_pipe is not None
    container.log_pipe.rest()
    lines = container.log_pipe.seen
    return [
        re.sub(r"[\d:T.-]{12,}Z?|seconds\W+[\d.]+|after [\d.]+ s", "", line) for line in lines
    ], code


@pytest.mark.parametrize(
    "options",
    [
        ["-v"],
        ["--log-format", "console"],
        ["--grace", "3", "--stop-plan", "USR1:5 TERM"],
        ["--warn-reaped", "--user", "daemon", "--session"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("numbers", [(1, 15), ()], ids=["stopped", "ends"])
def test_the_log_is_that_of_a_container_that_stays_awake(
    image: Image, victim: Path, options: list[str], numbers: tuple[int, ...]
) -> None:
    """Line by line."""
    app = [str(victim), "15=4", "10=5"] if numbers else ["sh", "-c", "exit 3"]
    shutil.copy(victim, image.etc / "victim")  # where every user may run it
    app[0] = "/etc/victim" if numbers else "sh"
    with image.start(*app, options=["--no-sleep", *options]) as container:
        without = said(container, *numbers)
    image.build(*app, options=options)
    with image.start(*app, options=options) as container:
        assert said(container, *numbers) == without


@pytest.mark.parametrize(("command", "code"), [("no-such-command", 127), ("/etc/passwd", 126)])
def test_an_app_that_can_not_be_started_is_told_of_as_ever(
    image: Image, command: str, code: int
) -> None:
    """Then there is something to decide at once."""
    with image.start(command) as container:
        without = said(container)
    image.build(command)
    with image.start(command) as container:
        assert said(container) == without
    assert without[1] == code


def test_a_log_that_nobody_reads_keeps_nobody_waiting(image: Image, victim: Path) -> None:
    """The lines are counted, as ever."""
    image.build(victim, "15=4")
    with full_pipe() as stderr, image.start(victim, "15=4", stderr=stderr) as container:
        container.stdout.until("ready")
        wait_until(lambda: container.verb("health").returncode == 0, "the sleeper answers")
        assert is_asleep(container)
        container.kill(signal.SIGTERM)
        assert container.wait() == 4


# ---- the control socket ---------------------------------------------------------------------

LEFT = "import socket; socket.socket(socket.AF_UNIX).bind('/run/initd/control.sock')"
_PRIVATE = "mount -t tmpfs tmpfs /tmp; mount -t tmpfs tmpfs /dev/shm; chmod 755 /run; "


@pytest.mark.parametrize(
    ("before", "options", "place"),
    [
        ("", [], "/run/initd/control.sock"),
        (f'mkdir /run/initd; python3 -c "{LEFT}"; ', [], "/run/initd/control.sock"),
        ("mount -o remount,ro /run; ", [], "/tmp/initd-0/control.sock"),
        (
            "mkdir -m 777 /tmp/initd-0; mount -o remount,ro /run; ",
            [],
            "/dev/shm/initd-0/control.sock",
        ),
        ("", ["--socket", "/tmp/there"], "/tmp/there"),
    ],
    ids=["first", "left behind", "no /run", "another's /tmp", "configured"],
)
def test_the_control_socket_is_where_it_always_is(
    image: Image, victim: Path, before: str, options: list[str], place: str
) -> None:
    """With the rights of one that Python has made, and gone at the end."""
    shutil.copy(victim, image.etc / "victim")
    image.build("/etc/victim", "15=4", options=options)
    (plan,) = decoded(unsealed(image.plan_file.read_bytes()), initd.__version__)
    image.change(shim=plan.shim.replace(os.fsencode(PREFIX), b"/mnt", 1))
    inside = [*image.inside(), *bound(_PRIVATE + before), BOUND]
    with start("/etc/victim", "15=4", options=options, init=inside, launcher=BOUND) as container:
        asleep(container)
        there = Path(f"/proc/{container.init_pid}/root{place}").lstat()
        assert there.st_mode & 0o777 == 0o600
        folder = os.path.dirname(place)
        if not options:
            mode = Path(f"/proc/{container.init_pid}/root{folder}").lstat().st_mode
            assert mode & 0o777 == 0o755
        answer = container.verb("health", *(options or ("--socket", place)))
        assert answer.returncode == 0, answer
        assert is_asleep(container)
        assert container.verb("stop", *(options or ("--socket", place))).returncode == 0
        assert container.wait() == 4


def test_without_any_place_for_the_socket_the_start_is_the_ordinary_one(
    image: Image, victim: Path
) -> None:
    """Python has to say so."""
    image.build(victim, "15=4", options=["--socket", "/proc/there"])
    options = ["--socket", "/proc/there"]
    with image.start(victim, "15=4", options=options) as container:
        container.event("control.unavailable")
        container.kill(signal.SIGTERM)
        assert container.wait() == 4


# ---- an app with a name of its own ----------------------------------------------------------


def test_an_app_with_a_name_of_its_own_has_it_from_a_sleeper(image: Image) -> None:
    """Who wakes up knows the name by the kernel's of that time, and the line to look after."""
    show = "uname -n; env | sort; echo shown; exec sleep 100"
    options = ["--domain", "example.org"]
    env = {"PATH": os.environ["PATH"], "HOSTNAME": "web1", "INITD_LOG_LEVEL": "warning"}
    dockers = "192.0.2.9\tweb1\n"
    line = "192.0.2.9 web1.example.org web1\n"
    engine = image.given_hosts(dockers)
    image.build("sh", "-c", show, options=options, env=env)
    init = [*image.inside(engine), INITD]
    with start("sh", "-c", show, options=options, init=init, launcher=INITD, env=env) as container:
        first = list(iter(container.stdout.next, "shown"))
        assert first[0] == "web1.example.org"
        assert container.verb("health").returncode == 0
        assert is_asleep(container)
        assert image.hosts.read_text() == line + dockers
        rename = ["nsenter", "-t", str(container.init_pid), "--uts", "hostname", "other"]
        subprocess.run(rename, check=True)
        image.hosts.write_text(dockers)
        assert container.verb("health").returncode == 0
        wait_until(lambda: "web1.example.org" in image.hosts.read_text(), "the line is back")
        status = container.status()
        assert (status["hostname"], status["sleep"]["count"]) == ("web1.example.org", 1)
        assert container.verb("restart").returncode == 0
        assert list(iter(container.stdout.next, "shown")) == first
        container.kill(signal.SIGTERM)
        assert container.wait() == 143
        assert container.events() == []


# ---- awake all the same ---------------------------------------------------------------------


def test_init_that_may_not_signal_the_app_says_so_at_once(image: Image, victim: Path) -> None:
    """It needs CAP_KILL for an app of another user."""
    options = ["--user", "daemon"]
    shutil.copy(victim, image.etc / "victim")
    image.build("/etc/victim", "15=4", options=options)
    for dropped, line in (
        (["setpriv", "--bounding-set", "-kill"], "init.cannot-signal-app"),
        ([], ""),
    ):
        inside = [*image.inside(), *dropped, INITD]
        with start(
            "/etc/victim", "15=4", options=options, init=inside, launcher=INITD
        ) as container:
            assert container.log_pipe is not None
            first: dict[str, Any] = json.loads(container.log_pipe.next() or "")
            assert first["event"] == (line or "app.started")
            assert is_asleep(container) is (not line)


def test_a_terminal_that_init_keeps_keeps_it_awake(image: Image, victim: Path) -> None:
    """An app that stops on WINCH must not get one for each resize; who asks for the terminal is
    lent it, which is for Python to do."""
    options = ["--stop-plan", "WINCH"]
    image.build(victim, "28=4", options=options)
    ours, theirs = pty.openpty()
    inside = ["setsid", "--ctty", *image.inside(), INITD]
    try:
        with start(
            *(victim, "28=4"), options=options, init=inside, launcher=INITD, stdin=theirs
        ) as container:
            container.event("app.started")
            assert not is_asleep(container)
        with image.start(victim, "28=4", options=options) as container:
            asleep(container).kill(signal.SIGTERM)
            assert container.wait() == 4
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_plan_speaks_no_json_to_a_person(image: Image, victim: Path) -> None:
    """Its first lines were made for programs: at a terminal, init is awake and writes its own."""
    image.build(victim, "15=4")
    pid_1 = "unshare --pid --fork --kill-child=KILL --mount-proc".split()
    with Shell([*pid_1, *image.inside(), INITD, "--", str(victim), "15=4"]) as terminal:
        assert '{"' not in terminal.expect("app.started")


@pytest.mark.parametrize("options", [["--no-sleep"], ["--check", "up tcp 127.0.0.1:1"]], ids=str)
def test_who_needs_python_has_it_from_the_start(
    image: Image, victim: Path, options: list[str]
) -> None:
    """As the plan was made."""
    image.build(victim, "15=4", options=options)
    with image.start(victim, "15=4", options=options) as container:
        container.event("app.started")
        assert not is_asleep(container)


# ---- the first waking -----------------------------------------------------------------------


@pytest.mark.parametrize("text", ['[stop]\nplan = "KILL"\n', "[app]\nwrong = 1\n"])
def test_a_file_that_has_changed_since_the_start_counts_for_the_next_one(
    image: Image, victim: Path, text: str
) -> None:
    """The configuration is that of the start, as if Python had read it then."""
    file = image.etc / "initd.toml"
    file.write_text('[stop]\nplan = "USR1"\n')
    image.build(victim, "10=5")
    with image.start(victim, "10=5") as container:
        asleep(container)
        file.write_text(text)
        assert container.status()["stop_plan"] == "USR1"
        container.kill(signal.SIGTERM)
        assert container.wait() == 5
        assert not [each for each in container.events() if each["event"].startswith("plan.")]


def test_an_app_keeps_its_environment_over_a_restart(image: Image) -> None:
    """That which the container was given, and what the configuration adds."""
    (image.etc / "initd.toml").write_text('[app.env]\nADDED = "1"\n')
    command = ["sh", "-c", "env | sort; echo end; exec sleep 60"]
    given = {"PATH": os.environ["PATH"], "GIVEN": "2", "INITD_LOG_LEVEL": "info"}
    image.build(*command, env=given)
    with image.start(*command, env=given) as container:
        asleep(container)
        first = list(iter(container.stdout.next, "end"))
        assert {"ADDED=1", "GIVEN=2"} <= set(first)
        assert container.verb("restart").returncode == 0
        assert list(iter(container.stdout.next, "end")) == first


def test_without_python_the_sleeper_does_what_it_can(image: Image, victim: Path) -> None:
    """It never was there: signals reach the app, whose code is init's."""
    image.build(victim, "10=4")
    if ONE_FILE:
        room = os.stat(INITD).st_size + ROOM_WITHOUT_PYTHON
        launcher = ["prlimit", f"--as={room}", INITD]
    else:
        image.open_gate_for_good()
        launcher = [str(image.gated)]
    inside = [*image.inside(), *launcher]
    with start(victim, "10=4", init=inside, launcher=INITD) as container:
        asleep(container)
        if not ONE_FILE:
            image.break_interpreter()
        for number in (signal.SIGHUP, signal.SIGUSR1):
            container.kill(number)
            assert container.stdout.until("got") == f"got {number}"
        assert container.wait() == 4
        assert container.log_pipe is not None
        lines = container.log_pipe.rest()
        assert [line for line in lines if line.startswith("initd: cannot ")], lines
