"""The loop of pid 1: an exception that left it would kill every process of the container."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.supervisor import Supervisor
from initd.init import loop
from initd.init.kernel import Kernel

EXIT_7: list[list[ev.Event]] = [
    [ev.Started(3)],
    [ev.AppExited(7 << 8), ev.Reaped(2, 7 << 8), ev.Reaped(3, 7 << 8)],
    [ev.ReapedAll(left=False)],
]


class ScriptedKernel:
    """Gives out rounds of events, and records what it is to do."""

    def __init__(self, rounds: list[list[ev.Event]]) -> None:
        self.rounds = rounds
        self.done: list[do.Action] = []
        self.waited_until: list[float | None] = []
        self.bugs: list[dict[str, Any]] = []
        self.before_wait: Callable[[], None] = lambda: None
        self.broken: tuple[type[do.Action], ...] = ()
        self.failures: dict[type[do.Action], list[ev.Event]] = {}
        self.spawns: ev.Spawned | None = None
        self.short_of_memory: list[type[do.Action]] = []
        self.is_silent = False
        self.hosts: Any = None

    def signals_alone(self) -> list[ev.Event]:
        return self.rounds.pop(0) if self.rounds else []

    def wait(
        self, until: float | None, direct_routes: Mapping[int, int], quiet: bool, is_due: bool
    ) -> list[ev.Event]:
        self.waited_until.append(until)
        self.before_wait()
        return self.rounds.pop(0)

    def perform(self, action: do.Action) -> list[ev.Event]:
        if isinstance(action, self.broken):
            raise RuntimeError("a bug")
        if type(action) in self.short_of_memory:
            self.short_of_memory.remove(type(action))
            raise MemoryError
        self.done.append(action)
        if self.spawns is not None and isinstance(action, do.Spawn):
            return [self.spawns]
        return self.failures.pop(type(action), [])

    def log(self, level: str, event: str, facts: dict[str, Any]) -> None:
        if self.is_silent:
            raise MemoryError
        assert (level, event) == ("error", "init.bug")
        self.bugs.append(facts)


def _run(kernel: ScriptedKernel, policy: Policy) -> int:
    return loop.run(Supervisor(policy), cast(Kernel, kernel))


def test_the_loop_begins_waits_and_ends_with_the_exit_code(policy: Callable[..., Policy]) -> None:
    """Until the supervisor's deadline, which is none while nothing is due."""
    kernel = ScriptedKernel([*EXIT_7])
    assert _run(kernel, policy()) == 7
    assert kernel.done[0] == do.Spawn()
    assert kernel.waited_until == [None, None, None]
    assert kernel.bugs == []


def test_what_fails_at_once_is_the_next_event(policy: Callable[..., Policy]) -> None:
    """A spawn that is refused is heard before anything is waited for."""
    kernel = ScriptedKernel([[ev.ReapedAll(left=False)]])
    kernel.failures[do.Spawn] = [ev.SpawnRefused(2, "No such file")]
    assert _run(kernel, policy()) == 125


def test_what_was_seen_before_an_action_comes_before_what_the_action_brings_about(
    policy: Callable[..., Policy],
) -> None:
    """The app is started again at once, and the new shim has the pid of the old one, whose end
    was seen in the same round as the app's."""
    kernel = ScriptedKernel(
        [
            [ev.Started(3), ev.Request(9, "restart", "")],
            [ev.AppExited(15), ev.Reaped(2, 15), ev.Reaped(3, 15), ev.ReapedAll(left=False)],
            [ev.Started(3)],
            [ev.Request(9, "stop", "")],
            *EXIT_7[1:],
        ]
    )
    kernel.spawns = ev.Spawned(2)
    kernel.failures[do.Reap] = [ev.ReapedAll(left=False)]
    assert _run(kernel, policy()) == 7
    assert kernel.done.count(do.Spawn()) == 2
    assert kernel.bugs == []


