"""/dev/termination-log: why the container ended, where Kubernetes shows it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from .namespace import INITD, start

DEFAULT = "/dev/termination-log"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """As the kubelet makes it: there, and empty."""
    file = tmp_path / "termination"
    file.touch()
    return file


def in_pod(note: Path) -> list[str]:
    """What wraps an init so that the file is where Kubernetes mounts it."""
    script = f"mount -t tmpfs tmpfs /dev && touch {DEFAULT} && mount --bind {note} {DEFAULT}"
    return ["unshare", "--mount", "sh", "-c", f'{script} && exec "$@"', "sh"]


def test_a_stop_is_told(victim: Path, note: Path) -> None:
    """At the default place, without being asked for it."""
    with start(victim, "15=0", before=in_pod(note), pid_1=False, stdin=-1) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGTERM)
        assert container.wait() == 0
    assert note.read_text().startswith("victim ended with exit code 0 after ")
    assert note.read_text().endswith("; it was asked to stop")


def test_a_command_that_is_not_there_is_told(note: Path) -> None:
    """And so is a mistake in the options: nothing has run at all."""
    with start("no-such-command", before=in_pod(note), pid_1=False) as container:
        assert container.wait() == 127
    assert note.read_text() == "cannot run 'no-such-command': No such file or directory"
    note.write_text("")
    with start("x", options=["--umask", "9"], before=in_pod(note), pid_1=False) as container:
        assert container.wait() == 125
    assert "--umask: invalid umask '9'" in note.read_text()


def test_a_plain_failure_is_left_to_the_apps_own_last_lines(note: Path) -> None:
    """FallbackToLogsOnError shows them if there is no message; one that is asked for is there."""
    with start("sh", "-c", "exit 3", before=in_pod(note), pid_1=False) as container:
        assert container.wait() == 3
    assert note.read_text() == ""
    with start("sh", "-c", "exit 3", options=["--termination-log", str(note)]) as container:
        assert container.wait() == 3
    assert note.read_text().startswith("sh ended with exit code 3 after ")


def test_what_the_app_has_written_stays(note: Path) -> None:
    """Tekton's results, for one, are JSON."""
    script = f"echo '[{{}}]' >{note}; exit 3"
    with start("sh", "-c", script, options=["--termination-log", str(note)]) as container:
        assert container.wait() == 3
        assert "init.note-unwritten" not in str(container.events())
    assert note.read_text() == "[{}]\n"


@pytest.mark.parametrize("kind", ["absent", "pipe", "link", "directory"])
def test_what_is_no_file_is_one_line_and_no_wait(tmp_path: Path, kind: str) -> None:
    """A pipe that nobody reads, a link to somewhere else."""
    place, elsewhere = tmp_path / "place", tmp_path / "elsewhere"
    elsewhere.touch()
    if kind == "pipe":
        os.mkfifo(place)
    if kind == "link":
        place.symlink_to(elsewhere)
    if kind == "directory":
        place.mkdir()
    with start("true", options=["--termination-log", str(place)]) as container:
        began = time.monotonic()
        assert container.wait() == 0
        assert time.monotonic() - began < 20
        unwritten = [e for e in container.events() if e["event"] == "init.note-unwritten"]
    assert len(unwritten) == 1
    assert unwritten[0]["path"] == str(place)
    assert elsewhere.read_text() == ""
    assert place.exists() == (kind != "absent")


def test_the_size_is_bounded(note: Path, tmp_path: Path) -> None:
    """A command of any length."""
    command = tmp_path / ("ä" * 120)
    directory = "/".join(["d" * 200] * 10)
    with start(f"{command}/{directory}/x", options=["--termination-log", str(note)]) as container:
        assert container.wait() in (126, 127)
    assert 1000 < len(note.read_bytes()) <= 1024


def test_under_another_inits_name_nothing_is_written(victim: Path, note: Path) -> None:
    """Nobody has asked for it; with the option, it is."""
    command = [*in_pod(note), INITD, "--as", "tini"]
    with start("true", before=command[:-3], init=command[-3:], pid_1=False) as container:
        assert container.wait() == 0
    assert note.read_text() == ""
