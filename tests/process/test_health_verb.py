"""`initd health` as a program: the init that it finds, its words, signals and descriptors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from initd.json_codec import encode

from .fake_init import FakeInit, listen
from .namespace import BOUND, INITD, bound, start

REPOSITORY = Path(__file__).parents[2]
AS_SOMEBODY = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
#: A /tmp and a /dev/shm of its own, and a /run that is root's, as images have it.
_PRIVATE = "mount -t tmpfs tmpfs /tmp; mount -t tmpfs tmpfs /dev/shm; chmod 755 /run; "


def private(more: str = "") -> list[str]:
    """What wraps an init whose default places are to be found empty."""
    return bound(_PRIVATE + more)


NO_RUN = "mount -o remount,ro /run; "
NO_TMP = "mount -o remount,ro /tmp; "


# ---- a real init --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "place"),
    [
        (private(), "/run/initd/control.sock"),
        (private(NO_RUN), "/tmp/initd-0/control.sock"),
        (private(NO_RUN + NO_TMP), "/dev/shm/initd-0/control.sock"),
        ([*private(), *AS_SOMEBODY], "/tmp/initd-54321/control.sock"),
        (
            [*private(NO_TMP), *AS_SOMEBODY],
            "/dev/shm/initd-54321/control.sock",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_finds_init_at_each_default_place(before: Sequence[str], place: str) -> None:
    """Its own user's, then those of whoever pid 1 is, as `docker exec` comes as root."""
    app = ("sh", "-c", "echo ready; exec sleep 60")
    with start(*app, before=before, launcher=BOUND) as container:
        container.stdout.until("ready")
        there = subprocess.run(
            ["nsenter", "-t", str(container.init_pid), "--mount", "test", "-S", place]
        )
        assert there.returncode == 0, "init has its socket there"
        for words in ([], ["--live"], ["--ready", "-v"], ["--startup", "--socket", place]):
            said = container.verb("health", *words)
            assert (said.returncode, said.stderr) == (0, "")
            assert said.stdout.startswith("healthy: ")
        container.kill(signal.SIGTERM)
        container.wait()


def test_it_names_every_place_where_no_init_answers() -> None:
    """Of two users, where pid 1 is another one; each place once."""
    before = [*private(), *AS_SOMEBODY]
    with start("sleep", "60", before=before, options=["--socket", "/no"], launcher=BOUND) as box:
        box.event("control.unavailable")
        said = box.verb("health")
        box.kill(signal.SIGTERM)  # of another user, it would outlive unshare(1)
        box.wait()
    places = [
        "/run/initd/control.sock",
        *("/tmp/initd-0/control.sock", "/dev/shm/initd-0/control.sock"),
        *("/tmp/initd-54321/control.sock", "/dev/shm/initd-54321/control.sock"),
    ]
    told = "; ".join(f"{place}: no such file or directory" for place in places)
    assert (said.returncode, said.stdout) == (1, f"unhealthy: no init answers: {told}\n")


