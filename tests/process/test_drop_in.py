"""initd under the names of tini, dumb-init and catatonit: what comes on top of being them.

What they have in common with the real ones is compared side by side in drop_in.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from initd.core.drop_in import PEERS

from .namespace import INITD, NICE, Container, bound, full_pipe, start, status_of, wait_until

PR_SET_CHILD_SUBREAPER = 36
Link = Callable[[str], str]
each_peer = pytest.mark.parametrize("name", sorted(PEERS))


@pytest.fixture
def link(tmp_path: Path) -> Link:
    """The path of a link of this name to the launcher."""

    def make(name: str) -> str:
        path = tmp_path / name
        path.symlink_to(INITD)
        return str(path)

    return make


def verb(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([INITD, "link", *words], capture_output=True, text=True)


def ended(container: Container) -> tuple[int, list[str], list[str]]:
    """Exit code, stdout, stderr."""
    assert container.log_pipe is not None
    return container.wait(), container.stdout.rest(), container.log_pipe.rest()


# ---- the link -------------------------------------------------------------------------------


def test_initd_link_makes_links_that_work(tmp_path: Path) -> None:
    """One for each name; a second time is not a mistake."""
    for _ in range(2):
        done = verb(*(word for name in PEERS for word in ("--as", name)), tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [f"{tmp_path / name} -> {INITD}" for name in PEERS]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(PEERS)
    told = subprocess.run([tmp_path / "tini", "--version"], capture_output=True, text=True)
    assert told.stdout == "tini version 0.19.0\n"


def test_initd_link_replaces_a_program_only_by_force(tmp_path: Path) -> None:
    """And the one beside it is not linked either."""
    theirs = tmp_path / "tini"
    theirs.write_text("#!/bin/sh\n")
    done = verb("--as", "dumb-init", "--as", "tini", tmp_path)
    assert done.returncode == 125
    assert done.stderr == (f"initd link: {theirs} exists and is not initd: --force replaces it\n")
    assert [each.name for each in tmp_path.iterdir()] == ["tini"]
    assert verb("--as", "tini", "--force", tmp_path).returncode == 0
    assert theirs.resolve() == Path(INITD).resolve()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--as", "tiny", "/tmp"], "unknown init 'tiny': did you mean tini?"),
        (["--as", "tini", "/no/such"], "/no/such is not a directory"),
        (["--as", "tini", ""], "'' is not a directory"),
        (["--as", "tini", "--as", "dumb-init", "/proc"], "/proc/tini: No such file or directory"),
        (["--as", "tini"], "expected one directory: initd link --as NAME"),
        (["/tmp"], "name at least one init: initd link --as tini"),
        (["--as"], "--as needs a value: NAME"),
        (["--as", "tini", "--gently", "/tmp"], "unknown option '--gently'"),
    ],
)
def test_initd_link_says_what_is_wrong(words: list[str], sentence: str) -> None:
    """And makes nothing."""
    done = verb(*words)
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith(f"initd link: {sentence}")


def test_the_file_alone_finds_its_package_elsewhere(tmp_path: Path) -> None:
    """As dockerd mounts it at /sbin/docker-init, into an image that has initd."""
    copy = tmp_path / "sbin" / "docker-init"
    copy.parent.mkdir()
    shutil.copy(INITD, copy)
    lost = subprocess.run([copy, "--", "true"], capture_output=True, text=True)
    if lost.returncode:  # it can only be found if it is at one of these places already
        assert lost.returncode == 125
        assert "/usr/local, /usr and /opt/initd" in lost.stderr
    there = "mount -t tmpfs tmpfs /opt && mkdir /opt/initd && mount --bind /mnt /opt/initd && "
    with start("sh", "-c", "exit 7", init=[*bound(there), str(copy)]) as container:
        assert ended(container)[0] == 7


def test_the_name_can_be_said_instead() -> None:
    """`initd --as tini`, for whoever can't make links."""
    done = subprocess.run([INITD, "--as", "tini", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "tini version 0.19.0\n")
    wrong = subprocess.run([INITD, "--as", "systemd", "x"], capture_output=True, text=True)
    assert wrong.returncode == 125
    assert wrong.stderr.startswith("initd: --as: unknown init 'systemd': use tini, ")


@pytest.mark.parametrize("name", ["tini", "dumb-init", "catatonit"])
def test_a_program_called_like_a_verb_is_a_program(name: str, link: Link, tmp_path: Path) -> None:
    """No verb of initd's is one under another name, health least of all."""
    program = tmp_path / "bin" / "health"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho the program\n")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [link(name), "health"], capture_output=True, text=True, env={"PATH": path}
    )
    assert (done.returncode, done.stdout) == (0, "the program\n")


