"""A program that stops on WINCH, on a terminal whose window changes its size."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.signals.numbers import CONT, INT, QUIT, TERM, TSTP, TTIN, TTOU, WINCH
from initd.core.signals.route import SignalPolicy, direct_routes
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

START = 100.0
Deciding = Callable[..., list[do.Action]]


def _running(keeps: bool = True, job: bool = False, winch: bool = True) -> Supervisor:
    starters = frozenset((WINCH,)) if winch else frozenset[int]()
    signals = SignalPolicy({}, TERM, starters=starters, keeps_terminal=keeps, job_control=job)
    policy = Policy(command=("httpd",), signals=signals, stop_plan=plan_of("WINCH"))
    supervisor = Supervisor(policy)
    supervisor.begin()
    supervisor.handle(ev.Spawned(2), START)
    supervisor.handle(ev.Started(3), START)
    return supervisor


@pytest.mark.parametrize("keeps", [True, False])
def test_a_resize_is_no_stop(decided: Deciding, keeps: bool) -> None:
    """The kernel itself has sent it."""
    supervisor = _running(keeps)
    assert decided(supervisor.handle(ev.Signal(WINCH, 0, 0, by_kernel=True), START)) == []
    assert supervisor.life.state == "running"


def test_an_engines_winch_is_one(decided: Deciding) -> None:
    """STOPSIGNAL SIGWINCH of httpd's image: a process has sent it."""
    supervisor = _running()
    actions = decided(supervisor.handle(ev.Signal(WINCH, 0, 0), START))
    assert actions == [do.Deliver(WINCH, "process")]
    assert supervisor.life.state == "stopping"


def test_another_program_is_told_of_its_new_size(decided: Deciding) -> None:
    """Where init leads the foreground group: the app has a session of its own."""
    supervisor = _running(winch=False)
    actions = decided(supervisor.handle(ev.Signal(WINCH, 0, 0, by_kernel=True), START))
    assert actions == [do.Deliver(WINCH, "process")]


@pytest.mark.parametrize("number", [INT, QUIT, TSTP])
def test_what_is_typed_is_for_the_whole_group(decided: Deciding, number: int) -> None:
    """As if the group were in front."""
    supervisor = _running()
    assert number not in supervisor.direct_routes
    actions = decided(supervisor.handle(ev.Signal(number, 0, 0, by_kernel=True), START))
    assert actions == [do.Deliver(number, "group")]
    assert {INT, QUIT} <= direct_routes(SignalPolicy({}, TERM)).keys()


def test_fg_keeps_the_terminal_with_init(decided: Deciding) -> None:
    """And continues the app."""
    actions = decided(_running(job=True).handle(ev.Signal(CONT, 0, 0), START))
    assert actions == [do.Deliver(CONT, "group")]


@pytest.mark.parametrize("number", [TTIN, TTOU])
def test_an_app_that_needs_the_terminal_gets_it(decided: Deciding, number: int) -> None:
    """httpd asks for the passphrase of its key. In a job it is the shell's `fg` that gives it."""
    supervisor = _running()
    assert decided(supervisor.handle(ev.AppStopped(number), START)) == [do.LendTerminal()]
    job = _running(job=True)
    assert decided(job.handle(ev.AppStopped(number), START)) == [do.Suspend()]
    assert decided(job.handle(ev.Signal(CONT, 0, 0), START)) == [
        do.HandTerminal(),
        do.Deliver(CONT, "group"),
    ]


def test_an_app_that_has_the_terminal_is_stopped_like_any_other(decided: Deciding) -> None:
    """Nothing is lent to it."""
    assert decided(_running(keeps=False).handle(ev.AppStopped(TTIN), START)) == []
