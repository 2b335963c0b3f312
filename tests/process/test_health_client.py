"""`initd health` as the launcher answers it: what it asks, what it makes of the answer."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from initd.json_codec import encode

from .fake_init import SOMEBODY, FakeInit, listen
from .namespace import INITD, alone, opened_to_all

HEALTHY = b'{"healthy":true,"why":"running: pid 3, up 5 s"}\n'
ANSWER_AT_MOST = 65536


def health(
    *words: str | Path, program: str | Path = INITD, **more: Any
) -> subprocess.CompletedProcess[bytes]:
    """Runs `initd health WORDS` to its end."""
    return subprocess.run([program, "health", *words], capture_output=True, **more)


def answer_of(length: int) -> bytes:
    """A healthy answer of so many bytes."""
    frame = b'{"healthy":true,"why":"%s"}\n'
    return frame % (b"x" * (length - len(frame % b"")))


def reachable(folder: Path) -> Path:
    """The client in a folder that everybody may search."""
    return Path(shutil.copy(INITD, opened_to_all(folder) / "initd"))


class Drip(Sequence[bytes]):
    """The bytes of an answer without an end, one a second."""

    def __len__(self) -> int:
        return 60

    def __getitem__(self, at: Any) -> Any:
        time.sleep(1)
        return b"x"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the control socket is."""
    return tmp_path / "socket"


@pytest.fixture
def init(path: Path) -> Iterator[FakeInit]:
    """Somebody to be asked."""
    with FakeInit(path, HEALTHY) as init:
        yield init


# ---- what it says -------------------------------------------------------------------------

ANSWERS = [
    ({"healthy": True, "why": "running"}, 0, "healthy: running\n"),
    ({"healthy": False, "why": "check db: refused"}, 1, "unhealthy: check db: refused\n"),
    ({"error": "no such role"}, 1, "unknown: no such role\n"),
    ({"healthy": True, "why": ""}, 0, "healthy: \n"),
    ({"healthy": True, "why": "ok\n[+] db\n[+] cache"}, 0, "healthy: ok\n[+] db\n[+] cache\n"),
    ({"healthy": True, "why": '"\\/\b\f\n\r\t\x7f'}, 0, 'healthy: "\\/\b\f\n\r\t\x7f\n'),
    ({"healthy": True, "why": "a\0b"}, 0, "healthy: a\0b\n"),
    ({"healthy": False, "why": "é ☃ 😀 \uffff"}, 1, "unhealthy: é ☃ 😀 \uffff\n"),
    ({"healthy": False, "why": "half \ud83d"}, 1, "unhealthy: half \ufffd\n"),
]


@pytest.mark.parametrize(("answer", "code", "line"), ANSWERS)
def test_it_says_what_init_says(
    init: FakeInit, answer: dict[str, Any], code: int, line: str
) -> None:
    """As the encoder of pid 1 writes it."""
    init.pieces = [encode(answer).encode() + b"\n"]
    said = health("--socket", init.path)
    assert (said.returncode, said.stdout.decode(), said.stderr) == (code, line, b"")


def test_an_answer_may_come_byte_by_byte(init: FakeInit) -> None:
    """A stream has no records."""
    whole = encode({"healthy": False, "why": "é 😀 \\ \n"}).encode() + b"\n"
    init.pieces = [bytes([byte]) for byte in whole]
    said = health("--socket", init.path)
    assert (said.returncode, said.stdout.decode()) == (1, "unhealthy: é 😀 \\ \n\n")


def test_the_longest_answer_is_said_whole(init: FakeInit) -> None:
    """64 KiB; one byte more is refused."""
    init.pieces = [answer_of(ANSWER_AT_MOST)]
    said = health("--socket", init.path)
    assert said.returncode == 0
    assert len(said.stdout) == len(b"healthy: ") + init.pieces[0].count(b"x") + 1
    init.pieces = [answer_of(ANSWER_AT_MOST + 1)]
    said = health("--socket", init.path)
    assert (said.returncode, said.stdout) == (
        1,
        b"unhealthy: no init answers: %s: an answer longer than 65536 bytes\n"
        % os.fsencode(init.path),
    )


NO_ANSWERS = [
    ([], "closed without an answer"),
    ([HEALTHY[:-1]], "closed without an answer"),
    ([HEALTHY[:20], HEALTHY[:20]], "closed without an answer"),
    ([b"\n"], "not an answer from initd"),
    ([b"{}\n"], "not an answer from initd"),
    ([b"HTTP/1.0 200 OK\r\n"], "not an answer from initd"),
    ([HEALTHY + HEALTHY], "not an answer from initd"),
    ([b'{"healthy":1,"why":""}\n'], "not an answer from initd"),
    ([b'{"healthy":true}\n'], "not an answer from initd"),
    ([b'{"healthy":true,"why":"","more":1}\n'], "not an answer from initd"),
    ([b'{"healthy":true,"why":"\\u12"}\n'], "not an answer from initd"),
    ([b'{"healthy":true,"why":"\\x"}\n'], "not an answer from initd"),
    ([b'{"healthy":true,"why":"\x1b[0m"}\n'], "not an answer from initd"),
    ([b"x" * 200_000], "an answer longer than 65536 bytes"),
]


@pytest.mark.parametrize(("pieces", "why"), NO_ANSWERS)
def test_a_malformed_answer_is_unhealthy(init: FakeInit, pieces: list[bytes], why: str) -> None:
    """One line that says where and why."""
    init.pieces = pieces
    said = health("--socket", init.path)
    line = f"unhealthy: no init answers: {init.path}: {why}\n"
    assert (said.returncode, said.stdout.decode(), said.stderr) == (1, line, b"")


