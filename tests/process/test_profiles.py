"""`initd profiles`: the list, all facts of one, and the nearest name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from initd.core.signals.profile_table import TABLE

from .namespace import INITD, start


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [INITD, "profiles", *words]
    return subprocess.run(command, capture_output=True, text=True, env=env)


def test_the_list_has_every_program_with_its_stop_plan() -> None:
    """At least 120, a line each, without a container."""
    lines = run().stdout.splitlines()
    assert [line.split()[0] for line in lines] == [row["name"] for row in TABLE]
    assert len(lines) >= 120
    assert any(line.split(None, 1) == ["unicorn", "QUIT"] for line in lines)


def test_one_is_shown_with_all_that_is_known_of_it() -> None:
    """And with where it is known from."""
    text = run("unicorn").stdout
    for part in ("a stop sends", "QUIT", "reloads on", "HUP", "cut", "SIGNALS"):
        assert part in text
    assert "with GRACEFUL_TERM: TERM" in run("resque").stdout


def test_programs_get_json() -> None:
    """The table as it is."""
    (row,) = json.loads(run("nginx", "--json").stdout)
    assert (row["name"], row["stop"], row["reopen"]) == ("nginx", "QUIT", "USR1")
    assert len(json.loads(run("--json").stdout)) == len(TABLE)


def test_what_no_signal_can_save_is_in_the_log_and_in_check(tmp_path: Path) -> None:
    """Where its condition holds: two workers of Hypercorn, and not one."""
    program = tmp_path / "hypercorn"
    program.write_text("#!/bin/sh\necho up\n")
    program.chmod(0o755)
    with start(program, "-w", "2", "app") as container:
        container.stdout.until("up")
        found = [each for each in container.events() if each["event"] == "profile.warning"]
    assert [(each["level"], each["profile"]) for each in found] == [("warning", "hypercorn")]
    assert "more than one worker" in found[0]["text"]
    warned = {"where": "profile hypercorn", "what": found[0]["text"]}
    for workers, warnings in (("2", [warned]), ("1", [])):
        command = [INITD, "check", "--json", "--", str(program), "-w", workers, "app"]
        answer = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
        assert answer["warnings"] == warnings


def test_those_of_a_configuration_file_come_first(tmp_path: Path) -> None:
    """With the place where they are defined; one of a known name replaces it."""
    path = tmp_path / "initd.toml"
    path.write_text(
        "[profiles.ours]\nmatch = ['ours']\nstop = 'INT'\n"
        "[profiles.nginx]\nmatch = ['nginx']\nstop = 'TERM'\n"
    )
    env = {**os.environ, "INITD_CONFIG": str(path)}
    lines = run(env=env).stdout.splitlines()
    assert [line.split() for line in lines[:2]] == [["ours", "INT"], ["nginx", "TERM"]]
    assert len(lines) == len(TABLE) + 1
    assert f"{path}:1" in run("ours", env=env).stdout


def test_an_unknown_name_is_told_the_nearest() -> None:
    """125, one line."""
    done = run("ngnix")
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr == "initd profiles: unknown profile 'ngnix': did you mean nginx?\n"
