"""A container with a start plan: its app runs before Python does, and nothing else differs."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import initd
from initd.core.start_plan import decoded, unsealed
from initd.paths import START_PLAN

from .namespace import BOUND, INITD, NICE, ONE_FILE, Container, bound, start, status_of, wait_until
from .planned_image import Image

#: Bytes of address space in which the one file starts a planned app, but no interpreter.
ROOM_WITHOUT_PYTHON = 1_500_000


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Nothing is planned yet."""
    return Image(tmp_path)


def names_of(container: Container) -> list[str]:
    return [event["event"] for event in container.events()]


def await_state(pid: int, state: str) -> None:
    """A letter of proc(5)."""
    wait_until(lambda: status_of(pid)["State"][0] == state, f"{pid} is in state {state}")


# ---- before Python --------------------------------------------------------------------------


def test_the_app_runs_while_there_is_no_python_yet(image: Image, victim: Path) -> None:
    """As pid 3 below pid 2; init then goes on with it as if it had started it."""
    image.build(victim, "15=4")
    with image.start(victim, "15=4", gated=True) as container:
        assert container.stdout.until("ready").split()[1:3] == ["3", "2"]
        image.open_gate()
        assert container.event("app.started")["app"] == 3
        status = container.status()
        assert (status["state"], status["shim"]["pid"]) == ("running", 2)
        container.kill(signal.SIGTERM)
        assert container.wait() == 4
        assert "plan.differs" not in names_of(container)


def test_a_signal_that_comes_before_python_is_delivered(image: Image, victim: Path) -> None:
    """It is blocked, so it waits; and becomes a stop by the app's plan."""
    options = ["--stop-plan", "USR2"]
    image.build(victim, "12=6", options=options)
    with image.start(victim, "12=6", gated=True, options=options) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGTERM)
        image.open_gate()
        assert container.stdout.until("got") == "got 12"
        assert container.wait() == 6


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 7", 7), ("kill -KILL $$", 137), ("(exec sleep 0 &) ; exit 5", 5)],
)
def test_an_app_that_ends_before_python_leaves_its_code(
    image: Image, script: str, code: int
) -> None:
    """Its corpse, and those of orphans, wait for init."""
    image.build("sh", "-c", script)
    with image.start("sh", "-c", script, gated=True) as container:
        init = container.init_pid
        wait_until(lambda: _all_ended(container, init), "app and shim have ended")
        image.open_gate()
        assert container.wait() == code
        assert names_of(container)[-3:-1] == ["app.started", "app.exited"]


def _all_ended(container: Container, init: int) -> bool:
    others = [pid for pid in container.tree() if pid != init]
    states = [status_of(pid)["State"][0] for pid in others]
    return len(states) >= 2 and set(states) == {"Z"}


@pytest.mark.parametrize(
    ("command", "code"), [("no-such-command", 127), ("/etc/passwd", 126), ("/etc", 126)]
)
def test_a_command_that_can_not_be_run_is_told_of_as_ever(
    image: Image, command: str, code: int
) -> None:
    """Init finds the shim's report, whenever it comes to read it."""
    image.build(command)
    with image.start(command, gated=True) as container:
        image.open_gate()
        assert container.wait() == code
        assert container.log_pipe is not None
        said = [line for line in container.log_pipe.rest() if not line.startswith("{")]
        assert len(said) == 1
        assert repr(command) in said[0]


@pytest.mark.parametrize("later", [False, True], ids=["app runs", "app has ended"])
def test_a_shim_that_is_killed_before_python_costs_the_app_nothing(
    image: Image, later: bool
) -> None:
    """Its report is in the pipe, and the app's corpse comes to init."""
    command = ["sh", "-c", "echo ready; read line; exit 7"]
    image.build(*command)
    ours, theirs = os.pipe()
    with image.start(*command, gated=True, stdin=ours) as container:
        os.close(ours)
        container.stdout.until("ready")
        app, init = container.host_pid(3), container.init_pid
        os.kill(container.host_pid(2), signal.SIGKILL)
        wait_until(lambda: status_of(app)["PPid"] == str(init), "the app is init's")
        if later:
            os.close(theirs)
            await_state(app, "Z")
        image.open_gate()
        container.event("shim.lost")
        if not later:
            os.close(theirs)
        assert container.wait() == 7


