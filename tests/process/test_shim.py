"""The shim: its death, its sleep, and what follows the death of init."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from .namespace import start, status_of, wait_until

REPOSITORY = Path(__file__).parents[2]


def test_killed_it_leaves_the_app_to_init(victim: Path) -> None:
    """The app goes on, init has it as a child of its own, a stop is as graceful as before."""
    with start(victim, "3=8", options=["--stop-plan", "QUIT"]) as container:
        container.stdout.until("ready")
        os.kill(container.host_pid(2), signal.SIGKILL)
        container.event("shim.lost")
        status = container.status()
        assert status["state"] == "running"
        assert (status["app"]["pid"], status["app"]["ppid"]) == (3, 1)
        assert status["shim"]["pid"] is None
        assert container.verb("health").returncode == 0
        container.kill(signal.SIGTERM)
        assert container.stdout.until("got") == "got 3"
        assert container.wait() == 8


def test_killed_it_does_not_hide_that_the_app_is_stopped(victim: Path) -> None:
    """Then the kernel tells init what the shim told before."""
    with start(victim, "15=0") as container:
        container.stdout.until("ready")
        container.event("app.started")  # the shim has told of it by then
        os.kill(container.host_pid(2), signal.SIGKILL)
        container.event("shim.lost")
        os.kill(container.host_pid(3), signal.SIGSTOP)
        container.event("app.stopped")
        assert container.verb("health").returncode == 1
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_stopped_it_is_woken(victim: Path) -> None:
    """A shim that sleeps can't report the app's end."""
    with start(victim, "15=3") as container:
        container.stdout.until("ready")
        shim = container.host_pid(2)
        os.kill(shim, signal.SIGSTOP)
        wait_until(lambda: status_of(shim)["State"].startswith("S"), "the shim goes on")
        container.kill(signal.SIGTERM)
        assert container.wait() == 3


def test_no_signal_but_kill_ends_it(victim: Path) -> None:
    """Somebody's `killall` is not the app's end."""
    with start(victim, "15=0") as container:
        container.stdout.until("ready")
        shim = container.host_pid(2)
        for number in set(range(1, 65)) - {9, 11, 7, 8, 4, 5, 6, 31, 19, 32, 33}:
            os.kill(shim, number)
        assert container.status()["shim"]["pid"] == 2
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def is_gone(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return status_of(pid)["State"].startswith("Z")
    return True


def test_where_init_is_not_pid_1_its_death_takes_shim_and_app_along(victim: Path) -> None:
    """The kernel tells the shim; by default the app is killed."""
    with start("sh", "-c", f"{victim} & exec {victim}", pid_1=False) as container:
        pids = [int(container.stdout.until("ready").split()[1]) for _ in range(2)]
        shim = container.status()["shim"]["pid"]
        container.process.kill()
        for pid in [shim, *pids]:
            wait_until(lambda pid=pid: is_gone(pid), f"{pid} has followed")  # type: ignore[misc]


def test_what_the_app_gets_when_init_dies_is_chosen(victim: Path) -> None:
    """A signal that it can act on, or none."""
    with start(victim, "15=0", pid_1=False, options=["--death-signal", "TERM"]) as container:
        container.stdout.until("ready")
        container.process.kill()
        assert container.stdout.rest() == ["got 15"]


def test_the_death_of_inits_parent_is_a_signal_where_asked(victim: Path, tmp_path: Path) -> None:
    """`--parent-death TERM`: init stops when the process that started it is gone."""
    script = '"$@" & echo parent $$; wait'
    options = ["--parent-death", "TERM", "--socket", str(tmp_path / "socket")]
    before = ["sh", "-c", script, "sh"]
    with start(victim, "15=0", pid_1=False, options=options, before=before) as container:
        container.stdout.until("ready")
        container.process.kill()
        assert container.stdout.rest() == ["got 15"]


@pytest.mark.parametrize("sanitizer", ["address,undefined"])
def test_both_programs_are_clean_under_a_sanitizer(sanitizer: str, tmp_path: Path) -> None:
    """Built with a C library and main() for once: orders of every kind, and bad ones."""
    import subprocess
    import sys

    sys.path.insert(0, str(REPOSITORY))
    from shim.build import compile_program

    flags = ["-g", "-DINITD_HOSTED", f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all"]
    shim = compile_program("ppidshim", tmp_path / "ppidshim", flags)
    launcher = compile_program("initd", tmp_path / "bin" / "initd", flags)
    sys.path.remove(str(REPOSITORY))
    me = str(os.getpid())
    runs = [
        (["-i", me, "-d", "9", "--", "true"], 0),
        (["-i", me, "-s", "-l", "7:64:64", "-w", "/", "-m", "022", "--", "sh", "-c", "exit 7"], 7),
        (["-i", me, "-u", "1", "-g", "1", "-G", "1,2,3", "--", "sh", "-c", "exit 3"], 3),
        (["-i", me, "-p", "25", "-o", "500", "-c", "8192", "-N", "--", "true"], 0),
        (["-i", me, "-c", str(2**64 - 1), "--", "sh", "-c", "exit 4"], 4),
        (["-o", "many", "--", "true"], 125),
        (["-i", me, "--", "sh", "-c", "kill -TERM $$"], -15),
        (["-i", me, "-n", "2", "--", "no-such-command"], 125),
        (["-i", me, "--", ""], 125),
        (["-i", me, "-E", "0", "--", "true"], 0),
        (["-i", me, "-E", "99", "--", "true"], 125),
        (["-w", "/no/such", "--", "true"], 125),
        (["--"], 125),
        (["-i"], 125),
        (["-q", "x"], 125),
        (["word"], 125),
        ([item for at in range(17) for item in ("-l", f"7:{at}:{at}")], 125),
    ]
    for words, code in runs:
        done = subprocess.run([shim, *words], capture_output=True, text=True)
        assert "Sanitizer" not in done.stderr, done.stderr
        assert "runtime error" not in done.stderr, done.stderr
        assert done.returncode == code, (words, done)
    lost = subprocess.run([launcher, "--version"], capture_output=True, text=True)
    assert lost.returncode == 125
    assert "cannot find its Python package" in lost.stderr
    assert "Sanitizer" not in lost.stderr


#: What is on the pipe, and what the app then has of A, B and C; None: it never runs.
BLOCKS: dict[str, tuple[bytes, str | None]] = {
    "none": (b"\0", "A=a B=b C=c"),
    "one": (b"A=1\0\0", "A=1 B=b C=c"),
    "each, and a new one": (b"B=2\0D=4\0A=1\0\0", "A=1 B=2 C=c"),
    "the last of several": (b"A=1\0A=2\0\0", "A=2 B=b C=c"),
    "an empty one": (b"A=\0\0", "A= B=b C=c"),
    "one to remove": (b"B\0\0", "A=a B= C=c"),
    "removed and set": (b"A\0A=1\0\0", "A=1 B=b C=c"),
    "a long one": (b"A=" + b"x" * 100_000 + b"\0\0", f"A={'x' * 100_000} B=b C=c"),
    "with an end in it": (b"A=1\0\0B=2\0\0", "A=1 B=b C=c"),
    "nothing": (b"", None),
    "no end": (b"A=1\0", None),
    "half of one": (b"A=1\0B=", None),
    "a name's half": (b"A=1\0B", None),
    "too much": (b"A=" + b"x" * (1 << 20) + b"\0\0", None),
    "too much for an exec": (b"A=" + b"x" * 200_000 + b"\0\0", None),
}


@pytest.fixture(scope="module")
def sanitized_shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a C library and main() for once."""
    import sys

    sys.path.insert(0, str(REPOSITORY))
    from shim.build import compile_program

    sys.path.remove(str(REPOSITORY))
    flags = ["-g", "-DINITD_HOSTED", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    return compile_program("ppidshim", tmp_path_factory.mktemp("shim") / "ppidshim", flags)


@pytest.mark.parametrize("name", BLOCKS)
def test_secrets_are_taken_whole_or_the_app_never_runs(sanitized_shim: Path, name: str) -> None:
    """Variables that are given replace those of that name, each of them."""
    import fcntl
    import subprocess
    import threading

    block, expected = BLOCKS[name]
    reading, writing = os.pipe()
    source = fcntl.fcntl(reading, fcntl.F_DUPFD, 10)
    os.close(reading)

    def write() -> None:
        with contextlib.suppress(BrokenPipeError), open(writing, "wb") as pipe:
            pipe.write(block)

    words = ["-i", str(os.getpid()), "-E", str(source), "--", "sh", "-c", 'echo "A=$A B=$B C=$C"']
    env = {"A": "a", "B": "b", "PATH": os.environ["PATH"], "C": "c"}
    shim = subprocess.Popen(
        [sanitized_shim, *words], env=env, pass_fds=[source], stdout=-1, stderr=-1, text=True
    )
    os.close(source)
    writer = threading.Thread(target=write)
    writer.start()
    out, err = shim.communicate()
    writer.join()
    assert err == ""
    assert (out.rstrip("\n"), shim.returncode) == (expected or "", 0 if expected else 125)
