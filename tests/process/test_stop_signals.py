"""A stop is a stop, by whatever signal: no restart policy starts the app again."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path

import pytest

from . import nginx
from .namespace import INITD, Container, start, wait_until
from .shell import CTRL_C, Shell

POLICIES = ["no", "on-failure", "always"]
HALT = signal.SIGRTMIN + 3
any_policy = pytest.mark.parametrize("policy", POLICIES)


def exit_of(container: Container) -> dict[str, object]:
    """What the log says of the app's only end."""
    ends = [event for event in container.events() if event["event"] == "app.exited"]
    assert len(ends) == 1, ends
    return ends[0]


@any_policy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_an_end_that_follows_int_or_quit_is_the_containers(
    victim: Path, number: int, policy: str
) -> None:
    """A Ctrl-C of `docker run`, or an image's STOPSIGNAL; whatever the app's code is."""
    options = ["--restart", policy]
    with start(victim, f"{number}=7", options=options) as container:
        container.stdout.until("ready")
        container.kill(number)
        assert container.wait() == 7
        assert exit_of(container)["asked"] is True


@any_policy
def test_systemds_halt_is_a_stop(victim: Path, policy: str) -> None:
    """podman --systemd=always; the app never sees that signal, of which it would die."""
    with start(victim, "15=0", options=["--restart", policy]) as container:
        container.stdout.until("ready")
        container.kill(HALT)
        assert container.stdout.rest() == ["got 15"]
        assert container.wait() == 0
        assert exit_of(container)["asked"] is True


def test_a_reload_that_kills_the_app_is_a_crash(victim: Path) -> None:
    """Not asked for: it is started again."""
    with start(victim, "1=7", "15=0", options=["--restart", "always"]) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGHUP)
        container.stdout.until("ready")
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_after_a_signal_that_may_be_a_stop_the_container_is_not_ready(victim: Path) -> None:
    """It is alive all the while."""
    with start(victim, "15=0") as container:
        container.stdout.until("ready")
        assert container.verb("health", "--ready").returncode == 0
        container.kill(signal.SIGQUIT)
        assert container.stdout.until("got") == "got 3"
        asked = container.verb("health", "--ready")
        assert (asked.returncode, "QUIT" in asked.stdout) == (1, True), asked
        assert container.verb("health", "--live").returncode == 0
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


# ---- on a terminal ------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["exit 0", "exit 3"])
def test_ctrl_c_ends_the_container_even_if_only_the_app_hears_it(tmp_path: Path, ends: str) -> None:
    """The terminal signals the app's group, which init is not in; the shim is."""
    log = tmp_path / "log"
    app = f"trap '{ends}' INT; echo up; while :; do sleep 0.05; done"
    words = ["sh", "-c", f'exec {INITD} --restart always --socket {tmp_path}/s -- "$@" 2>{log}']
    with Shell([*words, "sh", "sh", "-c", app]) as shell:
        shell.expect("up\r\n")
        shell.type(CTRL_C)
        assert shell.process.wait(30) == int(ends.split()[1])
    assert '"event":"terminal.interrupted","signal":"INT"' in log.read_text()
    assert "app.restarting" not in log.read_text()


def test_a_kill_of_the_apps_group_on_a_terminal_is_the_apps_end(tmp_path: Path) -> None:
    """It takes the shim along, and init has the app's status all the same."""
    log = tmp_path / "log"
    options = f"--socket {tmp_path}/s --target group --stop-plan 'TERM:0.05 KILL'"
    app = "trap '' TERM; echo up; while :; do sleep 0.05; done"
    words = ["sh", "-c", f'exec {INITD} {options} -- "$@" 2>{log}', "sh"]
    with Shell([*words, "sh", "-c", app]) as shell:
        shell.expect("up\r\n")
        shell.process.send_signal(signal.SIGTERM)
        assert shell.process.wait(30) == 128 + signal.SIGKILL
    assert "init.bug" not in log.read_text()
    assert '"level":"warning","event":"shim' not in log.read_text()


# ---- nginx, with a request in flight ------------------------------------------------


@any_policy
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT, HALT])
def test_nginx_serves_what_is_in_flight_and_ends_for_good(
    tmp_path: Path, number: int, policy: str
) -> None:
    """Its own image has STOPSIGNAL SIGQUIT: with a restart policy, that used to end in a KILL."""
    words = nginx.command(tmp_path)
    with nginx.Slow(tmp_path) as slow, start(*words, options=["--restart", policy]) as container:
        wait_until(lambda: (tmp_path / "pid").exists(), "nginx serves")
        with closing(nginx.Client(tmp_path)) as client:
            client.request("GET", "/")
            assert slow.asked.wait(30)
            container.kill(number)
            container.event("stop.step")
            assert container.verb("health", "--ready").returncode == 1
            assert container.verb("health", "--live").returncode == 0
            slow.answers.set()
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, b"kept")
        assert container.wait() == 0
        assert exit_of(container)["asked"] is True