def test_a_stop_before_python_is_known_to_init(image: Image, victim: Path) -> None:
    """More reports than one may be in the pipe."""
    image.build(victim, "15=4")
    with image.start(victim, "15=4", gated=True) as container:
        container.stdout.until("ready")
        app = container.host_pid(3)
        for number, state in ((signal.SIGSTOP, "T"), (signal.SIGCONT, "S"), (signal.SIGSTOP, "T")):
            os.kill(app, number)
            await_state(app, state)
        image.open_gate()
        container.event("app.stopped")
        container.kill(signal.SIGTERM)  # init wakes whom it stops
        assert container.wait() == 4


def test_a_mistake_that_comes_behind_the_launcher_ends_init_and_the_app(image: Image) -> None:
    """Nothing runs without an init."""
    image.build("sh", "-c", "echo ready; exec sleep 60")
    with image.start("sh", "-c", "echo ready; exec sleep 60", gated=True) as container:
        container.stdout.until("ready")
        (image.etc / "initd.toml").write_text("[app]\nwrong = 1\n")
        image.open_gate()
        assert container.wait() == 125
        assert container.stdout.rest() == []  # to the end: the app has gone too
        assert container.log_pipe is not None
        assert "app.wrong: unknown key" in container.log_pipe.rest()[0]


# ---- the same app ---------------------------------------------------------------------------

SHOW = """
tr '\\0' '\\n' < /proc/$$/environ
pwd; umask; ulimit -n; ulimit -c; nice; echo $$ $PPID "$@"
ls /proc/$$/fd
grep -E '^(Sig(Blk|Ign|Pnd)|Uid|Gid|Groups|Cap|NoNewPrivs|NSsid|NSpgid)' /proc/self/status
cat /proc/$$/oom_score_adj
"""


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--session", "--umask", "027", "--chdir", "/usr"],
        ["--user", "daemon", "--nice", str(NICE), "--limit", "nofile=500", "--limit", "core=0"],
        ["--cap-drop", "ALL", "--cap-keep", "KILL", "--no-new-privs", "--oom-score-adj", "300"],
        ["--user=0:0", "--check=up tcp 127.0.0.1:1"],
    ],
    ids=" ".join,
)
def test_it_is_started_as_without_a_plan(image: Image, options: list[str]) -> None:
    """Environment, limits, rights, directory, pids: byte for byte."""
    (image.etc / "initd.toml").write_text('[app.env]\nHOME = "/elsewhere"\nADDED = "1 = 2"\n')
    env = {"PATH": os.environ["PATH"], "LANG": "C", "EMPTY": "", "HOME": "/h", "A": "b"}
    env["LD_LIBRARY_PATH"] = "/nowhere"  # which init's own interpreter is not to see
    command = ["sh", "-c", SHOW, "sh", "a word", ""]
    said = []
    for planned in (False, True):
        if planned:
            image.build(*command, options=options, env={"PATH": env["PATH"]})
        with image.start(*command, options=options, env=env) as container:
            said.append(container.stdout.rest())
            assert container.wait() == 0
            assert not [name for name in names_of(container) if name.startswith("plan.")]
    assert said[1] == said[0]
    assert "ADDED=1 = 2" in said[0]


# ---- an app with a name of its own ----------------------------------------------------------

DOCKERS = "127.0.0.1\tlocalhost\n192.0.2.9\tweb1\n"
#: What the app sees of its name, and what others do.
SHOW_NAME = (
    "uname -n; env | sort; cat /etc/hosts /run/initd/hostname; ls -A /run/initd; ls /proc/$$/fd;"
    " stat -c '%a %u %F %n' /run /run/initd /run/initd/hostname; echo shown; exec sleep 100"
)
#: An earlier start, which was killed; and a descriptor for the app.
BEFORE = (
    "exec 9</dev/null; mkdir /run/initd; echo old.x >/run/initd/hostname;"
    " echo >/run/initd/.hostname.1;"
    " python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/run/initd/control.sock\")';"
)


def named(**more: str) -> dict[str, str]:
    """Variables of a container."""
    return {"PATH": os.environ["PATH"], "INITD_LOG_LEVEL": "info", **more}


