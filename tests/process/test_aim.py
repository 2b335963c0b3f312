"""Who gets a signal: the program, whatever stands in front of it."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from . import nginx
from .drain import package, program, script
from .namespace import Container, start, wait_until

TERM = signal.SIGTERM
FORMS = ("exec", "dash", "dash, several", "bash", "script", "script with exec", "npm")


def _form(name: str, folder: Path, command: str) -> tuple[list[str], dict[str, Any]]:
    """What the image starts, and where."""
    if name == "npm":
        return ["npm", "start"], {"cwd": str(package(folder, command))}
    return {
        "exec": command.split(),
        "dash": ["dash", "-c", command],
        "dash, several": ["dash", "-c", f"cd / && {command}; exit $?"],
        "bash": ["bash", "-c", f"cd / && {command}"],
        "script": [script(folder, f"cd /\n{command}\n")],
        "script with exec": [script(folder, f"cd /\nexec {command}")],
    }[name], {}


def _start(form: str, folder: Path, command: str, *options: str) -> Container:
    words, more = _form(form, folder, command)
    return start(*words, options=options, **more)


@pytest.mark.parametrize("form", FORMS)
def test_a_job_in_flight_is_finished_and_its_program_gets_the_signal_once(
    form: str, tmp_path: Path
) -> None:
    """Longer than three seconds, which is all that a sweep leaves."""
    with _start(form, tmp_path, program(tmp_path, seconds=3.5)) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15", "job done"]
        assert container.wait() == 0


@pytest.mark.parametrize("form", FORMS)
def test_nginx_answers_the_request_in_flight_whatever_starts_it(form: str, tmp_path: Path) -> None:
    """By QUIT; TERM would cut it. A script and npm do not tell that it is nginx."""
    command = shlex.join(nginx.command(tmp_path))
    with nginx.Slow(tmp_path) as slow, _start(form, tmp_path, command) as container:
        wait_until((tmp_path / "pid").exists, "nginx listens")
        client = nginx.Client(tmp_path)
        client.request("GET", "/")
        assert slow.asked.wait(60)
        container.kill(TERM)
        assert container.event("stop.step")["signal"] == "QUIT"
        slow.answers.set()
        assert client.getresponse().read() == b"kept"
        client.close()
        assert container.wait() == 0


@pytest.mark.parametrize("target", ["process", "group", "all"])
def test_a_drain_behind_npm_is_whole_with_each_target(target: str, tmp_path: Path) -> None:
    """Five seconds, and TERM exactly once."""
    command = program(tmp_path, seconds=5)
    with _start("npm", tmp_path, command, "--target", target) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15", "job done"]
        assert container.wait() == 0


def test_neither_shim_nor_monitor_gets_a_signal_for_all(tmp_path: Path) -> None:
    """Which is sent one by one, where something is passed over."""
    options = ("--target", "all", "--http", str(tmp_path / "http.sock"))
    with _start("dash", tmp_path, program(tmp_path, 1.5), *options) as container:
        container.stdout.until("ready")
        monitor = wait_until(lambda: container.status()["monitor"]["pid"], "the monitor runs")
        container.kill(TERM)
        container.stdout.until("got")
        assert container.status()["monitor"] == {
            "pid": monitor,
            "restarts": 0,
            "silent_seconds": None,
        }
        assert container.wait() == 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("target", ["process", "group"])
def test_the_exit_code_is_the_programs(form: str, target: str, tmp_path: Path) -> None:
    """Not 143 of npm, nor that of a shell that the signal has killed."""
    command = program(tmp_path, seconds=0.2, code=7)
    with _start(form, tmp_path, command, "--target", target) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.wait() == 7


def test_what_was_aimed_at_is_told(tmp_path: Path) -> None:
    """In the log, and in status."""
    with _start("dash", tmp_path, program(tmp_path)) as container:
        pid = int(container.stdout.until("ready").split()[1])
        container.kill(TERM)
        step = container.event("stop.step")
        assert (step["pids"], step["names"]) == ([pid], ["job"])
        assert step["why"] == "the first that catches it, behind dash"
        assert container.status()["aimed_at"]["pids"] == [pid]


def test_a_shell_with_a_trap_gets_the_signal_alone(tmp_path: Path) -> None:
    """It knows what is to be done."""
    text = f"trap 'echo trapped; kill -INT $p; wait $p' TERM; {program(tmp_path)} & p=$!; wait $p"
    with start("dash", "-c", text) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == ["trapped", "got 2", "job done"]


def test_each_branch_below_a_shell_gets_it(tmp_path: Path) -> None:
    """And the last one that ends is waited for."""
    (tmp_path / "a").mkdir()
    quick, slow = program(tmp_path / "a", 0.1), program(tmp_path, 1)
    with start("dash", "-c", f"{quick} & {slow} & wait") as container:
        container.stdout.until("ready")
        container.stdout.until("ready")
        container.kill(TERM)
        assert sorted(container.stdout.rest()) == ["got 15", "got 15", "job done", "job done"]
        assert container.wait() == 0


#: As Resque's task does it: a thread for each worker, which waits for a process of its own. Ruby
#: itself catches QUIT, and ends without them.
RESQUE_WORKERS = """\
import shlex, signal, subprocess, sys
def end(*_):
    sys.exit(1)
