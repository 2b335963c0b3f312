"""Hooks and checks that hold a start: real commands, at each moment, of every kind."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from .namespace import Container, start, status_of, wait_until
from .sleeping import SLEEPS as SLEEPY
from .sleeping import asleep

TERM = signal.SIGTERM
#: An app that any user may run.
SLEEPS = ("sh", "-c", "echo ready; exec sleep 300")
MOMENTS = ("start", "ready", "stop", "end")


def hook(moment: str, script: str, more: str = "") -> list[str]:
    """The option for a hook that is a shell's script."""
    assert "'" not in script
    return ["--hook", f"{moment} {more} -- sh -c '{script}'"]


def lines_of(events: list[dict[str, object]], moment: str) -> list[object]:
    """What a hook has printed."""
    return [
        each["line"] for each in events if each["event"] == "hook.output" and each["hook"] == moment
    ]


def test_each_moment_has_its_hook_in_the_order_of_the_apps_life(victim: Path) -> None:
    """What each is told is in its environment, what it prints in the log."""
    told = "echo $HOOK_MOMENT, $HOOK_REASON, $HOOK_APP_PID, $HOOK_EXIT_CODE"
    options = [word for moment in MOMENTS for word in hook(moment, told)]
    with start(victim, "15=3", options=options) as container:
        app = container.stdout.until("ready").split()[1]
        container.event("hook.ended")
        container.event("hook.ended")  # that of ready
        container.kill(TERM)
        assert container.wait() == 3
        events = container.events()
    names = ["hook.output", "app.started", "stop.step", "app.exited", "init.exit"]
    order = [each.get("line") or each["event"] for each in events if each["event"] in names]
    assert order == [
        "start, first start, ,",
        "app.started",
        f"ready, ready, {app},",
        f"stop, stop, {app},",
        "stop.step",
        "app.exited",
        "end, end, , 3",
        "init.exit",
    ]


def test_a_hook_is_run_as_the_app_is() -> None:
    """Its user, its directory, its umask, its limits; in a session of its own, with an empty
    stdin."""
    script = 'id -u; pwd; umask; ulimit -n; cat; cut -d" " -f6 /proc/self/stat; echo $$'
    options = ["--user", "54321", "--chdir", "/tmp", "--umask", "027", "--limit", "nofile=77"]
    with start(*SLEEPS, options=[*options, *hook("start", script)]) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.wait() == 128 + TERM
        *known, session, shell = lines_of(container.events(), "start")
    assert known == ["54321", "/tmp", "0027", "77"]
    assert session == shell


def test_a_hook_with_a_user_of_its_own_has_that_users_rights() -> None:
    """Root's are for what the app must not do."""
    script = "id -u; echo $USER; grep CapEff /proc/self/status"
    options = ["--user", "54321", "--cap-drop", "ALL", *hook("start", script, "user=root")]
    with start(*SLEEPS, options=options) as container:
        container.stdout.until("ready")
        mine = status_of(container.init_pid)["CapEff"]
        container.kill(TERM)
        assert container.wait() == 128 + TERM
        uid, user, rights = lines_of(container.events(), "start")
    assert (uid, user, str(rights).split()[1]) == ("0", "root", mine)


def test_descriptors_of_the_app_are_not_the_hooks(victim: Path) -> None:
    """A socket that it holds open would not close with the app."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    options = ["--restart", "on-failure", *hook("start", "ls /proc/self/fd")]
    with start(victim, "15=0", options=options, pass_fds=(writing,)) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.wait() == 0
        found = lines_of(container.events(), "start")
    os.close(reading)
    os.close(writing)
    assert found == ["0", "1", "2", "3"], "3 is the directory that ls reads"


def test_a_pid_1_that_has_slept_runs_its_hooks(victim: Path) -> None:
    """Before the first signal of a stop, and after the end; it does not sleep while one runs."""
    options = [*hook("ready", "sleep 0.3; echo up"), *hook("stop", "echo leaving"), *SLEEPY]
    options += [*hook("end", "echo gone"), "--drain", "0.3"]
    with start(victim, "15=3", options=options) as container:
        container.stdout.until("ready")
        asleep(container.init_pid)
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 3
        events = container.events()
    names = ["hook.output", "stop.draining", "stop.step", "app.exited"]
    order = [each.get("line") or each["event"] for each in events if each["event"] in names]
    assert order == ["up", "leaving", "stop.draining", "stop.step", "app.exited", "gone"]


# ---- whatever a hook does -----------------------------------------------------------------------

BAD = {
    "fails": "exit 7",
    "hangs": "trap : TERM INT; while :; do sleep 60; done",
    "prints a megabyte": "head -c 1000000 /dev/zero | tr \\\\0 x; yes | head -n 50000",
    "forks a daemon": "setsid sleep 300 & sleep 300 &",
    "is killed": "kill -9 $$",
    "closes its output": "exec >&- 2>&-; sleep 0.1",
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("how", BAD)
def test_nothing_is_lost_by_a_bad_hook(victim: Path, moment: str, how: str) -> None:
    """The app runs, is stopped in time, and its exit code is the container's."""
    more = "patience=0.5" + (" on_failure=nothing" if moment == "start" else "")
    began = time.monotonic()
    options = [*hook(moment, BAD[how], more), "--grace", "5"]
    with start(victim, "15=3", options=options) as container:
        container.stdout.until("ready")
        if moment == "ready":
            container.event("hook.ended")
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 3
        events = container.events()
    assert time.monotonic() - began < 15
    (ended,) = [each for each in events if each["event"] == "hook.ended"]
    failed = [each["why"] for each in events if each["event"] == "hook.failed"]
    expected = {
        "fails": ["exit code 7"],
        "hangs": ["took longer than 0.5 s"],
        "is killed": ["killed by KILL"],
    }
    assert failed == expected.get(how, [])
    if how == "prints a megabyte":
        assert len(lines_of(events, moment)) == 100
        assert ended["output_dropped"] > 1_000_000
    assert not [each for each in events if each["event"] == "init.bug"]


