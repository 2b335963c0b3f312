"""The monitor's loop and its tasks: who is called when, what is waited for, how it is ended."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.monitor.loop import Loop, Timer, running
from initd.monitor.tasks import (
    Cancelled,
    Future,
    Task,
    all_tasks,
    current_task,
    readable,
    run,
    sleep,
    timeout,
    wait,
    writable,
)

LONG = 60.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reads, writes = os.pipe()
    yield reads, writes
    os.close(reads)
    os.close(writes)


# ---- the loop ---------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 0.002), max_size=8))
def test_timers_are_called_in_order_and_never_early(delays: list[float]) -> None:
    """However they were set."""
    rang: list[tuple[float, float]] = []

    async def test() -> None:
        loop = running()
        now = loop.time()
        for delay in delays:
            at = now + delay
            loop.call_at(at, lambda at=at: rang.append((at, loop.time())))  # type: ignore[misc]
        while len(rang) < len(delays):
            await sleep(0.001)

    run(test())
    assert [at for at, _ in rang] == sorted(at for at, _ in rang)
    assert all(at <= called for at, called in rang)


def test_a_cancelled_timer_wakes_nobody() -> None:
    """Not even at the last moment, by another that is due in the same turn."""
    rang: list[str] = []
    loop = Loop()
    timers: list[Timer] = []

    def first() -> None:
        rang.append("first")
        timers[1].cancel()

    timers.append(loop.call_at(0.0, first))
    timers.append(loop.call_at(0.0, lambda: rang.append("second")))
    loop.call_at(loop.time() + LONG, lambda: None).cancel()
    loop.run_until(lambda: bool(rang))
    assert rang == ["first"]
    assert loop.timers() == []
    assert loop._patience() is None


def test_ten_thousand_cancelled_timers_are_not_kept() -> None:
    """A connection sets one and cancels it: a kubelet makes a connection for each probe."""
    loop = Loop()
    stays = loop.call_at(LONG, lambda: None)
    for _ in range(10_000):
        loop.call_at(LONG, lambda: None).cancel()
    assert len(loop._timers) < 200
    assert loop.timers() == [stays]


def test_a_descriptor_is_watched_for_what_it_is_wanted_for(pipe: tuple[int, int]) -> None:
    """And a reader that is removed within a turn is not called in it any more."""
    reads, writes = pipe
    other_reads, other_writes = os.pipe()
    called: list[int] = []
    loop = Loop()

    def hear(fd: int) -> None:
        called.append(fd)
        loop.remove_reader(reads)
        loop.remove_reader(other_reads)

    loop.add_reader(reads, lambda: hear(reads))
    loop.add_reader(other_reads, lambda: hear(other_reads))
    os.write(writes, b"x")
    os.write(other_writes, b"x")
    loop.run_until(lambda: bool(called))
    assert len(called) == 1
    assert loop._patience() is None
    for fd in (other_reads, other_writes):
        os.close(fd)


def test_a_failed_connection_is_told_to_whom_writes() -> None:
    """POLLERR and POLLHUP come unasked."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        place = server.getsockname()

    async def test() -> int:
        with socket.socket() as client:
            client.setblocking(False)
            client.connect_ex(place)
            await writable(client.fileno())
            return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    assert run(test()) > 0


def test_a_bug_in_a_call_is_told_and_the_rest_goes_on(pipe: tuple[int, int]) -> None:
    """A descriptor that was closed while it was watched too, once: it would be told for ever."""
    loop = Loop()
    bugs: list[str] = []
    loop.on_bug = lambda during, bug: bugs.append(repr(bug))
    copy = os.dup(pipe[0])
    loop.add_reader(copy, lambda: None)
    os.close(copy)
    loop.call_soon(lambda: [][1])
    done: list[bool] = []
    loop.call_soon(lambda: done.append(True))
    loop.run_until(lambda: bool(done))
    loop.call_at(loop.time() + 0.01, lambda: done.append(True))
    loop.run_until(lambda: len(done) == 2)
    assert [bug.partition("(")[0] for bug in sorted(bugs)] == ["IndexError", "ValueError"]


# ---- tasks ------------------------------------------------------------------------------------


def test_tasks_take_turns() -> None:
    """Each runs until it waits."""
    said: list[str] = []

    async def count(name: str) -> str:
        for number in range(3):
            said.append(f"{name}{number}")
            await sleep(0)
        return name

    async def test() -> list[str]:
        return [await task for task in [Task(count("a")), Task(count("b"))]]

    assert run(test()) == ["a", "b"]
    assert said == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert all_tasks() == set()