def test_an_action_that_raises_does_not_take_the_others_along(
    policy: Callable[..., Policy],
) -> None:
    """It is logged with where it happened."""
    kernel = ScriptedKernel([*EXIT_7])
    kernel.broken = (do.Log,)
    assert _run(kernel, policy()) == 7
    assert do.Reap() in kernel.done
    assert kernel.bugs[0]["during"] == "Log"
    assert kernel.bugs[0]["error"] == "RuntimeError: a bug"
    assert kernel.bugs[0]["at"].startswith(__file__ + ":")


def test_an_event_that_raises_does_not_take_the_others_along(
    policy: Callable[..., Policy],
) -> None:
    """Here one that the supervisor has never heard of."""

    class Surprise(ev.Event):
        """Not in the supervisor's table."""

    started, ended, reaped = EXIT_7
    kernel = ScriptedKernel([[Surprise(), *started], ended, reaped])
    assert _run(kernel, policy()) == 7
    assert [bug["during"] for bug in kernel.bugs] == ["Surprise"]


def test_a_wait_that_raises_is_tried_again(policy: Callable[..., Policy]) -> None:
    """After a breath, so that it can't become a busy loop."""
    kernel = ScriptedKernel([*EXIT_7])
    failures = [OSError(9, "Bad file descriptor")]

    def fail_once() -> None:
        if failures:
            raise failures.pop()

    kernel.before_wait = fail_once
    assert _run(kernel, policy()) == 7
    assert [bug["during"] for bug in kernel.bugs] == ["wait"]


def test_signals_and_children_are_heard_whatever_else_cannot_be(
    policy: Callable[..., Policy],
) -> None:
    """One source that fails each time makes pid 1 deaf to no other."""
    kernel = ScriptedKernel([*EXIT_7])

    def fail() -> None:
        raise OSError(22, "Invalid argument")

    kernel.before_wait = fail
    assert _run(kernel, policy()) == 7
    assert {bug["during"] for bug in kernel.bugs} == {"wait"}


# ---- without memory -----------------------------------------------------------------------


def test_what_memory_was_too_short_for_is_done_with_what_was_put_by(
    policy: Callable[..., Policy],
) -> None:
    """Once more, and nobody is told: it has been done."""
    kernel = ScriptedKernel([*EXIT_7])
    kernel.short_of_memory = [do.Spawn, do.Reap, do.Log]
    assert _run(kernel, policy()) == 7
    assert {do.Spawn, do.Reap, do.Log} <= set(map(type, kernel.done))
    assert kernel.bugs == []


def test_the_apps_end_is_handled_again_if_memory_ran_out_in_the_midst_of_it(
    policy: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then it was known to be gone: nobody would have gone on from there."""
    short = [True]

    def aimed(*_: object) -> int:
        if short.pop() if short else False:
            raise MemoryError
        return 7

    monkeypatch.setattr("initd.core.life.aiming.Aiming.app_ended", aimed)
    kernel = ScriptedKernel([*EXIT_7])
    assert _run(kernel, policy()) == 7
    assert (short, kernel.bugs) == ([], [])


def test_a_bug_that_cannot_be_told_of_ends_nothing(policy: Callable[..., Policy]) -> None:
    """Its own line takes memory, too."""
    kernel = ScriptedKernel([*EXIT_7])
    kernel.broken, kernel.is_silent = (do.Log,), True
    assert _run(kernel, policy()) == 7


class BrokenLook:
    """Of the hosts file."""

    def look(self) -> None:
        raise RuntimeError("a bug")


def test_a_bug_in_looking_at_the_hosts_file_is_told_and_nothing_else(
    policy: Callable[..., Policy],
) -> None:
    """Once for each time that something has happened."""
    kernel = ScriptedKernel([*EXIT_7])
    kernel.hosts = BrokenLook()
    assert _run(kernel, policy()) == 7
    assert [bug["during"] for bug in kernel.bugs] == ["hosts"] * len(EXIT_7)