# ---- what initd adds ------------------------------------------------------------------------


@each_peer
def test_the_app_has_the_shim_for_a_parent(name: str, link: Link) -> None:
    """And init is called what it is taken for."""
    tell = "echo $PPID; cat /proc/1/comm /proc/$PPID/comm"
    with start("sh", "-c", tell, launcher=link(name)) as container:
        code, out, err = ended(container)
    assert (code, err) == (0, [])
    assert out == ["2", name, "ppidshim"]


UNICORN = """\
trap 'echo QUIT; exit 0' QUIT
trap 'echo TERM; exit 0' TERM
echo up
while :; do sleep 0.1 & wait; done
"""


def _as_unicorn(tmp_path: Path) -> str:
    """A shell that looks like unicorn to whoever recognises programs."""
    program = tmp_path / "unicorn"
    program.write_text(f"#!/bin/sh\n{UNICORN}")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("name", ["tini", "dumb-init", "catatonit"])
def test_a_graceful_stop_is_off_and_one_line_says_so(name: str, link: Link, tmp_path: Path) -> None:
    """TERM is TERM; the line is the only one."""
    with start(_as_unicorn(tmp_path), launcher=link(name)) as container:
        container.stdout.until("up")
        container.kill(signal.SIGTERM)
        code, out, err = ended(container)
    assert (code, out) == (0, ["TERM"])
    [line] = err
    assert "profile.unused: profile unicorn, stop QUIT" in line
    assert line.startswith(("[WARN  tini (1)] ", "[dumb-init] ", "WARN (catatonit:1): "))


@pytest.mark.parametrize("name", ["tini", "dumb-init", "catatonit"])
def test_a_graceful_stop_is_had_by_asking(name: str, link: Link, tmp_path: Path) -> None:
    """By the profile, or a plan of one's own; then there is nothing to say."""
    how = {
        "tini": {"INITD_PROFILE": "auto"},
        "dumb-init": {"INITD_STOP_PLAN": "QUIT:5 TERM", "INITD_PROFILE": "none"},
        "catatonit": {"INITD_PROFILE": "unicorn"},
    }
    env = {**os.environ, **how[name]}
    with start(_as_unicorn(tmp_path), launcher=link(name), env=env) as container:
        container.stdout.until("up")
        container.kill(signal.SIGTERM)
        assert ended(container) == (0, ["QUIT"], [])


@pytest.mark.parametrize("name", ["tini", "dumb-init", "catatonit"])
def test_nobody_is_told_who_does_not_want_to_be(name: str, link: Link, tmp_path: Path) -> None:
    """INITD_PROFILE=none."""
    env = {**os.environ, "INITD_PROFILE": "none"}
    with start(_as_unicorn(tmp_path), launcher=link(name), env=env) as container:
        container.stdout.until("up")
        container.kill(signal.SIGTERM)
        assert ended(container) == (0, ["TERM"], [])


@pytest.mark.parametrize("name", ["tini", "dumb-init", "catatonit"])
def test_the_control_socket_and_the_variables_are_there(name: str, link: Link) -> None:
    """All that initd does, by replacing one file."""
    env = {**os.environ, "INITD_NICE": str(NICE), "INITD_LOG_FORMAT": "json"}
    with start("sh", "-c", "nice; exec sleep 60", launcher=link(name), env=env) as container:
        assert container.stdout.next() == str(NICE)
        asked = subprocess.run(
            [
                "nsenter",
                "-t",
                str(container.init_pid),
                "--pid",
                "--mount",
                INITD,
                "status",
                "--json",
            ],
            capture_output=True,
            text=True,
        )
        assert '"state":"running"' in asked.stdout, asked
        assert container.event("app.started")["command"][0] == "sh"
        container.kill(signal.SIGTERM)
        assert container.wait() == 143


