"""What the app's processes use, read from real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from initd.core.metrics.usage import CpuMeter, ProcessUsage, TreeUsage
from initd.linux import process_tree
from initd.monitor import process_usage, tree
from initd.monitor.tree import read_tree

from .namespace import wait_until

NOBODY = 65534

#: Two processes; the first has 40 descriptors and 3 threads more than it began with.
APP = """
import os, threading, time
held = [os.open("/dev/null", os.O_RDONLY) for _ in range(40)]
for _ in range(3):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
if os.fork() == 0:
    time.sleep(60)
print("ready", flush=True)
time.sleep(60)
"""


@contextmanager
def running(*command: str) -> Iterator[int]:
    """The pid of a program that has said something, in a group that ends with the test."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline()
        yield process.pid
    finally:
        os.killpg(process.pid, 9)
        process.stdout.close()
        process.wait()


@pytest.fixture(scope="module")
def app() -> Iterator[int]:
    """APP, ready."""
    with running(sys.executable, "-c", APP) as pid:
        yield pid


def as_nobody(read: Callable[[], TreeUsage | None]) -> dict[str, int | None]:
    """What a process of another user without capabilities reads, as the monitor may be."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        found = read()
        assert found is not None
        facts = {"fds": found.descriptors, "unreadable": found.unreadable}
        os.write(writing, json.dumps(facts).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        found_by_nobody: dict[str, int | None] = json.load(answer)
    os.waitpid(child, 0)
    return found_by_nobody


def listed(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def an_old_kernel(path: str) -> os.stat_result:
    """stat(2) before Linux 6.2: /proc/PID/fd has size 0."""
    fields = list(os.lstat(path))
    fields[6] = 0
    return os.stat_result(fields)


def test_the_tree_is_the_app_and_all_below_it(app: int) -> None:
    """Each with its memory, threads and descriptors."""
    found = read_tree(app)
    assert found is not None
    assert len(found.processes) == 2
    assert [each.threads for each in found.processes] == [4, 1]
    assert all(1 << 20 < each.resident < 1 << 30 for each in found.processes)
    child = Path(f"/proc/{app}/task/{app}/children").read_text().split()[0]
    assert found.descriptors == listed(app) + listed(int(child)) > 80
    assert found.unreadable == 0


def test_a_process_that_is_gone_has_no_tree() -> None:
    """The app may have ended while the view was on its way."""
    process = subprocess.Popen(["true"])
    process.wait()
    assert read_tree(process.pid) is None


def test_a_zombie_is_one_of_the_processes() -> None:
    """A pile of them is what somebody wants to see; none of them has a descriptor."""
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    found = read_tree(process.pid)
    process.wait()
    assert found is not None
    assert (len(found.processes), found.descriptors, found.unreadable) == (1, 0, 0)


def test_descriptors_of_a_root_app_are_counted_without_rights(app: int) -> None:
    """Or, before Linux 6.2, the processes are counted whose descriptors aren't."""
    found = as_nobody(lambda: read_tree(app))
    if os.stat("/proc/self/fd").st_size:
        assert found == {"fds": read_tree(app).descriptors, "unreadable": 0}  # type: ignore[union-attr]
    else:
        assert found == {"fds": None, "unreadable": 2}


def test_on_an_old_kernel_descriptors_are_listed(app: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whom that is allowed; by others they are left out, not taken for 0."""
    whole = read_tree(app)
    assert whole is not None
    monkeypatch.setattr(process_usage.posix, "stat", an_old_kernel)  # type: ignore[attr-defined]
    assert read_tree(app).descriptors == whole.descriptors  # type: ignore[union-attr]
    assert as_nobody(lambda: read_tree(app)) == {"fds": None, "unreadable": 2}


#: A worker that has used a fifth of a second, and a parent that waits for it.
PARENT = """
import os, signal, time
if os.fork() == 0:
    while time.process_time() < 0.2:
        pass
    print("ready", flush=True)
    signal.pause()
os.wait()
signal.pause()
"""


def test_a_worker_that_ends_between_its_parents_turn_and_its_own_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its time is in neither of them then: the tree is read again."""
    real = tree._usage_of

    def worker_ends(pid: int) -> ProcessUsage:
        usage = real(pid)
        for worker in process_tree.at_and_below(pid)[1:]:
            os.kill(worker, 9)
        wait_until(lambda: process_tree.at_and_below(pid) == [pid], "the parent has waited")
        return usage

    monkeypatch.setattr(tree, "_usage_of", worker_ends)
    with running(sys.executable, "-c", PARENT) as pid:
        found = read_tree(pid)
    assert found is not None
    (parent,) = found.processes
    assert sum(parent.waited) >= 0.1


def test_workers_that_come_and_go_while_the_tree_is_read_do_no_harm() -> None:
    """No error; and the time of those that ended is kept."""
    script = "echo ready; while :; do /bin/true; /bin/true | /bin/true; done"
    meter = CpuMeter()
    with running("sh", "-c", script) as pid:
        before = 0.0
        while meter.user + meter.system < 0.1:
            found = read_tree(pid)
            assert found is not None
            meter.add(found.processes)
            assert meter.user + meter.system >= before
            before = meter.user + meter.system
