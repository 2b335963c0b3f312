"""`initd check`: what it prints, and that its words are what a container then does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .namespace import INITD, start


def run(*words: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [INITD, "check", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=env)


def said(*words: str | Path) -> dict[str, Any]:
    """`initd check --json`."""
    done = run("--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


#: Configurations, each of which sends something else somewhere else.
CONFIGURATIONS = [
    [],
    ["--rewrite", "HUP:0", "--rewrite", "USR1:USR2", "--rewrite", "INT:QUIT"],
    ["--stop-plan", "QUIT"],
    ["--stop-signal", "INT", "--rewrite", "TERM:0"],
    ["--rewrite", "TERM:0"],
    ["--target", "group", "--rewrite", "QUIT:34"],
    ["--profile", "nginx"],
    ["--target", "all", "--stop-plan", "USR1"],
]


@pytest.mark.parametrize("options", CONFIGURATIONS, ids=" ".join)
def test_what_is_said_of_each_signal_is_what_the_app_hears(
    victim: Path, options: list[str]
) -> None:
    """Sent to a real pid 1, one by one; the stop comes last. RTMAX ends each round: it has
    no rule in any of these, and of two pending signals the higher one comes last."""
    told = said(*options, "--", victim)
    fates = {signal.Signals[f"SIG{name}"]: fate for name, fate in _plain(told["signals"]).items()}
    stops = [number for number, fate in fates.items() if fate["does"] == "stop"]
    with start(victim, options=options) as box:
        box.stdout.until("ready")
        init = box.init_pid
        for number, fate in fates.items():
            if fate["does"] not in ("deliver", "drop", "own"):
                continue
            os.kill(init, number)
            os.kill(init, signal.SIGRTMAX)
            heard = _until_last(box.stdout)
            assert heard == ([fate["out"]] if fate["out"] else []), (number, fate, heard)
        for number in stops:
            os.kill(init, number)
        if stops:
            expected = [told["stop"][0]["signal"], *told["also_sent"]]
            lines = {box.stdout.until("got") for _ in expected}
            assert lines == {f"got {_number(name)}" for name in expected}


def _plain(signals: dict[str, Any]) -> dict[str, Any]:
    return {name: fate for name, fate in signals.items() if name.isalpha() or name == "USR1"} | {
        name: signals[name] for name in ("USR1", "USR2")
    }


def _number(name: str) -> int:
    return 34 if name == "RTMIN" else int(signal.Signals[f"SIG{name}"])


def _until_last(lines: Any) -> list[str]:
    """Names of what came before RTMAX, which is delivered after it."""
    names = {_number(each.name[3:]): each.name[3:] for each in signal.Signals}
    heard = []
    while (number := int(lines.until("got").split()[1])) != signal.SIGRTMAX:
        heard.append(names[number])
    return heard


def test_the_words_of_the_promise() -> None:
    """Unicorn with a plan of its own, as a person reads it."""
    done = run("--stop-plan", "QUIT:25 TERM", "--", "unicorn", "-c", "x.rb")
    assert done.returncode == 0
    assert (
        "SIGTERM: QUIT to the unicorn master, wait 25 s, then TERM to the unicorn master,"
        " then wait for the engine"
    ) in done.stdout


def test_every_value_knows_its_source() -> None:
    """A flag, a variable, a profile, the command line, a default."""
    env = {"PATH": os.environ["PATH"], "INITD_UMASK": "027"}
    done = run("--json", "--nice", "3", "--", "nginx", env=env)
    settings = json.loads(done.stdout)["settings"]
    sources = {name: settings[name]["source"] for name in settings}
    assert sources["nice"] == "--nice"
    assert sources["umask"] == "INITD_UMASK"
    assert sources["stop_plan"] == "profile nginx"
    assert sources["command"] == "command line"
    assert sources["log_format"] == "default"
    assert settings["umask"]["value"] == "027"


def test_a_log_file_that_has_no_place_is_found(tmp_path: Path) -> None:
    """At its start init would go on with stderr."""
    for wrong, why in [
        (tmp_path / "logs" / "own.log", f"{tmp_path / 'logs'}: No such file or directory"),
        (tmp_path, f"{tmp_path} is a directory"),
    ]:
        done = run("--log-to", wrong, "--", "true")
        assert f"--log-to: lines go to stderr: {why}" in done.stdout
    assert "go to stderr" not in run("--log-to", tmp_path / "own.log", "--", "true").stdout


def test_all_mistakes_are_listed_for_people_and_for_programs() -> None:
    """125, and nothing on stdout but what was asked for."""
    words = ("--umask", "8", "--nice", "x", "--profile", "ngnix", "--nonsense", "app")
    done = run(*words)
    assert (done.returncode, done.stdout) == (125, "")
    assert len(done.stderr.splitlines()) == 4
    done = run("--json", *words)
    assert done.returncode == 125
    where = {mistake["where"] for mistake in json.loads(done.stdout)["mistakes"]}
    assert where == {"--umask", "--nice", "--profile", "--nonsense"}


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_secret_of_a_command_is_shown(form: list[str]) -> None:
    """The app's, and those of checks, hooks and sources of secrets, in words and as JSON."""
    secret = "--password=hunter2 --licence=hunter2 API_TOKEN=hunter2"
    options = [
        *("--redact", "--licence=*", "--check", f"ok exec -- true {secret}"),
        *("--check", "up http http://127.0.0.1:1/?token=hunter2"),
        *("--hook", f"end -- true {secret}", "--secrets", f"exec:true {secret}"),
    ]
    done = run(*form, *options, "--", "true", *secret.split(), "http://me:hunter2@host/")
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert done.stdout.count("--password=***") >= 5
    assert done.stdout.count("--licence=***") >= 5
    assert "http://me:***@host/" in done.stdout


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize(
    "option",
    [
        ("--check", "up http http://me:hunter2@127.0.0.1:x/"),
        ("--check", "up http https://h/?token=hunter2 period=x"),
        ("--register", "etc://me:hunter2@etcd/services/web"),
        ("--register", "etcd://me:hunter2@etcd:2379/services/web"),
        ("--watch", "web etcd://me:hunter2@etcd:2379"),
        ("--statsd", "udp://me:hunter2@relay"),
        ("--secrets", "https://me:hunter2@vault/"),
        ("--http", "http://me:hunter2@h:80/"),
    ],
    ids=" ".join,
)
def test_a_mistake_shows_no_password_of_what_it_quotes(
    form: list[str], option: tuple[str, str]
) -> None:
    """It goes to the log of a build."""
    done = run(*form, *option, "--", "true")
    assert done.returncode == 125
    assert "hunter2" not in done.stdout + done.stderr
