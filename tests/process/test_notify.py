"""sd_notify over a real socket: who is heard, what can't hurt the monitor."""

from __future__ import annotations

import gc
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from initd.core.health.notify import Notification
from initd.monitor.notify import DATAGRAMS_A_TURN, SENDERS_AT_MOST, Refusals

from . import hearing as hearing_program
from .hearing import Hearing
from .namespace import Lines, opened_to_all, start

#: Sends its arguments, one datagram each, and stays until its stdin ends.
SEND = """
import os, socket, sys
sending = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sending.connect(os.environ["NOTIFY_SOCKET"])
for word in sys.argv[1:]:
    sending.send(word.encode())
sys.stdin.read()
"""
#: What a program in C does: libsystemd's own sd_notify and sd_notify_barrier.
LIBSYSTEMD = """
import ctypes
systemd = ctypes.CDLL("libsystemd.so.0")
systemd.sd_notify_barrier.argtypes = [ctypes.c_int, ctypes.c_uint64]
print(systemd.sd_notify(0, b"READY=1\\nSTATUS=from C"), end=" ")
print(systemd.sd_notify_barrier(0, 15_000_000))
"""
FLOOD = """
import os, socket, sys
sending = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sending.connect(os.environ["NOTIFY_SOCKET"])
kinds = [b"WATCHDOG=1", b"x" * 5000, os.urandom(200), b"RELOADING=1"]
for number in range(int(sys.argv[1])):
    sending.send(kinds[number % len(kinds)])
"""
PYTHON = sys.executable


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Hearing]:
    """A listener of a monitor whose init is pid 1, and the app's user root."""
    with Hearing(opened_to_all(tmp_path) / "notify.sock") as listening:
        yield listening


