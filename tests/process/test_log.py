"""What init says of itself: how much, where, in which form, and on lines of their own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import termios
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from .namespace import Container, start

WITHOUT = {name: value for name, value in os.environ.items() if name != "INITD_LOG_LEVEL"}
#: Ends by a signal that nobody has sent to init: at the default level, the one line of a run.
CRASHES = ("sh", "-c", "kill -9 $$")
CHECKED = ("--check", "up exec period=0.1 failure=1 -- false")


def said(container: Container) -> list[str]:
    """All of stderr, once it has ended."""
    container.wait()
    assert container.log_pipe is not None
    return container.log_pipe.rest()


def written(container: Container) -> bytes:
    """The same as it is: Lines pass over the empty ones."""
    container.wait()
    pipe = container.log_pipe
    assert pipe is not None
    return b"".join(iter(lambda: os.read(pipe.fd, 65536), b""))


def events(lines: list[str] | str) -> list[str]:
    """Their names; each line has to be one of init's, whole."""
    each = [json.loads(line) for line in (lines if isinstance(lines, list) else lines.split("\n"))]
    assert all(line["logger"] == "initd" for line in each)
    return [line["event"] for line in each]


# ---- how much -------------------------------------------------------------------------------


#: An orphan, and what it leaves behind is reaped.
ORPHAN = """
(sleep 0.01 &)
until [ "$(wc -w </proc/1/task/1/children)" = 1 ]; do sleep 0.01; done
echo from the app >&2
"""


@pytest.mark.parametrize("script", ["exit 0", "exit 3", ORPHAN])
def test_a_plain_run_says_nothing(script: str) -> None:
    """As under tini: the app's own lines are all; the exit code says what it says."""
    with start("sh", "-c", script, env=WITHOUT) as container:
        assert written(container) == (b"from the app\n" if "from the app" in script else b"")


def test_a_stop_says_nothing(victim: Path) -> None:
    """It was asked for."""
    with start(victim, "15=0", env=WITHOUT) as container:
        container.stdout.until("ready")
        container.kill(signal.SIGUSR1)
        container.kill(signal.SIGTERM)
        assert (container.wait(), written(container)) == (0, b"")


@pytest.mark.parametrize(
    ("options", "variables", "names"),
    [
        ([], {}, ["app.exited"]),
        (["--log-level", "info"], {}, ["app.started", "app.exited", "init.exit"]),
        ([], {"INITD_LOG_LEVEL": "info"}, ["app.started", "app.exited", "init.exit"]),
        (["-v"], {}, ["app.started", "app.exited", "init.exit"]),
        (["--quiet"], {}, []),
        (["--log-level=off"], {}, []),
        (["--log-level", "warning", "-q"], {"INITD_LOG_LEVEL": "debug"}, []),
    ],
    ids=str,
)
def test_a_crash_is_told_of_at_the_level_that_was_asked_for(
    options: list[str], variables: Mapping[str, str], names: list[str]
) -> None:
    """A flag before a variable, and the last flag."""
    with start(*CRASHES, options=options, env={**WITHOUT, **variables}) as container:
        lines = said(container)
    assert events(lines) == names


def test_what_a_hook_prints_is_seen_without_asking() -> None:
    """It is the image's, and says why a hook has failed."""
    hook = ["--hook", "start -- sh -c 'echo no such table >&2; exit 3'"]
    with start("true", options=hook, env=WITHOUT) as container:
        lines = [json.loads(line) for line in said(container) if line.startswith("{")]
    assert [each["line"] for each in lines if each["event"] == "hook.output"] == ["no such table"]


# ---- where ----------------------------------------------------------------------------------