@pytest.mark.parametrize(
    ("options", "env", "hosts", "before", "name"),
    [
        ([], {"INITD_DOMAIN": "example.org", "HOSTNAME": "web1"}, DOCKERS, "", "web1.example.org"),
        (["--hostname", "shop.x"], {"HOSTNAME": "mine"}, f"{DOCKERS}10.0.0.1 shop", "", "shop.x"),
        (["--config", "/etc/named.toml"], {}, DOCKERS, "umask 077;", "web1.eu.x"),
        (["--domain", "x"], {}, f"10.0.0.1 web1.x\n{DOCKERS}", BEFORE, "web1.x"),
    ],
    ids=["a domain", "a name", "of a file", "another start"],
)
def test_an_app_with_a_name_of_its_own_starts_as_without_a_plan(
    image: Image, options: list[str], env: dict[str, str], hosts: str, before: str, name: str
) -> None:
    """The same environment, files and line in /etc/hosts, and init tells the same."""
    (image.etc / "named.toml").write_text('[host]\ndomain = "eu.x"\n[app.env]\nHOSTNAME = ""\n')
    command = ["sh", "-c", SHOW_NAME]
    image.given_hosts(hosts)
    image.build(*command, options=options, env=named(**env))
    said = []
    for planned in (True, False):
        if not planned:
            image.plan_file.unlink()
        engine = image.given_hosts(hosts)
        init = [*image.inside(engine + before), INITD]
        with start(
            *command, options=options, init=init, launcher=INITD, env=named(**env)
        ) as container:
            container.stdout.until("shown")
            container.event("app.started")
            assert container.status()["hostname"] == name
            assert container.verb("hostname").stdout == f"{name}\n"
            container.kill(signal.SIGTERM)
            container.wait()
            told = ("event", "name", "addresses")
            events = [
                {key: event[key] for key in told if key in event}
                for event in container.events()
                if event["event"].startswith(("hostname.", "plan."))
            ]
            said.append((container.stdout.seen, events))
    assert said[0] == said[1]
    assert said[0][0][0] == name
    added = name not in hosts.split()
    assert [event["event"] for event in said[0][1]] == ["hostname.resolvable"] * added


def test_an_app_with_a_name_runs_while_there_is_no_python_yet(image: Image) -> None:
    """It has its name, and so do others; then init goes on with the launcher's socket."""
    command = ["sh", "-c", SHOW_NAME]
    engine = image.given_hosts(DOCKERS)
    image.build(*command, options=["--domain", "example.org"], env=named())
    image.keep_awake()
    init = [*image.inside(engine), str(image.gated)]
    with start(
        *command, options=["--domain", "example.org"], init=init, launcher=INITD, env=named()
    ) as container:
        container.stdout.until("shown")
        assert container.stdout.seen[0] == "web1.example.org"
        there = os.stat(f"/proc/{container.init_pid}/root/run/initd/control.sock")
        image.open_gate()
        assert container.event("hostname.resolvable")["addresses"] == ["192.0.2.9"]
        container.event("app.started")
        assert container.status()["hostname"] == "web1.example.org"
        same = os.stat(f"/proc/{container.init_pid}/root/run/initd/control.sock")
        assert same.st_ino == there.st_ino
        image.hosts.write_text(DOCKERS)  # as a kubelet does
        container.status()
        line = "192.0.2.9 web1.example.org web1\n"
        wait_until(lambda: image.hosts.read_text().count(line) == 1, "the line is there again")
        container.kill(signal.SIGTERM)
        assert container.wait() == 143


LISTENING = (
    "mkdir /run/initd; python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX);"
    ' s.bind("/run/initd/control.sock"); s.listen(); open("/run/there", "w"); time.sleep(100)\' &'
    " until test -e /run/there; do sleep 0.01; done;"
)
FULL = (
    "mount -t tmpfs -o size=4k tmpfs /mnt; { printf '10.0.0.1 web1\\n';"
    " head -c 4070 /dev/zero | tr '\\0' '#'; } >/mnt/h; mount --bind /mnt/h /etc/hosts;"
)


