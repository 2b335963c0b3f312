"""stderr can be full, closed or slow: it is never init's problem."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from .namespace import full_pipe, start


def lives_and_stops(victim: Path, **how: object) -> None:
    """Signals go through and the stop works, whatever stderr is."""
    with start(victim, "15=0", options=["-vv"], **how) as container:  # type: ignore[arg-type]
        container.stdout.until("ready")
        for _ in range(200):
            container.kill(signal.SIGUSR1)
        assert container.stdout.until("got") == "got 10"
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_a_full_pipe_blocks_nothing(victim: Path) -> None:
    """The kernel's pipe holds 64 KiB; after that a plain write would wait for ever."""
    with full_pipe() as writing:
        lives_and_stops(victim, stderr=writing)


def test_a_pipe_without_a_reader_kills_nothing(victim: Path) -> None:
    """SIGPIPE and EPIPE."""
    reading, writing = os.pipe()
    os.close(reading)
    lives_and_stops(victim, stderr=writing)
    os.close(writing)


def test_a_closed_stderr_kills_nothing(victim: Path) -> None:
    """As after `2>&-`."""
    lives_and_stops(victim, before=["sh", "-c", 'exec "$@" 2>&-', "sh"])


def test_a_full_socket_blocks_nothing(victim: Path) -> None:
    """Some engines give a socket for stderr, which can't be opened a second time."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    try:
        while True:
            theirs.send(b"x" * 4096)
    except BlockingIOError:
        theirs.setblocking(True)
    lives_and_stops(victim, stderr=theirs.fileno())
    ours.close()
    theirs.close()


def test_the_apps_stderr_stays_as_it_was(victim: Path) -> None:
    """O_NONBLOCK on the shared description would make the app's writes fail."""
    reading, writing = os.pipe()
    with start(victim, "15=0", stderr=writing) as container:
        container.stdout.until("ready")
        assert os.get_blocking(writing)
        container.kill(signal.SIGTERM)
        assert container.wait() == 0
    os.close(writing)
    os.close(reading)


def test_a_file_shares_its_offset_with_the_app(tmp_path: Path) -> None:
    """`2> file`: with an offset of its own init would write over the app's lines."""
    with (
        (tmp_path / "log").open("wb") as log,
        start("sh", "-c", "echo from the app >&2", stderr=log.fileno()) as container,
    ):
        assert container.wait() == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert "from the app" in lines
    assert [line for line in lines if '"app.started"' in line]
    assert [line for line in lines if '"app.exited"' in line]


def test_what_was_dropped_is_counted_and_said_later(victim: Path) -> None:
    """As soon as there is room again."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    with start(victim, "15=0", stderr=writing) as container:
        container.stdout.until("ready")
        for _ in range(3):
            container.kill(signal.SIGUSR1)
            container.stdout.until("got 10")
        container.status()  # answered after the signals: all their lines have been tried
        os.read(reading, 1 << 20)
        container.kill(signal.SIGTERM)
        assert container.wait() == 0
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read().decode()
    dropped = [line for line in text.splitlines() if "log.dropped" in line]
    assert len(dropped) == 1
    assert '"lines":4' in dropped[0], dropped
    assert "stop.step" in text