signal.signal(signal.SIGQUIT, end)
workers = [subprocess.Popen(shlex.split(each)) for each in {commands!r}]
sys.exit(max(each.wait() for each in workers))
"""


def test_a_stop_reaches_each_worker_that_resques_task_has_started(tmp_path: Path) -> None:
    """And not the task, which waits for them."""
    commands = []
    for name in "abc":
        (tmp_path / name).mkdir()
        commands.append(program(tmp_path / name, seconds=0.5))
    rake = tmp_path / "rake"
    rake.write_text(RESQUE_WORKERS.format(commands=commands))
    words = [sys.executable, "-I", "-S", str(rake), "resque:workers", "COUNT=3", "QUEUE=*"]
    with start(*words) as container:
        for _ in commands:
            container.stdout.until("ready")
        assert container.status()["profile"] == "resque-workers"
        container.kill(TERM)
        assert container.event("stop.step")["names"] == ["job"]
        assert sorted(container.stdout.rest()) == ["got 3"] * 3 + ["job done"] * 3
        assert container.wait() == 0


def test_where_nothing_catches_it_the_app_gets_it() -> None:
    """As ever: the shell dies of it, and the rest is swept up."""
    with start("dash", "-c", "echo ready; sleep 1000; echo on") as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == []
        assert container.wait() == 128 + TERM


def test_a_script_that_starts_its_program_again_and_again_is_ended(tmp_path: Path) -> None:
    """Once the program has ended, and the script has not, it gets TERM itself."""
    command = program(tmp_path, 0.1)
    with start("dash", "-c", f"while :; do {command}; done") as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest()[:2] == ["got 15", "job done"]
        assert container.wait() == 0
        assert "stop.wrapper" in [each["event"] for each in container.events()]


def test_a_signal_that_is_passed_on_reaches_the_program_too(tmp_path: Path) -> None:
    """USR1 would kill a shell that has no trap for it."""
    command = program(tmp_path, 0.1, numbers=(10,))
    with start("dash", "-c", command) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGUSR1)
        assert container.stdout.rest() == ["got 10", "job done"]
        assert container.wait() == 0


def test_ctrl_c_reaches_the_program_behind_a_shell(tmp_path: Path) -> None:
    """dash and bash catch INT while they wait, trap or not."""
    for shell in ("dash", "bash"):
        with start(shell, "-c", f"{program(tmp_path, 0.1)}; exit $?") as container:
            container.stdout.until("ready")
            container.kill(signal.SIGINT)
            assert container.stdout.rest() == ["got 2", "job done"]
            assert container.wait() == 0


# ---- what outlives the app ----------------------------------------------------------------


def test_what_outlives_the_app_has_the_engines_patience_in_a_stop(tmp_path: Path) -> None:
    """Longer than the three seconds of an app that has ended by itself."""
    text = f"trap 'exit 0' TERM; {program(tmp_path, 4)} & while :; do sleep 0.05; done"
    with start("dash", "-c", text) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15", "job done"]
        assert container.wait() == 0


def test_its_own_plan_is_followed(tmp_path: Path) -> None:
    """KILL after half a second."""
    text = f"trap 'exit 3' TERM; {program(tmp_path, 1000)} & while :; do sleep 0.05; done"
    with start("dash", "-c", text, options=["--leftovers", "TERM:0.5 KILL"]) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 3


@pytest.mark.parametrize("target", ["group", "all"])
def test_nobody_gets_the_same_signal_from_a_group_and_a_sweep(target: str, tmp_path: Path) -> None:
    """A second TERM means to drop everything, to many programs."""
    text = f"trap 'exit 0' TERM; {program(tmp_path, 1)} & while :; do sleep 0.05; done"
    with start("dash", "-c", text, options=["--target", target]) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        assert container.stdout.rest() == ["got 15", "job done"]
        assert container.wait() == 0


def test_what_was_asked_to_end_otherwise_gets_no_term_on_top(tmp_path: Path) -> None:
    """QUIT killed the shell, and php-fpm and its like drain on it: TERM would cut that."""
    text = f"{program(tmp_path, 2)} & trap 'exit 0' QUIT; while :; do sleep 0.05; done"
    with start("dash", "-c", text, options=["--stop-plan", "QUIT", "--target", "group"]) as box:
        box.stdout.until("ready")
        box.kill(TERM)
        assert box.stdout.rest() == ["got 3", "job done"]
        assert box.wait() == 0


def test_an_app_that_ends_by_itself_leaves_three_seconds(tmp_path: Path) -> None:
    """No engine's clock runs then."""
    with start("dash", "-c", f"{program(tmp_path, 1000)} & wait") as container:
        container.stdout.until("ready")
        os.kill(container.host_pid(3), signal.SIGKILL)
        assert container.wait() == 128 + signal.SIGKILL
        sweeps = [each["signal"] for each in container.events() if each["event"] == "sweep"]
    assert sweeps == ["TERM", "KILL"]


