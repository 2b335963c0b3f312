"""exec against real commands: what they see, what they say, and that nothing is left of them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from initd.core.health.check import Check, ProbeResult
from initd.core.health.notify import Notified
from initd.monitor.probe import Context
from initd.monitor.probe.exec import ExecProbe
from initd.monitor.tasks import Cancelled, Task, run, sleep, wait
from initd.monitor.tasks import timeout as time_out

from .namespace import DEADLINE, alone, wait_until

ENVIRON = {b"PATH": b"/usr/bin:/bin", b"COLOUR": b"blue"}


def _context(environ: dict[bytes, bytes]) -> Context:
    return Context(environ, Notified())


def ask(
    *argv: str, timeout: float = DEADLINE, environ: dict[bytes, bytes] | None = None
) -> ProbeResult:
    """One answer, by the runner's rule: its time ends by cancellation."""

    async def once() -> ProbeResult:
        probe = ExecProbe(Check("c", "exec", (), argv=argv), _context(environ or ENVIRON))
        with time_out(timeout):
            return await probe.ask(0)

    return run(once())


def sh(script: str, timeout: float = DEADLINE) -> ProbeResult:
    """The answer of a shell command."""
    return ask("sh", "-c", script, timeout=timeout)


def is_alive(pid: int) -> bool:
    """Not a corpse either; whose it is to be reaped is another's business."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def children() -> set[int]:
    """Of this process: corpses that nobody has reaped are among them."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for each in lists for pid in each.read_text().split()}


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    """No test leaves a descriptor, a child or a corpse. Suites that run beside this one are
    children of its process too."""
    descriptors, others = set(os.listdir("/proc/self/fd")), children()
    yield
    assert children() <= others
    assert set(os.listdir("/proc/self/fd")) == descriptors


# ---- answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("exit 0", ProbeResult(True, "exit 0")),
        ("echo all is well", ProbeResult(True, "exit 0")),
        ("exit 1", ProbeResult(False, "exit 1")),
        ("echo; echo '  no route  '; echo more; exit 3", ProbeResult(False, "exit 3: no route")),
        ("echo refused >&2; exit 2", ProbeResult(False, "exit 2: refused")),
        (r"printf 'caf\351\n'; exit 1", ProbeResult(False, "exit 1: caf\ufffd")),
        ("kill -KILL $$", ProbeResult(False, "killed by KILL")),
    ],
)
def test_the_exit_code_decides_and_the_first_line_says_why(
    script: str, answer: ProbeResult
) -> None:
    """Of both outputs, whichever came first."""
    assert sh(script) == answer


def test_a_command_that_is_not_there_is_a_failure_and_no_exception() -> None:
    """It is looked for in the app's PATH, as the app would."""
    answer = ask("no-such-command")
    assert answer == ProbeResult(
        False, "cannot run no-such-command: not found in PATH=/usr/bin:/bin"
    )
    assert ask("/etc/passwd") == ProbeResult(False, "cannot run /etc/passwd: Permission denied")
    assert ask("true", environ={b"PATH": b"/nowhere"}).ok is False
    assert ask("true", environ={b"COLOUR": b"none"}).ok is True


def test_the_command_sees_the_apps_environment_and_nothing_else(tmp_path: Path) -> None:
    """Not the monitor's."""
    ask("sh", "-c", f"env > {tmp_path}/env")
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert seen.keys() - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "COLOUR"}


STATE = """
import os, signal, sys
masked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
status = dict(line.split(":\\t") for line in open("/proc/self/status") if ":\\t" in line)
python_and_libc = {signal.SIGPIPE, signal.SIGXFSZ, 32, 33}
ignored = [n for n in range(1, 65) if int(status["SigIgn"], 16) >> n - 1 & 1]
ignored = [n for n in ignored if n not in python_and_libc]
fds = os.listdir("/proc/self/fd")
fds = sorted(int(fd) for fd in fds if os.path.exists("/proc/self/fd/" + fd))
alone = os.getpgid(0) == os.getpid()
print(masked, ignored, fds, alone, repr(sys.stdin.read()), flush=True)
sys.exit(1)
"""


def test_a_command_starts_from_a_clean_slate() -> None:
    """Nothing blocked or ignored, a process group of its own, no input, no descriptor but three."""
    old = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP})
    try:
        answer = ask(sys.executable, "-I", "-c", STATE)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGUSR1, old)
    given = [int(fd) for fd in os.listdir("/proc/self/fd") if int(fd) > 2]
    inherited = sorted(fd for fd in given if _is_inheritable(fd))  # from whom runs the tests
    assert answer.why == f"exit 1: set() [] {[0, 1, 2, *inherited]} True ''"


