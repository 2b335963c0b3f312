"""A pause is not a failure: time in which the container has not run counts for nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from errno import EAGAIN

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.life.successor import Left
from initd.core.signals.numbers import KILL, TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

SHIM, APP, START, PAUSE = 2, 3, 100.0, 3600.0

STARTED = (ev.Spawned(SHIM), ev.Started(APP))
SWEPT = (*STARTED, ev.AppExited(1 << 8), ev.Reaped(SHIM, 0))
OTHER = Left(pid=60, words=("other",))
#: What is waited for, and how it comes about.
WAITS: dict[str, tuple[ev.Event, ...]] = {
    "a step of the stop plan": (*STARTED, ev.Signal(TERM, 0, 0)),
    "the next start": (*SWEPT, ev.ReapedAll(left=False)),
    "memory for a start": (ev.SpawnRefused(EAGAIN, "no pids"),),
    "what outlives the app": (*SWEPT, ev.ReapedAll(left=True)),
    "a pid file": (*STARTED, ev.AppExited(0, left=(OTHER,))),
}


def _waiting(name: str) -> Supervisor:
    supervisor = Supervisor(
        Policy(
            command=("app",),
            signals=SignalPolicy({}, TERM),
            stop_plan=plan_of("QUIT:3 KILL"),
            restart=policy_of("on-failure"),
            pid_file="/run/app.pid",
        )
    )
    supervisor.begin()
    for event in WAITS[name]:
        supervisor.handle(event, START)
    return supervisor


@pytest.mark.parametrize("name", WAITS)
def test_what_is_waited_for_is_put_off_by_as_much(name: str) -> None:
    """And nothing follows from the pause itself."""
    supervisor = _waiting(name)
    before = supervisor.deadline
    assert before is not None
    actions = supervisor.handle(ev.Paused(PAUSE), START + PAUSE)
    assert supervisor.deadline == before + PAUSE
    assert actions == [do.Log("info", "init.paused", {"seconds": PAUSE})]
    assert supervisor.handle(ev.Elapsed(), before + PAUSE - 0.1) == []


def test_a_step_of_a_stop_has_its_time_after_a_pause_and_no_more(
    running: Callable[..., Supervisor], decided: Callable[[Sequence[do.Action]], list[do.Action]]
) -> None:
    """An app that really hangs is killed, as late as it was paused."""
    supervisor = running(TERM, plan="TERM:10 KILL")
    supervisor.handle(ev.Paused(PAUSE), START + 2 + PAUSE)
    assert decided(supervisor.handle(ev.Elapsed(), START + 9 + PAUSE)) == []
    sent = decided(supervisor.handle(ev.Elapsed(), START + 10 + PAUSE))
    assert sent == [do.Deliver(KILL, "process")]


def test_where_nothing_is_waited_for_a_pause_changes_nothing(
    running: Callable[..., Supervisor],
) -> None:
    """The app runs, and goes on."""
    supervisor = running()
    supervisor.handle(ev.Paused(PAUSE), START + PAUSE)
    assert (supervisor.life.state, supervisor.deadline) == ("running", None)