@pytest.mark.parametrize("asked", ["", "share"])
def test_dumb_init_starts_the_app_anew_where_it_was(asked: str, link: Link) -> None:
    """Though init itself is in / by then."""
    env = {**os.environ, "INITD_RESTART": "always", **({"INITD_CHDIR": asked} if asked else {})}
    with start("pwd", launcher=link("dumb-init"), env=env, cwd="/usr") as container:
        place = os.path.join("/usr", asked).rstrip("/")
        assert [container.stdout.next() for _ in range(2)] == [place, place]
        assert os.readlink(f"/proc/{container.init_pid}/cwd") == "/"


@pytest.mark.parametrize(
    ("name", "environ"),
    [
        ("initd", {}),
        ("dumb-init", {"DUMB_INIT_DEBUG": "1"}),
        ("dumb-init", {"DUMB_INIT_SETSID": "0"}),
    ],
)
def test_the_apps_parent_has_left_the_directory_before_the_app_can_look(
    name: str, environ: dict[str, str], link: Link
) -> None:
    """As dumb-init's own suite asks it (cwd_test.py), which resolves the link first: then it is
    initd that answers. Five times, as it was a race once."""
    program = link("dumb-init") if name == "dumb-init" else INITD
    look = ["sh", "-c", "readlink /proc/$PPID/cwd && readlink /proc/$$/cwd"]
    for _ in range(5):
        done = subprocess.run(
            [program, *look], cwd="/tmp", env={**os.environ, **environ}, capture_output=True
        )
        assert (done.returncode, done.stdout) == (0, b"/\n/tmp\n")