# ---- a program that only the tree tells ------------------------------------------------------


def test_a_script_that_runs_a_known_program_is_stopped_by_its_profile(tmp_path: Path) -> None:
    """unicorn wants QUIT; the script's name does not say that it runs it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    text = Path(program(tmp_path, 0.5).split()[-1]).read_text()
    path = folder / "unicorn"
    path.write_text(f"#!/usr/bin/python3 -S\n{text}")
    path.chmod(0o755)
    for line in (f"exec {path}", f"{path}\nexit $?"):
        with start(script(tmp_path, line)) as container:
            container.stdout.until("ready")
            container.kill(TERM)
            assert container.stdout.rest() == ["got 3", "job done"]
            found = container.event("profile.found")
            assert (found["profile"], found["plan"]) == ("unicorn", "QUIT")
            assert container.wait() == 0


def test_status_has_the_found_profile(tmp_path: Path) -> None:
    """And the plan that is followed."""
    path = tmp_path / "nginx"
    path.write_text(f"#!/usr/bin/python3 -S\n{Path(program(tmp_path, 2).split()[-1]).read_text()}")
    path.chmod(0o755)
    with start(script(tmp_path, f"{path}; exit $?")) as container:
        container.stdout.until("ready")
        container.kill(TERM)
        container.event("stop.step")
        status = container.status()
        assert (status["profile"], status["stop_plan"]) == ("nginx", "QUIT")
        assert wait_until(lambda: container.wait() == 0, "the end")