UNWRITABLE = ("engine's", "hosts cannot", "too long, or not", "no room")


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        ("hostname web1.kernel.org;", "the kernel's host name is fully qualified"),
        ("echo web_1 >/proc/sys/kernel/hostname;", "the host name would be invalid or too long"),
        ("umount /etc/hosts;", "/etc/hosts is not an engine's"),
        (
            "printf '127.0.0.1 localhost' >/etc/hosts;",
            "/etc/hosts has no address for the kernel's host name",
        ),
        ("mount -o remount,ro,bind /etc/hosts;", "/etc/hosts cannot be written"),
        (
            "mount --bind /dev/null /etc/hosts;",
            "/etc/hosts is too long, or not a regular file",
        ),
        (FULL, "/etc/hosts has no room for another line"),
        (
            "mkdir -m 777 /run/initd;",
            "/run/initd/control.sock is another init's, or cannot be made",
        ),
        (LISTENING, "/run/initd/control.sock is another init's, or cannot be made"),
        ("mkdir -p /run/initd/hostname;", "/run/initd/hostname cannot be written"),
        (
            "mkdir -p /run/initd/hostnames;",
            "/run/initd/hostnames is there: containers share the directory",
        ),
    ],
    ids=lambda each: each[:30],
)
def test_whatever_is_unusual_about_a_name_is_for_python(
    image: Image, engine: str, why: str
) -> None:
    """The launcher leaves its socket to nobody, and the line says what was in the way."""
    command, options = ["sh", "-c", "echo $INITD_HOSTNAME; exit 3"], ["--domain", "example.org"]
    given = image.given_hosts(DOCKERS)
    image.build(*command, options=options, env=named())
    init = [*image.inside(f"{given}{{ {engine} }} && "), INITD]
    with start(*command, options=options, init=init, launcher=INITD, env=named()) as container:
        assert container.wait() == 3
        assert container.stdout.rest() == ["web1.example.org" if "web_1" not in engine else ""]
        events = container.events()
    assert [each["why"] for each in events if each["event"] == "plan.unused"] == [why]
    names = [each["event"] for each in events]
    assert ("control.elsewhere" in names) is (engine is LISTENING)
    assert ("hostname.unresolvable" in names) is any(each in why for each in UNWRITABLE)


def test_a_hosts_file_that_somebody_holds_is_for_python(image: Image) -> None:
    """Which waits for half a second."""
    command, options = ["sh", "-c", "exit 3"], ["--domain", "example.org"]
    init = [*image.inside(image.given_hosts(DOCKERS)), INITD]
    image.build(*command, options=options, env=named())
    with image.hosts.open("r+b") as held:
        os.lockf(held.fileno(), os.F_LOCK, 0)
        with start(*command, options=options, init=init, launcher=INITD, env=named()) as container:
            assert container.event("plan.unused")["why"] == "/etc/hosts is being written to"
            assert container.wait() == 3


# ---- as without a plan, again ---------------------------------------------------------------


def test_of_a_variable_that_stands_twice_the_first_one_counts(image: Image, tmp_path: Path) -> None:
    """As init has it; and what is no NAME=VALUE is left out."""
    twice = tmp_path / "twice"
    source = tmp_path / "twice.c"
    source.write_text(
        "#include <unistd.h>\nint main(int c, char **v) { (void)c; char *e[] ="
        ' {"PATH=/usr/bin:/bin", "A=1", "noise", "=x", "A=2", "B=3", 0};'
        " return execve(v[1], v + 1, e); }\n"
    )
    subprocess.run(["cc", source, "-o", twice], check=True)
    said = []
    for planned in (False, True):
        if planned:
            image.build("env")
        inside = [*image.inside(), str(twice), INITD]
        with start("env", init=inside, launcher=INITD) as container:
            said.append(sorted(container.stdout.rest()))
            assert container.wait() == 0
    assert said[0] == said[1] == ["A=1", "B=3", "PATH=/usr/bin:/bin"]


def test_without_the_right_to_choose_pids_the_app_starts_all_the_same(image: Image) -> None:
    """As under an engine that drops CAP_SYS_ADMIN and CAP_CHECKPOINT_RESTORE."""
    script = 'test $PPID -gt 1 && echo "below a shim"; exit 3'
    image.build("sh", "-c", script)
    dropped = ["setpriv", "--bounding-set", "-sys_admin,-checkpoint_restore", INITD]
    with start("sh", "-c", script, init=[*image.inside(), *dropped], launcher=INITD) as container:
        assert container.stdout.rest() == ["below a shim"]
        assert container.wait() == 3
        assert not [name for name in names_of(container) if name.startswith("plan.")]