# ---- words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--nonsense"], "unknown option '--nonsense': see initd --help"),
        (["now"], "unexpected argument 'now': see initd --help"),
        (["--live=yes"], "--live takes no value, got 'yes'"),
        (["-vv"], "unknown option '-vv'"),
        (["--live", "--help"], "unknown option '--help'"),
        ([""], "unexpected argument ''"),
        (["--"], "unknown option '--'"),
        (["--live", "--socket"], "--socket needs a value: PATH"),
        (["--socket=/a", "--socket=/b"], "--socket is given twice"),
        (["--live", "--ready"], "use only one of --live, --ready, --startup"),
        (["--startup", "-v", "--startup"], "--startup is given twice"),
    ],
    ids=" ".join,
)
def test_words_that_mean_nothing_are_explained(words: list[str], why: str) -> None:
    """125, which is not a verdict, and one line."""
    said = subprocess.run([INITD, "health", *words], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (125, "")
    assert said.stderr.startswith(f"initd health: {why}")
    assert said.stderr.count("\n") == 1


def test_the_package_without_its_launcher_says_that_it_does_not_answer() -> None:
    """One client, in C; a second one in Python would have to agree with it for ever."""
    words = [sys.executable, "-I", "-m", "initd", "health", "--live"]
    said = subprocess.run(words, capture_output=True, text=True, cwd="/")
    assert (said.returncode, said.stdout) == (125, "")
    assert said.stderr.startswith(
        "initd health: health is answered by the initd program: run `initd health`"
    )


def test_a_program_called_health_runs_behind_two_dashes(tmp_path: Path) -> None:
    """A verb is one only as the very first word."""
    program = tmp_path / "health"
    program.write_text("#!/bin/sh\necho the app\nexit 7\n")
    program.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with start("health", env=env) as container:
        assert container.stdout.next() == "the app"
        assert container.wait() == 7


# ---- as a process -------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    """The launcher blocks signals for pid 1; who waits for an answer is not pid 1."""
    with listen(tmp_path / "socket") as server:
        client = subprocess.Popen([INITD, "health", "--socket", tmp_path / "socket"])
        connection, _ = server.accept()
        with connection:
            assert connection.recv(100).endswith(b"\n")
            client.send_signal(number)
            assert client.wait() == -number


def test_a_reader_that_has_gone_ends_it(tmp_path: Path) -> None:
    """By SIGPIPE, as any program, though its parent ignored that."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [INITD, "health", "--socket", str(tmp_path / "none")]
    # Python ignores SIGPIPE, and so would its child.
    client = subprocess.Popen(words, stdout=writing, restore_signals=False)
    os.close(writing)
    assert client.wait() == -signal.SIGPIPE


def test_without_a_stdout_the_exit_code_still_says_it(tmp_path: Path) -> None:
    """And the line does not go to init, over a socket that took descriptor 1."""
    words = ["sh", "-c", 'exec "$@" >&-', "sh", INITD, "health", "--socket"]
    with FakeInit(tmp_path / "socket", b'{"healthy":true,"why":""}\n') as init:
        assert subprocess.run([*words, str(init.path)]).returncode == 0
        assert len(init.requests) == 1


# ---- under a sanitizer --------------------------------------------------------------------


def test_the_whole_client_is_clean_under_a_sanitizer(tmp_path: Path) -> None:
    """Answers of every kind and size, words and places of every length."""
    sys.path.insert(0, str(REPOSITORY))
    from shim.build import compile_program

    sys.path.remove(str(REPOSITORY))
    flags = ["-g", "-DINITD_HOSTED", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    program = compile_program("initd", tmp_path / "initd", flags)
    long_why = encode({"healthy": True, "why": "é" * 10_000 + "\n"}).encode() + b"\n"
    pieces = [
        ([b'{"healthy":true,"why":"\\ud83d\\ude00"}\n'], 0),
        ([long_why[:20_000], long_why[20_000:]], 0),
        ([b'{"error":"%s"}\n' % (b"x" * (65536 - 13))], 1),
        ([b'{"error":"%s"}\n' % (b"x" * 65536)], 1),
        ([b"\0" * 100, b"\n"], 1),
        ([], 1),
    ]
    runs = [(["--socket", "x" * length], 1) for length in (1, 107, 108, 5000, 100_000)]
    with FakeInit(tmp_path / "socket") as init:
        for init.pieces, code in pieces:
            assert_clean(program, ["--live", "-v", f"--socket={init.path}"], code)
    for words, code in [*runs, (["--startup", "--verbose"], 1), (["--socket"], 125)]:
        assert_clean(program, words, code)


def assert_clean(program: Path, words: list[str], code: int) -> None:
    done = subprocess.run([program, "health", *words], capture_output=True, cwd="/")
    assert (done.returncode, b"Sanitizer" in done.stderr) == (code, False), (words, done.stderr)
