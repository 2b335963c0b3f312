"""Log lines: JSON or for people, whole or not at all, never blocking."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import socket
import struct
import tempfile
import termios
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from initd.init.log import destination as destination_module
from initd.init.log import log as log_module
from initd.init.log.destination import destination
from initd.init.log.log import Log
from initd.linux import own_line
from initd.linux.stderr import Stderr
from initd.log_line import COLOUR, JSON, PLAIN, TERMINAL, coloured_line, json_line, terminal_line

PIPE_BUF = 4096
STYLES = [JSON, PLAIN, TERMINAL, COLOUR]
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Pipe:
    """What stands in stderr's place, and its other end."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)

    def read(self) -> bytes:
        """All that is in it."""
        data = b""
        while True:
            try:
                data += os.read(self.reading, 1 << 20)
            except BlockingIOError:
                return data

    def lines(self) -> list[dict[str, Any]]:
        """All that is in it, as JSON."""
        data = self.read()
        assert data.endswith(b"\n") or not data
        return [json.loads(line) for line in data.splitlines() if line]


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    """A pipe; a Log made in the test writes to it as it would to descriptor 2."""
    pipe = Pipe()
    monkeypatch.setattr(log_module, "Stderr", lambda: Stderr(pipe.writing))
    yield pipe
    os.close(pipe.writing)
    if pipe.reading >= 0:
        os.close(pipe.reading)


def _fill(log: Log) -> int:
    """Writes until nothing of this size fits any more; returns how many lines did."""
    for written in range(10_000):
        log("info", "fill", {"number": f"{written:06}"})
        if log.dropped:
            return written
    raise AssertionError("the pipe was never full")


# ---- what a line looks like -----------------------------------------------------------------


def test_a_line_is_one_json_object_with_timestamp_level_and_event_first(
    stderr: Pipe,
) -> None:
    """As structlog has them, then the facts in their order."""
    Log()("info", "app.started", {"app": 3, "command": ["a b", "\n"], "x": None})
    (line,) = stderr.lines()
    assert list(line) == ["timestamp", "level", "logger", "event", "app", "command", "x"]
    assert TIMESTAMP.fullmatch(line.pop("timestamp"))
    assert line == {
        "level": "info",
        "logger": "initd",
        "event": "app.started",
        "app": 3,
        "command": ["a b", "\n"],
        "x": None,
    }


def test_a_line_for_people_has_time_level_event_and_facts(stderr: Pipe) -> None:
    """In one line, whatever is in the facts; without those that say nothing."""
    facts: dict[str, Any] = {
        "pid": 3,
        "code": 1,
        "signal": None,
        "asked": False,
        "core": True,
        "names": [],
    }
    Log(style=PLAIN)("warning", "app.exited", {**facts, "after_seconds": 2.5, "why": "out\nof it"})
    line = stderr.read().decode()
    time, said = line[:25], line[25:]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", time)
    assert said == "initd warning app.exited: pid 3, code 1, core, after 2.5 s, why out\\nof it\n"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "sweep"),
        ({"in_seconds": 0.2, "restarts": 0}, "sweep: in 0.2 s, restarts 0"),
        ({"seconds": 30.0}, "sweep: 30 s"),
        ({"pids": [3, 4], "names": ("a", "b")}, "sweep: pids 3 4, names a b"),
        ({"children": {"sh": 2}}, "sweep: children sh=2"),
    ],
)
def test_facts_read_as_people_write(facts: dict[str, Any], said: str) -> None:
    """Numbers with their unit, lists without brackets."""
    assert re.fullmatch(r"\d\d:\d\d:\d\d initd info    (.*)", terminal_line("info", "sweep", facts))
    assert terminal_line("info", "sweep", facts).endswith(f"info    {said}")