def test_a_hook_that_cannot_be_run_says_why(victim: Path) -> None:
    """And a start that needs it ends with 125."""
    options = ["--hook", "start -- /nowhere/migrate"]
    with start(victim, options=options) as container:
        assert container.wait() == 125
        assert container.log_pipe is not None
        container.log_pipe.rest()
        said = [line for line in container.log_pipe.seen if line.startswith("initd: ")]
    assert said == [
        "initd: the app was not started: hook start: cannot run '/nowhere/migrate': No such file"
        " or directory (the file itself, or the interpreter that it names)"
    ]


def test_a_second_stop_signal_ends_the_hook_of_the_first(victim: Path) -> None:
    """With all that it has started."""
    options = [*hook("stop", "echo begun; sleep 300 & wait", "patience=300"), "--drain", "300"]
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.event("hook.output")["line"] == "begun"
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 0


def test_the_app_is_stopped_in_time_whatever_its_stops_hook_does(victim: Path) -> None:
    """Hook, plan and KILL are within the engine's patience."""
    options = ["--grace", "3", *hook("stop", BAD["hangs"], "patience=60")]
    with start(victim, options=options) as container:
        container.stdout.until("ready")
        began = time.monotonic()
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 128 + signal.SIGKILL
        assert time.monotonic() - began < 3.5


def test_a_failed_ready_hook_restarts_the_app(victim: Path) -> None:
    """By its stop plan; the next one is ready, too."""
    script = "mkdir /run/once 2>/dev/null && exit 1; exit 0"
    options = hook("ready", script, "on_failure=restart")
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        assert container.stdout.until("got") == "got 15"
        container.stdout.until("ready")
        assert container.status()["restart_reason"] == "hook ready: exit code 1"
        container.kill(TERM)
        assert container.wait() == 0


def test_readiness_that_is_lost_and_regained_is_told(victim: Path, tmp_path: Path) -> None:
    """By the hook `change`, with the reason."""
    flag = tmp_path / "flag"
    flag.touch()
    options = [
        *("--check", f"flag file {flag} role=readiness period=0.1 failure=1"),
        *hook("ready", "echo up"),
        *hook("change", "echo $HOOK_REASON"),
    ]
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        assert container.event("hook.output")["line"] == "up"
        flag.unlink()
        assert container.event("hook.output")["line"] == "not ready"
        flag.touch()
        assert container.event("hook.output")["line"] == "ready"
        container.kill(TERM)
        assert container.wait() == 0


# ---- a start that checks hold -------------------------------------------------------------------


def _held(container: Container) -> bool:
    return bool(container.verb("status", "--json").returncode == 0 and container.status()["held"])


def test_the_app_is_not_started_before_the_service_that_it_needs(victim: Path) -> None:
    """A listening socket stands for a database. Until it is there, nobody is ready."""
    with socket.socket() as database:
        database.bind(("127.0.0.1", 0))
        port = database.getsockname()[1]
        options = ["--check", f"db tcp 127.0.0.1:{port} role=prestart period=0.1"]
        options += hook("start", "echo migrated")
        with start(victim, "15=0", options=options) as container:
            wait_until(lambda: _held(container), "the start is held")
            status = container.status()
            assert (status["state"], status["app"]["pid"]) == ("waiting", None)
            assert container.verb("health").returncode == 1
            database.listen()
            assert container.event("hook.output")["line"] == "migrated"
            container.stdout.until("ready")
            wait_until(lambda: container.verb("health", "--ready").returncode == 0, "it is ready")
            assert not container.status()["held"]
            container.kill(TERM)
            assert container.wait() == 0


def test_a_limit_ends_a_start_that_nothing_comes_of(victim: Path) -> None:
    """125, and in words what was missing."""
    options = ["--check", "db file /nowhere/db role=prestart period=0.1 limit=5"]
    with start(victim, options=options) as container:
        assert container.wait() == 125
        assert container.log_pipe is not None
        container.log_pipe.rest()
        (said,) = [line for line in container.log_pipe.seen if line.startswith("initd: ")]
        assert said.startswith("initd: the app was not started: check db for 5 s: ")
        assert "/nowhere/db" in said or "No such file" in said


def test_a_stop_ends_a_start_that_is_held(victim: Path) -> None:
    """docker stop of a container that waits."""
    options = ["--check", "db file /nowhere/db role=prestart limit=3600"]
    with start(victim, options=options) as container:
        wait_until(lambda: _held(container), "the start is held")
        container.kill(TERM)
        assert container.wait() == 128 + TERM


def test_the_monitor_may_be_killed_while_a_start_is_held(victim: Path, tmp_path: Path) -> None:
    """The next one goes on."""
    flag = tmp_path / "flag"
    options = ["--check", f"flag file {flag} role=prestart period=0.1"]
    with start(victim, "15=0", options=options) as container:
        wait_until(lambda: _held(container), "the start is held")
        monitor = wait_until(lambda: container.status()["monitor"]["pid"], "the monitor runs")
        os.kill(container.host_pid(int(monitor)), signal.SIGKILL)
        container.event("monitor.exited")
        flag.touch()
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.wait() == 0