def test_an_init_that_hangs_up_at_once_is_unhealthy(path: Path) -> None:
    """As init does with one client too many: before or after the request, never a signal."""
    with listen(path) as server:
        for _ in range(300):
            client = subprocess.Popen([INITD, "health", "--socket", path], stdout=subprocess.PIPE)
            server.accept()[0].close()
            assert client.communicate()[0].endswith(b": closed without an answer\n")
            assert client.returncode == 1


def test_2000_random_answers_are_healthy_or_not(init: FakeInit) -> None:
    """No crash, no hang, no other exit code; what they are read as, see test_health_answer."""
    rolls = random.Random(4)
    command = [INITD, "health", "--socket", str(init.path)]
    silent = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    codes = set()
    for _ in range(2000):
        junk = rolls.randbytes(rolls.randrange(100))
        at = rolls.randrange(len(HEALTHY))
        init.pieces = [HEALTHY[:at], junk, HEALTHY[at + rolls.randrange(2) :]]
        pid = os.posix_spawn(INITD, command, os.environ, file_actions=silent)
        codes.add(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    assert codes <= {0, 1}


# ---- what it asks, and whom ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        ((), ""),
        (("--live",), "live"),
        (("--ready",), "ready"),
        (("--startup",), "startup"),
        (("-v",), "verbose"),
        (("--verbose", "-v"), "verbose"),
        (("--live", "-v"), "live verbose"),
        (("--verbose", "--startup"), "startup verbose"),
    ],
    ids=str,
)
def test_the_words_are_the_argument_of_the_request(
    init: FakeInit, words: Sequence[str], argument: str
) -> None:
    """pid 1 decides what they mean."""
    assert health(*words, f"--socket={init.path}").returncode == 0
    assert init.requests == [b'{"verb":"health","argument":"%s"}\n' % argument.encode()]


def test_the_socket_is_that_of_the_option_then_of_the_variable(
    init: FakeInit, tmp_path: Path
) -> None:
    """A flag wins over its variable, as everywhere."""
    there, nowhere = str(init.path), str(tmp_path / "none")
    assert health(env={"INITD_SOCKET": there}).returncode == 0
    assert health("--socket", there, env={"INITD_SOCKET": nowhere}).returncode == 0
    assert health("--socket", nowhere, env={"INITD_SOCKET": there}).returncode == 1
    for said in (
        health(env={"INITD_SOCKET": ""}),
        health("--socket=", env={"INITD_SOCKET": there}),
    ):
        assert b"answers: /run/initd/control.sock: " in said.stdout, "an empty one is none"


def test_a_stranger_is_neither_asked_nor_believed(path: Path) -> None:
    """In /tmp anybody could be the first to listen at init's place."""
    with FakeInit(path, HEALTHY, owner=SOMEBODY) as init:
        said = health("--socket", path)
    assert said.returncode == 1
    assert b"not trusted: the listener is neither root" in said.stdout
    assert init.requests == [b""], "it hung up without a word"


def test_the_own_user_and_root_are_believed(path: Path, tmp_path: Path) -> None:
    """An init that is not root's is asked by its own user, root's by anybody who gets there."""
    program = reachable(tmp_path)
    for owner in (SOMEBODY, 0):
        with FakeInit(path, HEALTHY, owner=owner):
            path.chmod(0o666)
            said = health("--socket", path, program=program, user=SOMEBODY)
            assert said.returncode == 0


# ---- when nobody answers ------------------------------------------------------------------


def test_why_no_init_answers_is_said(tmp_path: Path) -> None:
    """In words for people."""
    (tmp_path / "file").touch()
    with (
        socket.socket(socket.AF_UNIX) as dead,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
    ):
        dead.bind(str(tmp_path / "dead"))
        datagrams.bind(str(tmp_path / "datagrams"))
        for name, why in {
            "none": "no such file or directory",
            "file/socket": "not a directory",
            "file": "connection refused",
            "dead": "connection refused",
            "datagrams": "a socket of the wrong type",
            "x" * 108: "path too long for a socket: 107 bytes at most",
        }.items():
            said = health("--socket", tmp_path / name)
            line = f"unhealthy: no init answers: {tmp_path / name}: {why}\n"
            assert (said.returncode, said.stdout.decode(), said.stderr) == (1, line, b"")


def test_a_socket_that_one_may_not_open_is_said_to_be_so(init: FakeInit, tmp_path: Path) -> None:
    """It has mode 0600; init need not be unwell."""
    program = reachable(tmp_path)
    init.path.chmod(0o600)
    said = health("--socket", init.path, program=program, user=SOMEBODY)
    line = f"unknown: only root and init's own user may ask: {init.path}: permission denied\n"
    assert (said.returncode, said.stdout.decode()) == (1, line)


def test_its_patience_ends_after_five_seconds(tmp_path: Path) -> None:
    """Whether nobody answers, nobody accepts, or an answer drips in for ever."""
    silent, full, drips = (tmp_path / name for name in ("silent", "full", "drips"))
    began = time.monotonic()
    with (
        listen(silent),
        listen(full, queue=0),
        socket.socket(socket.AF_UNIX) as first,
        FakeInit(drips) as init,
    ):
        first.connect(str(full))  # a queue of 0 has room for one
        init.pieces = Drip()
        clients = [
            subprocess.Popen([INITD, "health", "--socket", where], stdout=subprocess.PIPE)
            for where in (silent, full, drips)
        ]
        said = [client.communicate()[0] for client in clients]
        took = time.monotonic() - began
    for client, line in zip(clients, said, strict=True):
        assert client.returncode == 1
        assert line.endswith(b": timed out\n")
    assert took >= 5
    assert alone(took) < 7