@pytest.mark.parametrize(
    ("level", "colour"), [("error", "\x1b[1;31m"), ("warning", "\x1b[33m"), ("debug", "\x1b[2m")]
)
def test_a_warning_is_seen_on_a_terminal(level: str, colour: str) -> None:
    """And its colour ends with it."""
    line = coloured_line(level, "x", {})
    assert line.endswith(f"{colour}{level:7} x\x1b[0m")
    assert coloured_line("info", "x", {}).endswith("initd\x1b[0m info    x")


# ---- a line of its own ----------------------------------------------------------------------


@pytest.fixture
def beside_app(stderr: Pipe) -> Log:
    """A log whose stderr an app has, too."""
    log = Log()
    log.begin_beside_app()
    return log


def test_behind_an_unfinished_line_of_the_app_a_line_is_on_its_own(
    stderr: Pipe, beside_app: Log
) -> None:
    """And init's own, written at once, follow each other without a gap."""
    os.write(stderr.writing, b"Loading...")
    beside_app("info", "a", {})
    beside_app("info", "b", {})
    unfinished, first, *others = stderr.read().splitlines()
    assert unfinished == b"Loading..."
    assert json.loads(first)["event"] == "a"
    assert json.loads(others[-1])["event"] == "b"


def test_before_the_app_runs_no_line_break_comes_first(
    stderr: Pipe, beside_app: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence tells of a start that failed: nobody but init has written since."""
    monkeypatch.setattr(own_line, "_AT_ONCE", 0.0)
    beside_app.say("initd: cannot run 'x'")
    beside_app("info", "app.exited", {})
    assert b"\n\n" not in stderr.read()
    os.write(stderr.writing, b"Loading...")
    beside_app("info", "app.started", {})
    assert stderr.read().startswith(b"Loading...\n{")


def test_in_a_file_a_finished_line_gets_no_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last byte tells."""
    path = tmp_path / "log"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    monkeypatch.setattr(log_module, "Stderr", lambda: Stderr(fd))
    monkeypatch.setattr(own_line, "_AT_ONCE", 0.0)
    log = Log(style=PLAIN)
    log.begin_beside_app()
    for text in (b"", b"finished\n", b"unfinished"):
        os.write(fd, text)
        log("info", "x", {})
    os.close(fd)
    lines = path.read_text().splitlines()
    assert [line if line[0] in "fu" else line[-1] for line in lines] == [
        *("x", "finished", "x", "unfinished", "x"),
    ]


def test_on_a_terminal_the_edge_is_reached_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many spaces as it has columns: from the beginning of a line they end on that line."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 24, 40, 0, 0))
    monkeypatch.setattr(log_module, "Stderr", lambda: Stderr(follower))
    log = Log(style=TERMINAL)
    log.begin_beside_app()
    log("info", "x", {})
    seen = os.read(leader, 4096)
    os.close(leader)
    os.close(follower)
    assert seen.startswith(b" " * 40 + b"\r")
    assert b"initd" in seen[:70]


# ---- where they go --------------------------------------------------------------------------


def test_a_file_takes_lines_and_is_made_anew_when_it_was_renamed(tmp_path: Path) -> None:
    """logrotate renames it."""
    path = tmp_path / "initd.log"
    log = Log(out=destination(str(path)))
    log("info", "a", {})
    path.rename(tmp_path / "initd.log.1")
    log("info", "b", {})
    assert json.loads((tmp_path / "initd.log.1").read_text())["event"] == "a"
    assert json.loads(path.read_text())["event"] == "b"


@pytest.mark.parametrize("style", [JSON, PLAIN])
def test_syslog_gets_a_datagram_with_its_severity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    """Of the facility daemon."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        monkeypatch.setattr(destination_module, "SYSLOG", os.fsencode(tmp_path / "log"))
        log = Log(1, style, out=destination("syslog"))
        for level in ("error", "warning", "info", "debug"):
            log(level, "x", {})
        seen = [server.recv(4096) for _ in range(4)]
    heads = [each[: each.index(b":") + 2] for each in seen]
    assert heads == [f"<{24 + n}>initd[{os.getpid()}]: ".encode() for n in (3, 4, 6, 7)]
    assert log.dropped == 0


@pytest.mark.parametrize("style", [JSON, PLAIN])
def test_syslogs_severity_is_that_of_the_level_alone(
    style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else the line says: a check may be called error-rate."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "log"))
        monkeypatch.setattr(destination_module, "SYSLOG", os.fsencode(tmp_path / "log"))
        log = Log(1, style, out=destination("syslog"))
        log("warning", "check.fails", {"check": "error-rate"})
        log("info", "hook.output", {"line": "0 errors, 1 warning"})
        assert [syslog.recv(4096)[:4] for _ in range(2)] == [b"<28>", b"<30>"]


@pytest.fixture
def place_of_others(tmp_path: Path) -> Path:
    """A directory of the app's user, and a file of root's beside it."""
    (tmp_path / "of-root").write_text("as it was\n")
    made = tmp_path / "app"
    made.mkdir()
    os.chown(made, 1000, 1000)
    return made


@pytest.mark.parametrize("way", [os.symlink, os.link], ids=["a link", "a hard link"])
def test_a_link_that_the_app_has_made_is_not_written_to(
    way: Callable[[Path, Path], None], place_of_others: Path
) -> None:
    """At the start it is refused; later the log stays in the file that it has."""
    path, target = place_of_others / "initd.log", place_of_others.parent / "of-root"
    log = Log(out=destination(str(path)))
    log("warning", "one", {})
    path.rename(place_of_others / "old")
    way(target, path)
    log("warning", "two", {})
    assert target.read_text() == "as it was\n"
    assert (place_of_others / "old").read_text().count("\n") == 2
    with pytest.raises(OSError, match=r"symbolic links|another name"):
        destination(str(path))


def test_nor_is_a_directory_above_followed_that_the_app_has_replaced(place_of_others: Path) -> None:
    """It is the app's to rename."""
    elsewhere = place_of_others.parent / "elsewhere"
    elsewhere.mkdir()
    (place_of_others / "logs").symlink_to(elsewhere)
    with pytest.raises(OSError, match="Not a directory"):
        destination(str(place_of_others / "logs" / "initd.log"))
    assert list(elsewhere.iterdir()) == []


def test_a_link_of_roots_is_followed() -> None:
    """/var/run is one, /dev/stdout another."""
    place = Path(tempfile.mkdtemp(dir="/run"))
    try:
        (place / "real").mkdir()
        (place / "link").symlink_to("real")
        Log(out=destination(str(place / "link" / "initd.log")))("warning", "one", {})
        assert (place / "real" / "initd.log").read_text().count("\n") == 1
    finally:
        shutil.rmtree(place)


def test_what_a_full_disk_has_cut_does_not_run_into_the_next_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half stays, on a line of its own."""
    path = tmp_path / "initd.log"
    log = Log(out=destination(str(path)))
    whole = os.write
    monkeypatch.setattr("posix.write", lambda fd, data: whole(fd, data[:9]))
    log("warning", "one", {})
    monkeypatch.undo()
    log("warning", "two", {})
    half, *others = path.read_text().splitlines()
    assert len(half) == 9
    assert [json.loads(line)["event"] for line in others] == ["log.dropped", "two"]


def test_without_a_syslog_lines_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is waited for; where there was none from the start, init says so on stderr."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "log"))
    monkeypatch.setattr(destination_module, "SYSLOG", os.fsencode(tmp_path / "log"))
    log = Log(out=destination("syslog"))
    listener.close()
    log("info", "x", {})
    assert log.dropped == 1
    (tmp_path / "log").unlink()
    with pytest.raises(FileNotFoundError):
        destination("syslog")


def test_a_descriptor_takes_lines_when_init_s_own_has_been_closed(stderr: Pipe) -> None:
    """It is the app's, and init lets go of what is."""
    other = Pipe()
    log = Log(out=destination(f"fd:{other.writing}"))
    os.close(other.writing)
    log("info", "x", {})
    assert other.lines()[0]["event"] == "x"
    os.close(other.reading)
    assert stderr.read() == b""


def test_nowhere_takes_all(stderr: Pipe) -> None:
    """The status page has them still."""
    log = Log(out=destination("none"))
    log.remember = True
    log("info", "x", {})
    assert (stderr.read(), log.dropped, log.recent[0]["event"]) == (b"", 0, "x")


# ---- what a line may contain ----------------------------------------------------------------


@pytest.mark.parametrize("control", ["\r", "\x1b[2J", "\x07"])
def test_a_line_for_people_does_not_steer_their_terminal(stderr: Pipe, control: str) -> None:
    """A command's words are somebody else's."""
    Log(style=PLAIN)("info", "app.started", {"reason": control, "command": [control]})
    assert control[0].encode() not in stderr.read()


@pytest.mark.parametrize("style", STYLES)
def test_bytes_other_than_text_are_written_all_the_same(stderr: Pipe, style: str) -> None:
    """Arguments are bytes; those that are no UTF-8 come as surrogates."""
    Log(style=style)("info", "app.started", {"command": "caf\udce9"})
    assert rb"caf\udce9" in stderr.read()


@pytest.mark.parametrize(
    ("verbosity", "shown"),
    [
        *((-3, ""), (-2, "error"), (-1, "error warning"), (0, "error warning info")),
        *((1, "error warning info debug"), (5, "error warning info debug")),
    ],
)
def test_levels_are_shown_as_verbose_says(stderr: Pipe, verbosity: int, shown: str) -> None:
    """From off on."""
    log = Log(verbosity)
    for level in ("error", "warning", "info", "debug"):
        log(level, "x", {})
    assert [line["level"] for line in stderr.lines()] == shown.split()


@pytest.mark.parametrize(("depth", "shown"), [(-2, 0), (-1, 1), (0, 1)])
def test_what_hooks_print_is_shown_where_warnings_are(stderr: Pipe, depth: int, shown: int) -> None:
    """It is the image's, and says why one has failed."""
    Log(depth)("info", "hook.output", {"line": "no such table"})
    assert [line["line"] for line in stderr.lines()] == ["no such table"] * shown


def test_a_sentence_for_people_is_a_plain_line(stderr: Pipe) -> None:
    """Whatever the format of the log."""
    Log().say("initd: cannot run 'caf\udce9'")
    assert stderr.read() == b"initd: cannot run 'caf\\udce9'\n"


# ---- a line is whole or not there -----------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("text", ["x" * 5000, "é" * 3000, "\udce9" * 1000], ids=len)
def test_a_line_that_a_pipe_could_tear_apart_becomes_a_short_one(
    stderr: Pipe, style: str, text: str
) -> None:
    """It says that there was more; what stands in it is whole."""
    Log(style=style)("info", "app.started", {"command": text})
    data = stderr.read()
    assert len(data) <= PIPE_BUF
    assert data.endswith(b"\n")
    assert b"app.started" in data
    assert re.search(rb"too.long", data)


def test_a_sentence_that_is_too_long_is_still_a_line(stderr: Pipe) -> None:
    """A command of 5,000 characters that is not there."""
    Log().say(f"initd: cannot run {'x' * 5000!r}: No such file or directory")
    data = stderr.read()
    assert len(data) <= PIPE_BUF
    assert data.endswith(b"\n")


def test_the_longest_line_is_not_shortened(stderr: Pipe) -> None:
    """PIPE_BUF with its newline, and with one that may come before it, to the byte."""
    log = Log()
    log("info", "x", {"text": ""})
    room = PIPE_BUF - 1 - len(stderr.read())
    log("info", "x", {"text": "y" * room})
    (line,) = stderr.lines()
    assert line["text"] == "y" * room


# ---- nobody reads ---------------------------------------------------------------------------


def test_a_full_pipe_neither_blocks_nor_tears_a_line(stderr: Pipe) -> None:
    """64 KiB, and then lines are dropped; every one that is there is whole."""
    log = Log()
    written = _fill(log)
    for _ in range(100):
        log("info", "lost", {"number": "000000"})
    lines = stderr.lines()
    assert [int(line["number"]) for line in lines] == list(range(written))


def test_what_was_dropped_is_counted_and_said_as_soon_as_there_is_room(
    stderr: Pipe,
) -> None:
    """Before the next line, once."""
    log = Log()
    _fill(log)
    for _ in range(41):
        log("info", "lost", {"number": "000000"})
    stderr.read()
    log("info", "found", {})
    log("info", "again", {})
    dropped, found, again = stderr.lines()
    assert (dropped["level"], dropped["event"], dropped["lines"]) == ("warning", "log.dropped", 42)
    assert (found["event"], again["event"]) == ("found", "again")


def test_a_level_that_is_not_shown_is_not_counted_as_dropped(stderr: Pipe) -> None:
    """Nobody would have seen it anyway."""
    log = Log()
    _fill(log)
    log("debug", "hidden", {})
    stderr.read()
    log("info", "found", {})
    assert stderr.lines()[0]["lines"] == 1


def test_a_sentence_does_not_make_the_dropped_lines_forgotten(stderr: Pipe) -> None:
    """The next log line still tells of them."""
    log = Log()
    _fill(log)
    stderr.read()
    log.say("initd: a sentence")
    log("info", "found", {})
    events = [json.loads(line)["event"] for line in stderr.read().splitlines()[1:]]
    assert events == ["log.dropped", "found"]


def test_a_pipe_without_a_reader_does_not_kill_it(stderr: Pipe) -> None:
    """Python ignores SIGPIPE, and EPIPE is a line that is dropped."""
    log = Log()
    os.close(stderr.reading)
    stderr.reading = -1
    log("info", "lost", {})
    log.say("lost")
    assert log.dropped == 2


def test_a_closed_stderr_does_not_kill_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`2>&-`: each line is dropped, none raises."""
    closed = os.dup(2)
    os.close(closed)
    monkeypatch.setattr(log_module, "Stderr", lambda: Stderr(closed))
    log = Log()
    log("info", "lost", {})
    log.say("lost")
    assert log.dropped == 2


def test_the_apps_stderr_stays_blocking(stderr: Pipe) -> None:
    """O_NONBLOCK belongs to the open file, which the app shares."""
    Log()("info", "x", {})
    assert os.get_blocking(stderr.writing)


@pytest.mark.parametrize("style", STYLES)
def test_lines_come_in_the_order_in_which_they_were_written(stderr: Pipe, style: str) -> None:
    """Nothing is buffered."""
    log = Log(style=style)
    for number in range(5):
        log("info", f"event-{number}", {})
    assert re.findall(rb"event-(\d)", stderr.read()) == [b"0", b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"pid": 3, "code": 143, "signal": None, "asked": False, "after_seconds": 0.25},
        {"command": ["sh", "-c", 'echo "a\\b" \t\x01'], "why": "caf\u00e9 \u2028 \U0001f600"},
        {"nested": {"a": [1, {"b": []}], "c": {}}, "large": 2**40, "empty": ""},
    ],
)
def test_a_line_says_what_structlog_would_say(facts: dict[str, Any]) -> None:
    """initd's own log is read by what reads structlog's. The package itself stays out of init and
    monitor: importing it imports asyncio."""
    written = structlog.testing.CapturingLoggerFactory()
    log = structlog.wrap_logger(
        written(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
    )
    log.warning("app.exited", **facts)
    theirs = json.loads(written.logger.calls[0].args[0])
    ours = json.loads(json_line("warning", "app.exited", facts))
    assert {**ours, "timestamp": ""} == {**theirs, "timestamp": "", "logger": "initd"}
    assert TIMESTAMP.fullmatch(ours["timestamp"])
    assert datetime.fromisoformat(ours["timestamp"]) >= datetime.fromisoformat(
        theirs["timestamp"]
    ).replace(microsecond=0)