def _is_inheritable(fd: int) -> bool:
    try:
        return os.get_inheritable(fd)
    except OSError:  # the one that the list was read from
        return False


def test_sigpipe_ends_a_command_as_in_a_shell() -> None:
    """Python ignores it, and so would what it starts."""
    assert sh("sh -c 'kill -PIPE $$; exit 0'; echo $?; exit 1") == ProbeResult(False, "exit 1: 141")


# ---- output -----------------------------------------------------------------------------------


def test_a_flood_of_output_is_drained_and_bounded() -> None:
    """A command that prints 32 MiB ends, and only the beginning is kept."""

    async def flood() -> int:
        argv = ("sh", "-c", "yes x | head -c 33554432; exit 1")
        probe = ExecProbe(Check("c", "exec", (), argv=argv), _context(ENVIRON))
        answer = await probe.ask(0)
        assert answer == ProbeResult(False, "exit 1: x")
        assert probe.last is not None
        return len(probe.last.output)

    assert run(flood()) == 4096


def test_a_command_that_closes_its_output_is_waited_for_without_spinning(tmp_path: Path) -> None:
    """An end of file is readable for ever: it must not be looked at for ever."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    async def closed() -> tuple[ProbeResult, float]:
        probe = ExecProbe(
            Check("c", "exec", (), argv=("sh", "-c", f"exec >&- 2>&-; read line < {fifo}; exit 4")),
            _context(ENVIRON),
        )
        task = Task(probe.ask(0))
        await sleep(0.2)
        before = time.process_time()
        await sleep(0.2)
        used = time.process_time() - before
        fifo.write_text("go\n")
        return await task, used

    answer, used = run(closed())
    assert answer == ProbeResult(False, "exit 4")
    assert used < 0.1


# ---- ends -------------------------------------------------------------------------------------

#: A shell that ignores TERM, its child, and a grandchild in the background; all say who they are.
STUBBORN = """
trap '' TERM HUP INT
echo $$ >> {pids}
sh -c 'trap "" TERM; echo $$ >> {pids}; sleep 600 & echo $! >> {pids}; wait' &
wait
"""


def pids_in(path: Path) -> list[int]:
    """As they were written by the processes themselves."""
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_time_out_kills_the_whole_group_and_reaps(tmp_path: Path) -> None:
    """What ignores TERM too, children and grandchildren included."""
    pids = tmp_path / "pids"

    async def too_slow() -> None:
        argv = ("sh", "-c", STUBBORN.format(pids=pids))
        probe = ExecProbe(Check("c", "exec", (), argv=argv), _context(ENVIRON))
        task = Task(probe.ask(0))
        while len(pids_in(pids)) < 3:
            await sleep(0.005)
        task.cancel()
        with pytest.raises(Cancelled):
            await task
        assert probe.last is not None
        assert probe.last.ended.done(), "the answer comes after the end"

    run(too_slow())
    found = pids_in(pids)
    assert len(found) == 3
    wait_until(lambda: not any(is_alive(pid) for pid in found), "all of them are gone")


def test_what_a_command_leaves_in_the_background_ends_with_it(tmp_path: Path) -> None:
    """And its hold on the output keeps nobody waiting."""
    pids = tmp_path / "pids"
    began = time.monotonic()
    assert sh(f"sleep 600 & echo $! > {pids}; exit 0") == ProbeResult(True, "exit 0")
    assert alone(time.monotonic() - began) < 10
    [left] = pids_in(pids)
    wait_until(lambda: not is_alive(left), "the background process is gone")


def test_a_timeout_is_raised_as_one() -> None:
    """By cancellation: the runner makes an answer of it."""
    with pytest.raises(TimeoutError):
        sh("sleep 600", timeout=0.05)


def test_a_hundred_runs_leave_no_descriptor_and_no_corpse() -> None:
    """See the fixture; here the loop lives on between them, as the monitor's does."""

    async def many() -> None:
        probe = ExecProbe(Check("c", "exec", (), argv=("true",)), _context(ENVIRON))
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(100):
            assert (await probe.ask(0)).ok
        assert len(os.listdir("/proc/self/fd")) == before

    run(many())


def test_no_second_command_starts_while_the_first_can_not_be_killed() -> None:
    """A process in uninterruptible sleep must not be joined by one each period."""

    async def stuck() -> ProbeResult:
        probe = ExecProbe(Check("c", "exec", (), argv=("sleep", "600")), _context(ENVIRON))
        task = Task(probe.ask(0))
        while probe.last is None:
            await sleep(0.001)
        second = await probe.ask(0)
        task.cancel()
        await wait(task)
        return ProbeResult(second.ok, second.why.replace(str(probe.last.pid), "PID"))

    assert run(stuck()) == ProbeResult(False, "pid PID, of an earlier probe, cannot be killed")