def test_a_restart_is_an_ordinary_start(image: Image, victim: Path) -> None:
    """The plan was for the first one."""
    image.build(victim, "15=0")
    with image.start(victim, "15=0") as container:
        assert container.stdout.until("ready").split()[1:3] == ["3", "2"]
        container.event("app.started")
        assert container.verb("restart").returncode == 0
        container.stdout.until("ready")
        container.event("app.started")
        assert container.status()["restarts"] == 1
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of one."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("options", [[], ["--session"]], ids=["", "--session"])
def test_the_terminal_is_the_apps(
    image: Image, terminal: tuple[int, int], options: list[str]
) -> None:
    """As without a plan: whether there is one is seen when the container starts."""
    _, theirs = terminal
    ask = "import os\ntry: print(os.tcgetpgrp(0) == os.getpgrp())\nexcept OSError as e: print(e)"
    said = []
    for planned in (False, True):
        if planned:
            image.build(sys.executable, "-c", ask, options=options)
        inside = ["setsid", "--ctty", *image.inside(), INITD]
        with start(
            *(sys.executable, "-c", ask), options=options, init=inside, launcher=INITD, stdin=theirs
        ) as container:
            said.append(container.stdout.rest())
            assert container.wait() == 0
            assert not [name for name in names_of(container) if name.startswith("plan.")]
    assert said[0] == said[1]
    assert (said[0] == ["True"]) is (options == [])


# ---- the ordinary start ---------------------------------------------------------------------


def assert_unused(image: Image, why: str, *command: str, **how: Any) -> None:
    """The app starts in the ordinary way, and one line says why."""
    with image.start(*(command or ("sh", "-c", "echo runs; exit 3")), **how) as container:
        assert container.stdout.rest() == ["runs"]
        assert container.wait() == 3
        events = container.events()
    said = [event["why"] for event in events if event["event"] == "plan.unused"]
    assert said == [why]
    assert events[0]["level"] == "info"


def test_what_does_not_hold_leaves_the_ordinary_start(image: Image) -> None:
    """Words, variables, files that have come, gone, or changed; and a plan that is none."""
    file = image.etc / "initd.toml"
    file.write_text('[app.env]\nA = "1"\n')
    image.build("sh", "-c", "echo runs; exit 3")
    whole = image.plan_file.read_bytes()

    assert_unused(image, "the command line differs", "sh", "-c", "echo runs;  exit 3")
    assert_unused(
        image,
        "an INITD_ variable is set that is not in the plan",
        env={**os.environ, "INITD_NICE": str(NICE)},
    )
    file.write_text('[app.env]\nA = "2"\n')
    changed = "/etc/initd.toml has changed since the image was built"
    assert_unused(image, changed)
    file.unlink()
    assert_unused(image, changed)
    file.write_text('[app.env]\nA = "1"\n')

    damaged = f"{START_PLAN} is damaged"
    for spoilt in (b"", b"noise", whole[:-1], whole + b"x" * 200_000):
        image.plan_file.write_bytes(spoilt)
        assert_unused(image, damaged)
    image.plan_file.write_bytes(whole.replace(initd.__version__.encode(), b"9.9.9", 1))
    assert_unused(image, f"{START_PLAN} was made by another version of initd")
    image.plan_file.unlink()
    image.plan_file.mkdir()
    assert_unused(image, f"{START_PLAN} cannot be read")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_flipped_bit_leaves_the_ordinary_start(image: Image, part: float) -> None:
    """Whatever stands there: it could have started something else."""
    image.build("sh", "-c", "echo runs; exit 3")
    flipped = bytearray(image.plan_file.read_bytes())
    flipped[100 + int((len(flipped) - 101) * part)] ^= 1
    image.plan_file.write_bytes(flipped)
    assert_unused(image, f"{START_PLAN} is damaged")


def test_a_plan_of_any_length_is_whole(image: Image) -> None:
    """The launcher takes eight bytes at once, and what is left one by one."""
    for more in range(8):
        command = ("sh", "-c", f"echo runs {'x' * more}; exit 3")
        image.build(*command)
        with image.start(*command) as container:
            assert container.wait() == 3
            names = [event["event"] for event in container.events()]
        assert "plan.unused" not in names
        image.plan_file.unlink()


def test_a_plan_that_others_can_write_leaves_the_ordinary_start(image: Image) -> None:
    """It would lend them init's rights, in the next start of the same container."""
    image.build("sh", "-c", "echo runs; exit 3")
    why = f"{START_PLAN} is writable by users other than root"
    for mode in (0o664, 0o646):
        image.plan_file.chmod(mode)
        assert_unused(image, why)
    image.plan_file.chmod(0o644)
    os.chown(image.plan_file, 54321, 0)
    assert_unused(image, why)
    elsewhere = image.plan_file.rename(image.etc / "elsewhere")
    image.plan_file.symlink_to("/etc/elsewhere")
    assert_unused(image, why)
    assert elsewhere.exists()