def _send(hearing: Hearing, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        for datagram in datagrams:
            sending.sendto(datagram, hearing.path)


def _sender(hearing: Hearing, *words: str, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    command = [*before, PYTHON, "-c", SEND, *words]
    return subprocess.Popen(command, env=hearing.env, stdin=subprocess.PIPE)


def _let_go(sender: subprocess.Popen[bytes]) -> None:
    assert sender.stdin is not None
    sender.stdin.close()
    assert sender.wait() == 0


# ---- what is heard --------------------------------------------------------------------------


def test_news_change_what_is_known_then_reach_the_log_and_the_listener(hearing: Hearing) -> None:
    """In the order in which they were sent, each with who sent it."""
    _send(hearing, b"STATUS=Loading", b"READY=1\nSTATUS=Up", b"WATCHDOG=1", b"X_MINE=1")
    _send(hearing, b"WATCHDOG=trigger", b"RELOADING=1", b"STOPPING=1")
    hearing.until(lambda: hearing.notified.announced == "stopping")
    me = os.getpid()
    assert hearing.log == [
        ("debug", "notify.status", {"from_pid": me, "said": "Loading"}),
        ("info", "notify.ready", {"from_pid": me, "said": "Up"}),
        ("debug", "notify.status", {"from_pid": me, "said": "Up"}),
        ("warning", "notify.watchdog-trigger", {"from_pid": me, "said": "Up"}),
        ("info", "notify.reloading", {"from_pid": me, "said": "Up"}),
        ("info", "notify.stopping", {"from_pid": me, "said": "Up"}),
    ]
    hearing.until(lambda: len(hearing.news) == 6)  # what says nothing is not reported
    assert hearing.news[2] == Notification(watchdog="ping")
    assert hearing.notified.last_watchdog is not None


def test_what_is_sent_while_no_monitor_lives_is_heard_by_the_next_one(hearing: Hearing) -> None:
    """Pid 1 holds the socket."""
    hearing.stop_listening()
    _send(hearing, b"READY=1")
    assert not hearing.notified.ready
    hearing.listen()
    hearing.until(lambda: hearing.notified.ready)


def test_pid_1s_word_is_taken_in_before_a_datagram_that_was_sent_after_it(tmp_path: Path) -> None:
    """A new app's READY=1 would be lost if the old app's end were heard of after it."""
    came: list[str] = []

    def catch_up() -> None:
        came.append("pid 1")
        if len(came) == 1:
            listening.notified.begin(0.0)

    with Hearing(tmp_path / "notify.sock", catch_up=catch_up) as listening:
        _send(listening, b"READY=1")
        listening.until(lambda: listening.news)
        assert (came, listening.notified.ready) == (["pid 1"], True)


# ---- who is heard ---------------------------------------------------------------------------


def test_a_sender_outside_of_the_pid_namespace_is_refused(tmp_path: Path) -> None:
    """The kernel has no number for it there, and gives 0."""
    path = tmp_path / "notify.sock"
    program = [PYTHON, hearing_program.__file__, str(path)]
    inside = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--", *program],
        stdout=subprocess.PIPE,
    )
    assert inside.stdout is not None
    try:
        lines = Lines(inside.stdout.fileno())
        lines.until("ready")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outside:
            outside.sendto(b"READY=1", str(path))
        refused = lines.until("{")
    finally:
        inside.kill()
        inside.wait()
        inside.stdout.close()
    assert '"event": "notify.refused", "from_pid": 0, "from_uid": 0' in refused
    assert "outside the container" in refused


def test_a_sender_in_a_pid_namespace_within_is_heard(hearing: Hearing) -> None:
    """It has a number here too, and that is the one which the kernel gives."""
    nested = _sender(hearing, "READY=1", before=("unshare", "--pid", "--fork", "--"))
    hearing.until(lambda: hearing.notified.ready)
    sender = hearing.events("notify.ready")[0]["from_pid"]
    _let_go(nested)
    assert sender > nested.pid


def test_where_init_is_not_pid_1_strangers_are_refused(tmp_path: Path) -> None:
    """This test's child is a stranger to an init that is another child of it."""
    with subprocess.Popen(["sleep", "100"]) as init:
        try:
            with Hearing(tmp_path / "notify.sock", init_pid=init.pid) as listening:
                stranger = _sender(listening, "READY=1")
                listening.until(lambda: listening.events("notify.refused"))
                _let_go(stranger)
        finally:
            init.kill()
    refused = listening.events("notify.refused")[0]
    assert (refused["from_pid"], refused["from_uid"]) == (stranger.pid, 0)
    assert "not a descendant of init" in refused["why"]
    assert not listening.notified.ready


def test_where_init_is_not_pid_1_its_descendants_are_heard(tmp_path: Path) -> None:
    """However deep; here this test stands for init, and a shell is between."""
    with Hearing(tmp_path / "notify.sock", init_pid=os.getpid()) as listening:
        child = _sender(listening, "READY=1", before=("sh", "-c", '"$@"; exit', "sh"))
        listening.until(lambda: listening.notified.ready)
        assert listening.events("notify.ready")[0]["from_pid"] != child.pid
        _let_go(child)


@pytest.mark.parametrize(("uid", "main_pid"), [("65534", None), ("65533", 7)])
def test_only_root_and_the_apps_user_name_the_main_process(
    tmp_path: Path, uid: str, main_pid: int | None
) -> None:
    """Of somebody else's datagram the rest is heard."""
    with Hearing(opened_to_all(tmp_path) / "notify.sock", app_uid=65533) as listening:
        other = ("setpriv", f"--reuid={uid}", "--clear-groups", "/usr/bin/python3", "-c", SEND)
        sender = subprocess.Popen(
            [*other, "READY=1\nMAINPID=7"], env=listening.env, stdin=subprocess.PIPE
        )
        listening.until(lambda: listening.news)
        _let_go(sender)
    assert listening.news == [Notification(ready=True, main_pid=main_pid)]
    refused = [(each["from_uid"], each["why"]) for each in listening.events("notify.refused")]
    why = "only root and the app's user may set MAINPID"
    assert refused == ([] if main_pid else [(65534, why)])


def test_who_is_refused_again_and_again_is_logged_once(hearing: Hearing) -> None:
    """What it says later is heard all the same, if it can be."""
    _send(hearing, *[b"x" * 5000] * 8, b"READY=1")  # a queue may hold no more than 11
    hearing.until(lambda: hearing.notified.ready)
    refused = hearing.events("notify.refused")
    assert [each["from_pid"] for each in refused] == [os.getpid()]
    assert refused[0]["why"] == "the datagram is too long: at most 4096 bytes are allowed"


# ---- what can't hurt ------------------------------------------------------------------------


def _descriptors() -> int:
    gc.collect()  # what earlier tests have left
    return len(os.listdir("/proc/self/fd"))


def test_descriptors_that_are_sent_along_do_not_stay(hearing: Hearing) -> None:
    """200 datagrams with 20 each, beside FDSTORE=1, a barrier, or nothing."""
    gc.collect()  # what earlier tests have left open
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.connect(hearing.path)
        before = _descriptors()
        for number in range(200):
            words = (b"FDSTORE=1\nSTATUS=%d", b"BARRIER=1\nSTATUS=%d", b"STATUS=%d")[number % 3]
            socket.send_fds(sending, [words % number], [0] * 20)
            hearing.until(lambda: len(hearing.news) > number)  # noqa: B023 # runs at once
            assert _descriptors() == before


def test_a_flood_leaves_the_loop_its_turns_and_the_log_its_lines(hearing: Hearing) -> None:
    """20,000 datagrams, a quarter of them too long, a quarter random: at most so many are
    read between two turns of others, and a sender that is refused is one line."""
    turns = [0]
    in_turn: list[int] = []

    def take_turn() -> None:
        turns[0] += 1
        in_turn.append(len(hearing.news))
        hearing.loop.call_soon(take_turn)

    hearing.loop.call_soon(take_turn)
    hearing.during(PYTHON, "-c", FLOOD, "20000")
    hearing.until(lambda: len(hearing.news) >= 10_000)
    assert max(later - sooner for sooner, later in zip(in_turn, in_turn[1:])) <= DATAGRAMS_A_TURN
    assert turns[0] >= 20_000 / DATAGRAMS_A_TURN
    assert len(hearing.events("notify.refused")) == 1
    assert len(hearing.log) <= 10


def test_so_many_refused_senders_are_news_in_a_minute_and_no_more() -> None:
    """A fork bomb of strangers fills neither the log nor the memory."""
    refusals = Refusals()
    told = [pid for pid in range(1000) if refusals.is_news(pid, 0.0)]
    assert told == list(range(SENDERS_AT_MOST))
    assert not any(refusals.is_news(pid, 59.9) for pid in range(1000))
    assert [pid for pid in range(1000) if refusals.is_news(pid, 60.0)] == told


# ---- real programs --------------------------------------------------------------------------


def test_libsystemds_barrier_is_answered_after_what_came_before(hearing: Hearing) -> None:
    """1 and 1: sent, and the descriptor was closed within the time."""
    assert hearing.during(PYTHON, "-c", LIBSYSTEMD).split() == ["1", "1"]
    assert (hearing.notified.ready, hearing.notified.status) == (True, "from C")
    assert hearing.news[-1] == Notification(barrier=True)


def test_redis_says_when_it_is_ready_and_when_it_stops(hearing: Hearing, tmp_path: Path) -> None:
    """`--supervised systemd`."""
    words = ["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--supervised", "systemd"]
    redis = subprocess.Popen(
        ["/usr/bin/redis-server", *words],
        env=hearing.env,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    try:
        hearing.until(lambda: hearing.notified.ready)
        assert hearing.notified.status == "Ready to accept connections"
        redis.send_signal(signal.SIGTERM)
        hearing.until(lambda: hearing.notified.announced == "stopping")
        assert redis.wait() == 0
    finally:
        redis.kill()
        redis.wait()
    assert {each["from_pid"] for _, _, each in hearing.log} == {redis.pid}


def test_gunicorn_says_when_its_arbiter_is_up(hearing: Hearing, tmp_path: Path) -> None:
    """Always, where NOTIFY_SOCKET is set. Its workers are not up yet, which is why this
    ends with KILL: a worker that is booting loses a TERM, and gunicorn waits for it."""
    (tmp_path / "app.py").write_text("def app(environ, start_response):\n    return []\n")
    gunicorn = subprocess.Popen(
        ["/usr/bin/gunicorn", "--bind", "unix:gunicorn.sock", "app:app"],
        env=hearing.env,
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        hearing.until(lambda: hearing.notified.ready)
    finally:
        os.killpg(gunicorn.pid, signal.SIGKILL)
        gunicorn.wait()
    assert hearing.news == [Notification(ready=True, status="Gunicorn arbiter booted")]
    assert hearing.events("notify.ready")[0]["from_pid"] == gunicorn.pid


# ---- in a container -------------------------------------------------------------------------

SAY = """
import os, socket, sys
sending = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sending.sendto(sys.argv[1].encode(), "/run/initd/notify.sock")
"""
#: A sender that has ended is nobody's.
AND_STAY = "sys.stdin.buffer.raw.read(1)"


@pytest.mark.parametrize("access", ["tree", "all"])
def test_a_docker_exec_and_a_checks_command_are_heard_only_where_asked_for(access: str) -> None:
    """Neither is the app's; its own child is."""
    say = [PYTHON, "-c", SAY]
    check = f"odd exec period=100 -- {PYTHON} -c {shlex.quote(SAY)} STATUS=checked"
    options = ["--notify", "--check", check, "-vv"]
    wanted = "refused" if access == "tree" else "status"
    with start(
        *("sh", "-c", 'read go; "$@"; read end', "sh"),
        *(PYTHON, "-c", SAY + AND_STAY, "STATUS=mine"),
        options=[*options, *(["--notify-access", "all"] if access == "all" else [])],
        stdin=subprocess.PIPE,
    ) as box:
        inside = ["nsenter", "-t", str(box.init_pid), "--pid", "--mount", "--"]
        box.event("app.started")
        subprocess.run([*inside, *say, "STATUS=forged"], check=True)
        assert box.process.stdin is not None
        of_others = [box.event(f"notify.{wanted}") for _ in range(2)]
        box.process.stdin.write(b"go\n")
        box.process.stdin.flush()
        heard = box.event("notify.status")
        assert heard["said"] == "mine"
        box.process.stdin.write(b".end\n")
        box.process.stdin.flush()
        assert box.wait() == 0
    if access == "tree":
        assert {"health check's command" in each["why"] for each in of_others} == {True, False}
    else:
        assert {each["said"] for each in of_others} == {"checked", "forged"}