def test_a_file_has_every_line_and_stderr_none(tmp_path: Path) -> None:
    """The monitor's too."""
    path = tmp_path / "initd.log"
    options = ["--log-to", str(path), *CHECKED]
    script = f"until grep -q check.fails {path}; do sleep 0.05; done; kill -9 $$"
    with start("sh", "-c", script, options=options, env=WITHOUT) as container:
        assert said(container) == []
    assert events(path.read_text().strip()) == ["check.fails", "app.exited"]
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_goes_on_when_init_has_slept(victim: Path, tmp_path: Path) -> None:
    """No interpreter holds it meanwhile. One that logrotate has renamed is left alone."""
    path = tmp_path / "initd.log"
    options = ["--sleep", "0.1", "--log-to", str(path)]
    with start(victim, "15=0", options=options) as container:
        container.stdout.until("ready")
        assert container.status()["state"] == "running"
        path.rename(tmp_path / "old")
        container.kill(signal.SIGTERM)
        assert said(container) == []
    assert events((tmp_path / "old").read_text().strip()) == ["app.started"]
    assert events(path.read_text().strip())[-2:] == ["app.exited", "init.exit"]


def test_a_descriptor_takes_the_log() -> None:
    """`3>...`, as s6 and many a supervisor have it."""
    reading, writing = os.pipe()
    options = [f"--log-to=fd:{writing}"]
    with start(*CRASHES, options=options, env=WITHOUT, pass_fds=[writing]) as container:
        assert said(container) == []
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert events(pipe.read().strip()) == ["app.exited"]


#: /dev with a log, for this mount namespace alone.
_DEV = """
mount -t tmpfs t /mnt; for each in null zero full random urandom tty
do touch /mnt/$each; mount --bind /dev/$each /mnt/$each; done
ln -s /proc/self/fd /mnt/fd; mkdir /mnt/shm; ln -s {} /mnt/log; mount --rbind /mnt /dev; exec "$@"
"""


def test_syslog_gets_a_datagram_a_line(tmp_path: Path) -> None:
    """daemon.warning, and whose it is; where there is no syslog, stderr has them, and why."""
    where = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(where))
        server.settimeout(30)
        before = ["sh", "-ec", _DEV.format(where), "sh"]
        with start(*CRASHES, options=["--log-to", "syslog"], env=WITHOUT, before=before) as it:
            assert (it.wait(), said(it)) == (137, [])
        head, _, line = server.recv(4096).decode().partition(": ")
    assert re.fullmatch(r"<28>initd\[\d+\]", head)
    assert events(line) == ["app.exited"]
    where.unlink()
    with start(*CRASHES, options=["--log-to", "syslog"], env=WITHOUT, before=before) as it:
        assert events(said(it)) == ["log.unavailable", "app.exited"]
        assert it.wait() == 137


def test_none_leaves_the_sentences_about_a_failed_start() -> None:
    """Somebody must be able to learn why nothing runs."""
    with start(*CRASHES, options=["--log-to", "none"]) as container:
        assert said(container) == []
    with start("no-such-program", options=["--log-to", "none"]) as container:
        (line,) = said(container)
    assert line.startswith("initd: cannot run 'no-such-program'")


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("/no/such/initd.log", "No such file or directory"),
        ("/proc/initd.log", "No such file or directory"),
        ("fd:9", "Bad file descriptor"),
    ],
)
def test_where_it_can_not_go_stderr_says_so(to: str, why: str) -> None:
    """And has the lines."""
    with start(*CRASHES, options=["--log-to", to], env=WITHOUT) as container:
        first, *others = [json.loads(line) for line in said(container) if line]
    assert (first["event"], first["why"]) == ("log.unavailable", f"{to}: {why}")
    assert [each["event"] for each in others] == ["app.exited"]


# ---- for people -----------------------------------------------------------------------------