def test_who_starts_init_may_own_the_plan(image: Image) -> None:
    """Or root: a container that runs as somebody else has it from the image."""
    image.build("sh", "-c", "echo runs; exit 3")
    somebody = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", BOUND]
    for owner in (0, 54321):
        os.chown(image.plan_file, owner, 0)
        inside = [*image.inside(), *bound(), *somebody]
        with start("sh", "-c", "echo runs; exit 3", init=inside, launcher=INITD) as container:
            assert container.stdout.rest() == ["runs"]
            assert container.wait() == 3
            assert not [name for name in names_of(container) if name.startswith("plan.")]


def test_a_file_that_has_come_leaves_the_ordinary_start(image: Image) -> None:
    """A ConfigMap mounted over what the image has."""
    image.build("sh", "-c", "echo runs; exit 3")
    (image.etc / "initd.toml").write_text("")
    assert_unused(image, "/etc/initd.toml did not exist when the image was built")


def test_a_shim_that_can_not_be_started_leaves_the_ordinary_start(image: Image) -> None:
    """One that is gone, and one that is not a program."""
    image.build("sh", "-c", "echo runs; exit 3")
    image.change(shim=b"/no/such/shim")
    assert_unused(image, "/no/such/shim is missing or not executable")
    broken = image.etc / "broken"
    broken.write_text("no program")
    broken.chmod(0o755)
    image.change(shim=b"/etc/broken")
    assert_unused(image, "the shim could not be started")


def test_without_an_interpreter_no_app_is_started(image: Image) -> None:
    """Nobody would look after it. The one file brings its own, and looks for none."""
    mark = image.etc / "ran"
    command = ["sh", "-c", "echo > /etc/ran"]
    image.build(*command)
    if ONE_FILE:
        image.open_gate_for_good()
        assert os.listdir(image.gated.parent) == ["initd"]
        with image.start(*command, gated=True) as container:
            assert container.wait() == 0
        assert mark.exists()
        return
    image.break_interpreter()
    (image.gated.parent / "python3.none").chmod(0o644)
    with image.start(*command, gated=True) as container:
        assert container.wait() == 125
        assert container.log_pipe is not None
        assert "cannot find its Python" in container.log_pipe.rest()[0]
    assert not mark.exists()


def test_a_broken_interpreter_ends_the_app_with_init(image: Image) -> None:
    """It can only be known of by executing it. The one file's is not broken, but may lack
    memory."""
    image.build("sleep", "60")
    image.keep_awake()
    said = "initd: cannot start: "
    if ONE_FILE:
        room = os.stat(INITD).st_size + ROOM_WITHOUT_PYTHON
        limited = ["prlimit", f"--as={room}", INITD]
        container = start("sleep", "60", init=[*image.inside(), *limited], launcher=INITD)
    else:
        image.break_interpreter()
        container = image.start("sleep", "60", gated=True)
        said = "initd: cannot find its Python"
    with container:
        assert container.wait() == 125
        assert container.log_pipe is not None
        lines = container.log_pipe.rest()  # to the end: nobody is left who holds the pipe
        assert [line for line in lines if line.startswith(said)], lines


def test_where_init_is_not_pid_1_no_plan_is_looked_for(image: Image) -> None:
    """The plan's words for the shim say that it is."""
    image.build("sh", "-c", "exit 3")
    words = [*image.inside(), INITD]
    with start("sh", "-c", "exit 3", init=words, pid_1=False) as container:
        assert container.wait() == 3
        assert "plan.unused" not in names_of(container)


def test_a_start_other_than_init_would_have_made_is_told(image: Image) -> None:
    """Init believes no plan: it resolves everything itself, and compares."""
    image.build("sh", "-c", "nice; exec sleep 60")
    (plan,) = decoded(unsealed(image.plan_file.read_bytes()), initd.__version__)
    other = (*plan.argv[:1], b"-p", b"%d" % (20 + NICE), *plan.argv[1:])
    image.change(argv=other, additions={b"ADDED": b"1"})
    with image.start("sh", "-c", "nice; exec sleep 60") as container:
        container.stdout.next()
        assert container.status()["sleep"]["count"] == 1  # which has woken it
        told = container.event("plan.differs")
        container.kill(signal.SIGTERM)
        assert container.wait() == 143
    assert told["level"] == "warning"
    assert told["started"][:2] == ["-p", str(20 + NICE)]
    assert "-p" not in told["wanted"]
    assert told["variables"] == ["ADDED"]