def test_an_error_is_its_waiters_and_without_one_a_bug() -> None:
    """It is told, not swallowed."""

    async def fail() -> None:
        raise KeyError("x")

    async def test() -> list[str]:
        told: list[str] = []
        running().on_bug = lambda during, bug: told.append(f"{during}: {bug!r}")
        with pytest.raises(KeyError):
            await Task(fail())
        Task(fail())
        await sleep(0)
        return told

    assert run(test()) == ["a task: KeyError('x')"]


def test_who_is_cancelled_stops_waiting_and_what_it_waited_for_goes_on() -> None:
    """At its await, with time to clean up; a second time does not disturb that."""
    cleaned: list[str] = []

    async def clean_up(shared: Future[int]) -> int:
        try:
            return await shared
        finally:
            await sleep(0.001)
            cleaned.append("up")

    async def test() -> None:
        shared: Future[int] = Future()
        impatient, patient = Task(clean_up(shared)), Task(clean_up(shared))
        await sleep(0)
        impatient.cancel()
        await sleep(0)
        assert impatient.cancelling
        assert not impatient.done()
        assert await wait(impatient, LONG)
        assert impatient.cancelled()
        shared.set_result(3)
        assert await patient == 3

    run(test())
    assert cleaned == ["up", "up"]


def test_a_task_that_is_cancelled_before_it_begins_does_nothing() -> None:
    """And one whose future is done by then is ended all the same."""
    began: list[str] = []

    async def begin() -> None:
        began.append("began")

    async def await_it(future: Future[None]) -> None:
        await future
        began.append("went on")

    async def test() -> None:
        never = Task(begin())
        never.cancel()
        done: Future[None] = Future()
        waits = Task(await_it(done))
        await sleep(0)
        done.set_result(None)
        waits.cancel()
        for task in (never, waits):
            await wait(task)
            assert task.cancelled()
            with pytest.raises(Cancelled):
                await task

    run(test())
    assert began == []


def test_a_time_out_ends_the_waiting_by_an_error() -> None:
    """Only that of its own block; the task goes on."""

    async def test() -> list[str]:
        said: list[str] = []
        with timeout(LONG):
            try:
                with timeout(0.01):
                    await sleep(LONG)
            except TimeoutError:
                said.append("late")
            assert not current_task().cancelling
            await sleep(0.001)
            said.append("on")
        assert running().timers() == []
        return said

    assert run(test()) == ["late", "on"]


def test_the_outer_time_out_is_the_outer_blocks() -> None:
    """It goes through the inner one, which is not late."""

    async def test() -> str:
        try:
            with timeout(0.01):
                try:
                    with timeout(LONG):
                        await sleep(LONG)
                except TimeoutError:
                    return "inner"
        except TimeoutError:
            return "outer"
        return "neither"

    assert run(test()) == "outer"


def test_cancelling_a_task_is_not_taken_for_its_time_out() -> None:
    """Although both end its waiting."""

    async def work() -> None:
        with timeout(LONG):
            await sleep(LONG)

    async def test() -> None:
        task = Task(work())
        await sleep(0)
        task.cancel()
        await wait(task)
        assert task.cancelled()
        assert running().timers() == []

    run(test())


def test_waiting_has_an_end_and_leaves_nothing_behind(pipe: tuple[int, int]) -> None:
    """No callback, no timer, no watched descriptor."""
    reads, writes = pipe

    async def test() -> None:
        never: Future[None] = Future()
        assert not await wait(never, 0.001)
        assert never._callbacks == []
        for _ in range(2):
            with pytest.raises(TimeoutError), timeout(0.001):
                await readable(reads)
        os.write(writes, b"x")
        await readable(reads)
        assert running()._readers == {}
        assert running().timers() == []

    run(test())


def test_a_long_wait_costs_no_wake_ups() -> None:
    """One poll for it."""
    began = time.process_time()

    async def test() -> int:
        turns = 0
        loop = running()
        plain = loop._turn

        def counted() -> None:
            nonlocal turns
            turns += 1
            plain()

        loop._turn = counted  # type: ignore[method-assign]
        await sleep(0.1)
        return turns

    assert run(test()) <= 4
    assert time.process_time() - began < 0.09