def on_terminal(
    *options: str,
    variables: Mapping[str, str],
    columns: int = 0,
    command: tuple[str, ...] = CRASHES,
) -> str:
    """What a terminal of so many columns gets from a run whose stderr it is."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    data = b""

    def read() -> None:
        nonlocal data
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while more := os.read(leader, 4096):
                data += more

    with start(
        *command,
        options=options,
        env={**WITHOUT, "TERM": "xterm", **variables},
        stderr=follower,
    ) as container:
        os.close(follower)
        reader = threading.Thread(target=read)
        reader.start()
        container.wait()
        reader.join()
    os.close(leader)
    return data.decode()


@pytest.mark.parametrize(
    ("options", "variables", "line"),
    [
        ([], {}, r"\x1b\[2m\d\d:\d\d:\d\d initd\x1b\[0m \x1b\[33mwarning app.exited: .*\x1b\[0m"),
        ([], {"NO_COLOR": "1"}, r"\d\d:\d\d:\d\d initd warning app.exited: .*"),
        ([], {"TERM": "dumb"}, r"\d\d:\d\d:\d\d initd warning app.exited: .*"),
        (["--log-format=json"], {}, r'\{"timestamp":.*"logger":"initd","event":"app.exited",.*\}'),
    ],
    ids=str,
)
def test_a_terminal_is_written_to_for_people(
    options: list[str], variables: dict[str, str], line: str
) -> None:
    """In colour if it has any, and nobody has asked for none; as JSON only if told so."""
    assert re.fullmatch(rf"(\r\n)?{line}\r\n", on_terminal(*options, variables=variables))


def test_a_file_for_people_has_the_date_and_no_colour(tmp_path: Path) -> None:
    """It is read later, and by grep."""
    path = tmp_path / "log"
    options = ["--log-format", "console", "--log-to", str(path)]
    with start(*CRASHES, options=options, env=WITHOUT) as container:
        container.wait()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT[\d:.]{12}Z initd warning app\.exited: pid 3, code 137, signal KILL,"
        r" after [\d.]+ s(, why .*)?\n",
        path.read_text(),
    )


# ---- on lines of their own ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("printf unfinished >&2; kill -9 $$", ["app.exited"]),
        ("printf unfinished >&2; exec sleep 60", ["stop.step", "app.exited"]),
        ("printf unfinished >&2; exec sh -c 'exit 3'", ["app.exited"]),
    ],
)
def test_an_unfinished_line_in_a_pipe_stays_alone(script: str, names: list[str]) -> None:
    """Of an app that lives, or is dead: each line of init's is whole."""
    level = "warning" if "kill" in script else "info"
    with start("sh", "-c", script, options=["--log-level", level]) as container:
        if "sleep" in script:
            assert container.log_pipe is not None
            container.log_pipe.until("unfinished")
            container.kill(signal.SIGTERM)
        lines = said(container)
    assert container.log_pipe is not None
    seen = [line for line in container.log_pipe.seen if line]
    assert "unfinished" in seen, lines
    found = events([line for line in seen if line != "unfinished"])
    assert [each for each in found if each in names] == names


@pytest.mark.parametrize("text", ["unfinished", "finished\\n"])
def test_in_a_file_only_an_unfinished_line_gets_a_line_break(tmp_path: Path, text: str) -> None:
    """The last byte is there to be read."""
    path = tmp_path / "log"
    with (
        path.open("ab") as file,
        start("sh", "-c", f"printf '{text}' >&2; kill -9 $$", env=WITHOUT, stderr=file) as it,
    ):
        it.wait()
    first, *others = path.read_text().splitlines()
    assert first == text.removesuffix("\\n")
    assert events(others) == ["app.exited"]


@pytest.mark.parametrize(("text", "rows"), [("unfinished", 1), ("finished\\n", 1), ("", 0)])
def test_on_a_terminal_there_is_no_empty_row(text: str, rows: int) -> None:
    """It is filled to its edge, where the cursor goes to the next row if it was not at the first
    column: as zsh does it."""
    command = ("sh", "-c", f"printf '{text}' >&2; kill -9 $$")
    shown = screen(on_terminal(variables={"NO_COLOR": "1"}, columns=40, command=command), 40)
    assert shown[:rows] == [text.removesuffix("\\n")][:rows]
    assert re.match(r"\d\d:\d\d:\d\d initd warning", shown[rows])


def screen(data: str, columns: int) -> list[str]:
    """The rows of a terminal that has got this: it wraps when a character comes behind the edge."""
    rows: list[list[str]] = [[]]
    column = 0
    for character in data:
        if character == "\r":
            column = 0
        elif character == "\n":
            rows.append([])
        else:
            if column == columns:
                rows.append([])
                column = 0
            rows[-1][column : column + 1] = [character]
            column += 1
    return ["".join(row).rstrip() for row in rows]


def test_before_anything_else_could_have_written_no_line_is_empty() -> None:
    """What init has written itself is finished."""
    with start("no-such-program", options=["--log-level", "info"]) as container:
        lines = written(container).decode().splitlines()
    assert "" not in lines
    assert lines[0].startswith("initd: cannot run 'no-such-program'")