def test_tini_that_was_made_a_subreaper_by_its_caller_warns_of_nothing(link: Link) -> None:
    """The kernel keeps that across exec, and the orphans come to it: tini asks, and so does
    initd."""
    tini = link("tini")
    for already in (0, 1):
        become = f"ctypes.CDLL(None).prctl({PR_SET_CHILD_SUBREAPER}, {already})"
        code = f"import ctypes, os, sys; {become}; os.execv(sys.argv[1], sys.argv[1:])"
        words = [sys.executable, "-c", code, tini, "true"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0
        warned = "isn't registered as a child subreaper" in done.stderr
        assert (warned, done.stdout) == (not already, "")


def test_a_link_to_a_link_keeps_the_name_that_it_was_called_by(link: Link, tmp_path: Path) -> None:
    """As that init, and for ps and pkill, whatever the links in between are called."""
    first, last = tmp_path / "docker-init", tmp_path / "deep" / "tini-static"
    last.parent.mkdir()
    first.symlink_to(link("dumb-init"))
    last.symlink_to(first)
    name = "cat /proc/$(cut -d' ' -f4 /proc/$PPID/stat)/comm"
    done = subprocess.run([str(last), "-s", "--", "sh", "-c", name], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "tini-static\n")


def test_a_mistake_in_initds_own_variables_is_initds(link: Link) -> None:
    """125, and nothing is started."""
    env = {**os.environ, "INITD_NICE": "much"}
    done = subprocess.run([link("tini"), "true"], capture_output=True, text=True, env=env)
    assert done.returncode == 125
    assert done.stderr.startswith("initd: INITD_NICE: invalid nice value 'much'")


@pytest.mark.parametrize(("name", "options"), [("tini", ["-vvv"]), ("dumb-init", ["-v"])])
def test_a_full_stdout_holds_nothing_up(name: str, options: list[str], link: Link) -> None:
    """Nor does a full stderr: signals go on, and so does the end."""
    tell = ["sh", "-c", "trap : USR1; kill -USR1 1; exit 3"]
    more: dict[str, Any] = {"launcher": link(name), "options": options}
    with full_pipe() as full, start(*tell, stdout=full, stderr=full, **more) as container:
        assert container.wait() == 3


# ---- descriptors ----------------------------------------------------------------------------


@each_peer
def test_what_is_closed_is_dev_null(name: str, link: Link) -> None:
    """Where nothing was open, no file of init's or the app's gets a standard descriptor."""
    closed = 'exec <&- 2>&-; exec "$@"'
    with start(
        "sh", "-c", "readlink /proc/self/fd/0; readlink /proc/$$/fd/2", launcher=link(name),
        before=["bash", "-c", closed, "bash"],
    ) as container:  # fmt: skip
        assert ended(container) == (0, ["/dev/null"] * 2, [])


@each_peer
def test_the_last_descriptor_that_the_limit_permits_is_inherited(name: str, link: Link) -> None:
    """The shim's own is none that would be beyond it."""
    limited = 'ulimit -n 1024; exec 1023>&1; exec "$@"'
    with start(
        "sh", "-c", "readlink /proc/self/fd/1023 | cut -d: -f1", launcher=link(name),
        before=["bash", "-c", limited, "bash"],
    ) as container:  # fmt: skip
        assert ended(container) == (0, ["pipe"], [])


# ---- not as pid 1 ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "adopts"),
    [
        ("tini", [], False),
        ("tini", ["-s"], True),
        ("dumb-init", [], False),
        ("catatonit", [], True),
    ],
)
def test_the_end_is_seen_without_the_shim(
    name: str, options: list[str], adopts: bool, link: Link
) -> None:
    """Where init adopts nobody, by the app's pidfd: it can't hear how it ended."""
    with start("sh", "-c", "echo $$ $PPID; read x; exit 5", launcher=link(name), options=options,
               pid_1=False, stdin=subprocess.PIPE) as container:  # fmt: skip
        app, shim = map(int, str(container.stdout.next()).split())
        wait_until(lambda: _holds(container.process.pid, app), "init knows of the app")
        os.kill(shim, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{shim}").exists(), "init has reaped the shim")
        assert (status_of(app)["PPid"] == str(container.process.pid)) == adopts
        assert container.process.stdin is not None
        container.process.stdin.close()
        assert container.wait() == (5 if adopts else 0)


def _holds(init: int, app: int) -> bool:
    """Whether init has the app's pidfd: the shim's report may come after the app's words."""
    for info in Path(f"/proc/{init}/fdinfo").iterdir():
        with contextlib.suppress(OSError):  # closed since it was listed
            if f"\nPid:\t{app}\n" in info.read_text():
                return True
    return False


@pytest.mark.parametrize("survives", [True, False])
def test_what_is_killed_leaves_the_app_running(survives: bool, link: Link) -> None:
    """As tini does; initd under its own name ends the app, and so does INITD_DEATH_SIGNAL."""
    env = {**os.environ, **({} if survives else {"INITD_DEATH_SIGNAL": "KILL"})}
    with start("sh", "-c", "echo $$; read x; echo on", launcher=link("tini"), pid_1=False,
               stdin=subprocess.PIPE, env=env) as container:  # fmt: skip
        app = int(str(container.stdout.next()))
        container.process.kill()
        container.process.wait()
        assert container.process.stdin is not None
        if survives:
            container.process.stdin.write(b"\n")
            container.process.stdin.flush()
            assert container.stdout.next() == "on"
        else:
            wait_until(lambda: not Path(f"/proc/{app}").exists(), "the app has gone too")


# ---- pause ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number"),
    [("catatonit", signal.SIGINT), ("catatonit", signal.SIGTERM), ("initd", signal.SIGTERM)],
)
def test_catatonit_pauses_without_a_python(name: str, number: signal.Signals, link: Link) -> None:
    """The shim is init then: it reaps, and ends on INT or TERM. So does initd's own -P."""
    with start(launcher=link(name), options=["-P"]) as container:
        init = wait_until(lambda: _paused(container), "the shim is pid 1")
        orphan = subprocess.Popen(
            ["nsenter", "-t", str(init), "--pid", "sh", "-c", "(sleep 0.05 &)"]
        )
        orphan.wait()
        alone = lambda: Path(f"/proc/{init}/task/{init}/children").read_text() == ""  # noqa: E731
        wait_until(alone, "the orphan has been reaped")
        os.kill(init, signal.SIGHUP)
        assert "VmRSS" in status_of(init)
        os.kill(init, number)
        assert container.wait() == 0


