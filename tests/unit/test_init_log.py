"""Log lines: JSON or for people, whole or not at all, never blocking."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import structlog

from initd.init.log import log as log_module
from initd.init.log.log import Log
from initd.linux.stderr import Stderr
from initd.log_line import json_line

PIPE_BUF = 4096
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
        return [json.loads(line) for line in data.splitlines()]


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
    assert list(line) == ["timestamp", "level", "event", "app", "command", "x"]
    assert TIMESTAMP.fullmatch(line.pop("timestamp"))
    assert line == {
        "level": "info",
        "event": "app.started",
        "app": 3,
        "command": ["a b", "\n"],
        "x": None,
    }


def test_a_line_for_people_has_time_level_event_and_facts(stderr: Pipe) -> None:
    """In one line, whatever is in the facts."""
    Log(console=True)("warning", "app.exited", {"code": 1, "why": "out\nof memory"})
    line = stderr.read().decode()
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d\.\d{3} warning app\.exited code=1 why=out\\nof memory\n", line
    )


@pytest.mark.parametrize("control", ["\r", "\x1b[2J", "\x07"])
def test_a_line_for_people_does_not_steer_their_terminal(stderr: Pipe, control: str) -> None:
    """A command's words are somebody else's."""
    Log(console=True)("info", "app.started", {"reason": control, "command": [control]})
    assert control[0].encode() not in stderr.read()


@pytest.mark.parametrize("console", [False, True], ids=["json", "console"])
def test_bytes_other_than_text_are_written_all_the_same(stderr: Pipe, console: bool) -> None:
    """Arguments are bytes; those that are no UTF-8 come as surrogates."""
    Log(console=console)("info", "app.started", {"command": "caf\udce9"})
    assert rb"caf\udce9" in stderr.read()


@pytest.mark.parametrize(
    ("verbosity", "shown"),
    [(0, "error warning info"), (1, "error warning info debug"), (5, "error warning info debug")],
)
def test_levels_are_shown_as_verbose_says(stderr: Pipe, verbosity: int, shown: str) -> None:
    """Without -v: the life of the container."""
    log = Log(verbosity)
    for level in ("error", "warning", "info", "debug"):
        log(level, "x", {})
    assert [line["level"] for line in stderr.lines()] == shown.split()


def test_a_sentence_for_people_is_a_plain_line(stderr: Pipe) -> None:
    """Whatever the format of the log."""
    Log().say("initd: cannot run 'caf\udce9'")
    assert stderr.read() == b"initd: cannot run 'caf\\udce9'\n"


# ---- a line is whole or not there -----------------------------------------------------------


@pytest.mark.parametrize("console", [False, True], ids=["json", "console"])
@pytest.mark.parametrize("text", ["x" * 5000, "é" * 3000, "\udce9" * 1000], ids=len)
def test_a_line_that_a_pipe_could_tear_apart_becomes_a_short_one(
    stderr: Pipe, console: bool, text: str
) -> None:
    """It says that there was more; what stands in it is whole."""
    Log(console=console)("info", "app.started", {"command": text})
    data = stderr.read()
    assert len(data) <= PIPE_BUF
    assert data.endswith(b"\n")
    assert b"app.started" in data
    assert b"too_long" in data


def test_a_sentence_that_is_too_long_is_still_a_line(stderr: Pipe) -> None:
    """A command of 5,000 characters that is not there."""
    Log().say(f"initd: cannot run {'x' * 5000!r}: No such file or directory")
    data = stderr.read()
    assert len(data) <= PIPE_BUF
    assert data.endswith(b"\n")


def test_the_longest_line_is_not_shortened(stderr: Pipe) -> None:
    """PIPE_BUF with its newline, to the byte."""
    log = Log()
    log("info", "x", {"text": ""})
    room = PIPE_BUF - len(stderr.read())
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


@pytest.mark.parametrize("console", [False, True], ids=["json", "console"])
def test_lines_come_in_the_order_in_which_they_were_written(stderr: Pipe, console: bool) -> None:
    """Nothing is buffered."""
    log = Log(console=console)
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
    assert {**ours, "timestamp": ""} == {**theirs, "timestamp": ""}
    assert TIMESTAMP.fullmatch(ours["timestamp"])
    assert datetime.fromisoformat(ours["timestamp"]) >= datetime.fromisoformat(
        theirs["timestamp"]
    ).replace(microsecond=0)