# ---- the verb -------------------------------------------------------------------------------


def test_the_verb_says_what_the_plan_depends_on(image: Image) -> None:
    """A line each."""
    done = image.compile("--user", "root", "--", "sleep", "1", env={"INITD_NICE": "3"})
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest, last = done.stdout.splitlines()
    assert first == f"{START_PLAN}: starts sleep 1 at once, where init finds:"
    assert last == "Then init sleeps, without Python, until there is something to decide"
    facts = dict(line.strip().split("  ", 1) for line in rest)
    assert facts["command line"].strip() == "initd --user root -- sleep 1"
    assert facts["INITD_NICE"].strip() == "3"
    assert facts["/etc/initd.toml"].strip() == "does not exist"
    assert facts["/etc/passwd"].strip() == f"{os.stat('/etc/passwd').st_size} bytes"
    assert image.plan_file.stat().st_mode & 0o777 == 0o644


def test_the_verb_says_why_init_is_awake(image: Image) -> None:
    """Some do more at their start than the launcher can."""
    said = image.compile("--check", "up tcp 127.0.0.1:1", "--", "app").stdout.splitlines()[-1]
    assert said == "Then init starts its Python: there is a monitor, which pid 1 looks after"
    said = image.compile("--", "app", "x" * 5000).stdout.splitlines()[-1]
    assert said.endswith("the first lines of its log are too long for the launcher")
    (image.etc / "long.toml").write_text("#" * 119_000)
    said = image.compile("--config", "/etc/long.toml", "app").stdout.splitlines()[-1]
    assert said.endswith("the plan has not enough room for more")


def test_each_command_line_has_a_plan_of_its_own(image: Image) -> None:
    """A second run for the same one replaces it."""
    for words in (["one"], ["two"], ["one"]):
        image.build(*words)
    said = image.compile("--", "two").stdout
    assert "(one of 2 plans in the file)" in said
    assert len(decoded(unsealed(image.plan_file.read_bytes()), initd.__version__)) == 2


def test_a_secret_file_keeps_the_plan_secret(image: Image, tmp_path: Path) -> None:
    """Its content is in there."""
    secret = tmp_path / "initd.toml"
    secret.write_text("[app]\nnice = 1\n")
    secret.chmod(0o600)
    image.build("true", options=["--config", str(secret)])
    assert image.plan_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["status"],
            1,
            "initd compile: no plan: status is a verb of initd: for a program, use -- st",
        ),
        (["--notify", "--", "app"], 1, "initd compile: no plan: --notify"),
        (
            ["--http", "127.0.0.1:1", "app"],
            1,
            "initd compile: no plan: --http opens its socket before",
        ),
        (
            ["--env-file", "/dev/null", "app"],
            1,
            "initd compile: no plan: --env-file: its values would be in the image",
        ),
        ([], 125, "initd: COMMAND: nothing to run"),
        (["--umask", "9", "--nice", "x", "app"], 125, "initd: --umask: invalid umask '9'"),
        (["x" * 100_000, "x" * 30_000], 1, f"initd compile: no plan: {START_PLAN}: the plan has "),
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_can_not_be_planned_stops_the_build(
    image: Image, words: list[str], code: int, said: str
) -> None:
    """With a line that says why, and no plan."""
    done = image.compile(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(said)
    assert not image.plan_file.exists()


def test_what_can_not_be_written_leaves_nothing(image: Image) -> None:
    """Neither a plan, nor half of one under another name."""
    (image.plan_file / "in the way").mkdir(parents=True)
    done = image.compile("--", "app")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("initd compile: no plan: ")
    assert os.listdir(image.plan_file.parent) == [image.plan_file.name]


def test_who_may_not_write_it_is_told(image: Image) -> None:
    """After USER in a Dockerfile, for one."""
    words = ["unshare", "--mount", "--", "sh", "-c", 'mount --bind "$0" /etc && exec "$@"']
    somebody = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
    bound = ["sh", "-c", f'mount --bind {sys.prefix} /mnt && exec "$@"', "sh"]
    done = subprocess.run(
        [*words, str(image.etc), *bound, *somebody, "/mnt/bin/initd", "compile", "--", "app"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (
        1,
        "initd compile: no plan: /etc/initd: Permission denied\n",
    )