def _paused(container: Container) -> int | None:
    try:
        pid = container._first_child()
        return pid if status_of(pid)["Name"] == "ppidshim" else None
    except (OSError, IndexError):
        return None


# ---- under its own name ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-e", "143", "-e", "3", "--", "sh", "-c", "exit 3"], 0),
        (["-e143", "--", "sh", "-c", "kill -TERM $$"], 0),
        (["-sw", "-g", "--", "sh", "-c", "exit 4"], 4),
        (["-c", "--", "sh", "-c", "exit 5"], 5),
        (["--single-child", "sh", "-c", "exit 6"], 6),
        (["-V"], 0),
        (["-l"], 0),
        (["-L"], 0),
    ],
)
def test_initd_takes_their_flags_where_they_do_not_clash(words: list[str], code: int) -> None:
    """With the same meaning."""
    done = subprocess.run([INITD, *words], capture_output=True, text=True)
    assert done.returncode == code, done.stderr


def test_g_and_c_are_targets() -> None:
    """What `initd check` makes of them."""
    for flag, target in (("-g", "group"), ("-c", "process"), ("--single-child", "process")):
        done = subprocess.run([INITD, "check", flag, "app"], capture_output=True, text=True)
        [line] = [line for line in done.stdout.splitlines() if line.startswith("target")]
        assert line.split()[1:] == [target, f"[{flag}]"]


def test_a_pause_is_nothing_that_is_checked_by_pausing() -> None:
    """`initd check -P` ends at once."""
    done = subprocess.run([INITD, "check", "-P"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no app would run: initd would pause until INT or TERM\n"


def test_an_orphan_is_warned_of() -> None:
    """`-w`, as tini's."""
    orphans = "(sleep 0.05 & exit 0); sleep 0.3"
    with start("sh", "-c", orphans, options=["-w"]) as container:
        container.wait()
        reaped = [each for each in container.events() if each["event"] == "orphan.reaped"]
    assert {each["level"] for each in reaped} == {"warning"}


# ---- in front of another initd ----------------------------------------------------------------


@pytest.mark.parametrize("linked", [False, True], ids=["as initd", "by a link"])
def test_variables_and_verbs_are_for_the_initd_behind(linked: bool, link: Link) -> None:
    """`docker run --init` with an image whose entry point is initd, or a link to it: a second
    change of user would be refused, and the first init knows nothing of the app."""
    behind = link("tini") if linked else INITD
    env = {**os.environ, "INITD_USER": "nobody"}
    script = "trap 'exit 7' TERM; id -u; while :; do sleep 0.1; done"
    words = (behind, "--", "sh", "-c", script)
    with start(*words, launcher=link("docker-init"), env=env) as container:
        container.stdout.until("65534")
        container.launcher = INITD
        wait_until(lambda: container.verb("health").returncode == 0, "an init answers")
        status = container.status()
        assert status["init"]["pid"] != 1
        assert status["app"]["command"][:2] == ["sh", "-c"]
        container.kill(signal.SIGTERM)
        code, _, err = ended(container)
    assert code == 7
    assert not [line for line in err if "control.unavailable" in line]


def test_a_real_program_of_that_name_is_a_program(link: Link, tmp_path: Path) -> None:
    """Not each tini is initd: then the variables are for the one in front, as ever."""
    program = tmp_path / "bin" / "tini"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\numask\n")
    program.chmod(0o755)
    env = {**os.environ, "INITD_UMASK": "077"}
    with start(str(program), launcher=link("docker-init"), env=env) as container:
        assert ended(container)[:2] == (0, ["0077"])
