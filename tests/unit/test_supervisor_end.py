"""The supervisor when the app has ended: exit codes, the sweep, a lost shim."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.sweep import KILL_INTERVAL, KILLS, PATIENCE
from initd.core.signals.numbers import CONT, HUP, KILL, TERM
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
Running = Callable[..., Supervisor]
Decided = Callable[[Sequence[do.Action]], list[do.Action]]

#: As waitpid gives them: exit codes 0 to 255, and signals 1 to 31 without and with a core.
STATUSES = [code << 8 for code in range(256)] + [
    number | core for core in (0, 0x80) for number in range(1, 32)
]


def _ended(supervisor: Supervisor, *events: ev.Event) -> int | None:
    for event in events:
        supervisor.handle(event, START + 1)
    return supervisor.exit_code


def _left_behind(running: Running) -> Supervisor:
    """The app and its shim are gone, something else is not."""
    supervisor = running()
    supervisor.handle(ev.AppExited(0), START)
    supervisor.handle(ev.Reaped(SHIM, 0), START)
    supervisor.handle(ev.Reaped(APP, 0), START)
    return supervisor


def _logged(actions: Sequence[do.Action], event: str) -> do.Log:
    (line,) = [action for action in actions if isinstance(action, do.Log) and action.event == event]
    return line


# ---- exit codes -----------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [False, True], ids=["by itself", "asked to"])
def test_init_exits_with_the_apps_code_for_every_wait_status(running: Running, stop: bool) -> None:
    """128 + N for signal N; being asked to end changes nothing about it."""
    for status in STATUSES:
        supervisor = running(*([TERM] if stop else []))
        signal = status & 0x7F
        code = _ended(
            supervisor,
            ev.AppExited(status),
            ev.Reaped(SHIM, status),
            ev.Reaped(APP, status),
            ev.ReapedAll(left=False),
        )
        assert code == (128 + signal if signal else status >> 8), hex(status)


def test_a_clean_code_is_0(running: Running) -> None:
    """A JVM's 143, whether it is an exit code or death by TERM."""
    for status in (143 << 8, TERM):
        supervisor = running(clean=(143,))
        assert _ended(supervisor, ev.AppExited(status), ev.ReapedAll(left=False)) == 0


def test_the_end_is_told_once_whoever_tells_first(running: Running, decided: Decided) -> None:
    """The shim's report, and the corpse, which may come in either order."""
    told: list[ev.Event] = [ev.AppExited(7 << 8), ev.Reaped(APP, 7 << 8)]
    for events in (told, told[::-1]):
        supervisor = running()
        assert decided(supervisor.handle(events[0], START)) == [do.Reap()]
        assert supervisor.handle(events[1], START) == []
        assert supervisor.life.counts.orphans == 0
        assert _ended(supervisor, ev.Reaped(SHIM, 0), ev.ReapedAll(left=False)) == 7


def test_the_apps_pid_is_an_orphans_after_its_corpse_is_gone(running: Running) -> None:
    """A pid can be two processes over time."""
    supervisor = _left_behind(running)
    supervisor.handle(ev.Reaped(APP, 9 << 8), START)
    assert (
        supervisor.life.counts.orphans,
        supervisor.life.last_exit and supervisor.life.last_exit["code"],
    ) == (
        1,
        0,
    )


@pytest.mark.parametrize(
    ("status", "asked", "level"),
    [(0, False, "info"), (1 << 8, False, "info"), (KILL, False, "warning"), (15, True, "info")],
)
def test_an_end_that_nobody_asked_for_is_a_warning(
    running: Running, status: int, asked: bool, level: str
) -> None:
    """Where the exit code says less. With how long the app ran, and whether it was asked."""
    supervisor = running(*([TERM] if asked else []))
    line = _logged(supervisor.handle(ev.AppExited(status), START + 2.5), "app.exited")
    assert line.level == level
    assert (line.facts["after_seconds"], line.facts["asked"]) == (2.5, asked)


@pytest.mark.parametrize("event", [ev.AppExited(KILL, 2), ev.Reaped(APP, KILL, 2)], ids=repr)
def test_sigkill_with_oom_kills_in_the_cgroup_is_said_to_be_out_of_memory(
    running: Running, event: ev.Event
) -> None:
    """It looks like SIGKILL from nowhere."""
    line = _logged(running().handle(event, START), "app.exited")
    assert line.facts["why"] == "out of memory? the kernel counts 2 OOM kills here"


def test_sigkill_without_oom_kills_is_not_explained(running: Running) -> None:
    """Somebody sent it."""
    assert "why" not in _logged(running().handle(ev.AppExited(KILL), START), "app.exited").facts


# ---- nothing is left, or something is -------------------------------------------------------


def test_init_ends_when_nothing_is_left(running: Running) -> None:
    """And not before the kernel says so."""
    supervisor = running()
    assert _ended(supervisor, ev.AppExited(0)) is None
    assert _ended(supervisor, ev.Reaped(SHIM, 0)) is None
    actions = supervisor.handle(ev.ReapedAll(left=False), START)
    assert actions == [do.Log("info", "init.exit", {"code": 0})]
    assert (supervisor.life.state, supervisor.exit_code) == ("ended", 0)


def test_the_shim_is_not_swept(running: Running, decided: Decided) -> None:
    """It ends by itself, as the app did."""
    supervisor = running()
    supervisor.handle(ev.AppExited(0), START)
    assert decided(supervisor.handle(ev.ReapedAll(left=True), START)) == []
    assert supervisor.deadline == START + PATIENCE


def test_a_shim_that_does_not_end_by_itself_is_no_end_to_wait_for(
    running: Running, decided: Decided
) -> None:
    """No state without a way out: after a while it is swept like anything else."""
    supervisor = running()
    supervisor.handle(ev.AppExited(0), START)
    supervisor.handle(ev.ReapedAll(left=True), START)
    assert do.Sweep(TERM) in supervisor.handle(ev.Elapsed(), START + PATIENCE)
    assert do.Sweep(KILL) in supervisor.handle(ev.Elapsed(), START + 2 * PATIENCE)


def test_what_outlives_the_app_gets_term_a_wait_and_kill(
    running: Running, decided: Decided
) -> None:
    """TERM with CONT, as one of them may be stopped; KILL again, as one may have forked."""
    supervisor = _left_behind(running)
    now = START
    assert decided(supervisor.handle(ev.ReapedAll(left=True), now)) == [
        do.Sweep(TERM),
        do.Sweep(CONT),
    ]
    assert supervisor.deadline == now + PATIENCE
    now += PATIENCE
    for _ in range(KILLS):
        assert decided(supervisor.handle(ev.Elapsed(), now)) == [do.Sweep(KILL)]
        assert supervisor.deadline == now + KILL_INTERVAL
        now += KILL_INTERVAL
    actions = supervisor.handle(ev.Elapsed(), now)
    assert decided(actions) == []
    assert _logged(actions, "sweep.gave-up").level == "warning"
    assert (supervisor.life.state, supervisor.exit_code) == ("ended", 0)


def test_a_sweep_is_over_as_soon_as_nothing_is_left(running: Running) -> None:
    """Nobody waits its patience out."""
    supervisor = _left_behind(running)
    supervisor.handle(ev.ReapedAll(left=True), START)
    assert _ended(supervisor, ev.Reaped(40, TERM), ev.ReapedAll(left=False)) == 0


def test_one_round_of_reaping_after_another_does_not_start_the_sweep_again(
    running: Running,
) -> None:
    """Each orphan that ends is followed by a round; the deadline stays."""
    supervisor = _left_behind(running)
    supervisor.handle(ev.ReapedAll(left=True), START)
    assert supervisor.handle(ev.ReapedAll(left=True), START + 1) == []
    assert supervisor.deadline == START + PATIENCE


def test_the_sweep_does_not_change_the_exit_code(running: Running) -> None:
    """Whatever codes the orphans have."""
    supervisor = running()
    events = [ev.AppExited(3 << 8), ev.Reaped(SHIM, 0), ev.ReapedAll(left=True)]
    orphans = [ev.Reaped(pid, 99 << 8) for pid in range(50, 60)]
    assert _ended(supervisor, *events, *orphans, ev.ReapedAll(left=False)) == 3


@given(st.sampled_from([HUP, TERM, CONT, 34]))
def test_no_signal_is_delivered_when_the_app_has_ended(
    running: Running, decided: Decided, number: int
) -> None:
    """There is nobody left whom it was meant for; a stop makes nothing faster."""
    supervisor = _left_behind(running)
    for deadline in (None, START + PATIENCE):
        assert supervisor.deadline == deadline
        assert decided(supervisor.handle(ev.Signal(number, 0, 0), START)) == []
        supervisor.handle(ev.ReapedAll(left=True), START)


def test_orphans_are_counted_and_change_nothing(running: Running, decided: Decided) -> None:
    """10,000 of them."""
    supervisor = running()
    for pid in range(1000, 11000):
        assert decided(supervisor.handle(ev.Reaped(pid, 0), START)) == []
    assert (supervisor.life.counts.orphans, supervisor.life.state, supervisor.life.app) == (
        10000,
        "running",
        APP,
    )
    assert decided(supervisor.handle(ev.ReapedAll(left=True), START)) == []


def test_orphans_that_are_told_of_together_count_each(running: Running) -> None:
    """And are logged each, where that is shown."""
    supervisor = running()
    corpses = [(pid, 0) for pid in range(1000, 1500)]
    assert supervisor.handle(ev.OthersReaped(corpses), START) == [do.LogOrphans("debug", corpses)]
    assert supervisor.life.counts.orphans == 500


def test_the_dead_app_is_not_counted_as_an_orphan(running: Running) -> None:
    """The shim has reported the end; the corpse comes with a storm's."""
    supervisor = running()
    supervisor.handle(ev.AppExited(7 << 8), START)
    actions = supervisor.handle(ev.OthersReaped([(50, 0), (APP, 7 << 8), (51, 9)]), START)
    assert actions == [do.LogOrphans("debug", [(50, 0), (51, 9)])]
    assert supervisor.life.counts.orphans == 2
    supervisor.handle(ev.OthersReaped([(APP, 0)]), START)  # another process by now
    assert supervisor.life.counts.orphans == 3


# ---- the shim is lost -----------------------------------------------------------------------


def test_an_app_whose_shim_was_killed_is_supervised_directly(
    running: Running, decided: Decided
) -> None:
    """Signals reach it, a stop stops it, and its corpse tells the code."""
    supervisor = running(plan="QUIT:20 KILL")
    actions = supervisor.handle(ev.Reaped(SHIM, KILL), START)
    assert actions == [do.Log("warning", "shim.lost", {"app": APP})]
    assert (supervisor.life.state, supervisor.life.shim, supervisor.life.app) == (
        "running",
        None,
        APP,
    )
    assert decided(supervisor.handle(ev.Signal(HUP, 0, 0), START)) == [do.Deliver(HUP, "process")]
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [do.Deliver(3, "process")]
    assert _ended(supervisor, ev.Reaped(APP, 5 << 8), ev.ReapedAll(left=False)) == 5


def test_after_a_lost_shim_what_outlives_the_app_is_swept_at_once(
    running: Running, decided: Decided
) -> None:
    """There is no shim to wait for."""
    supervisor = running()
    supervisor.handle(ev.Reaped(SHIM, KILL), START)
    supervisor.handle(ev.Reaped(APP, 0), START)
    assert decided(supervisor.handle(ev.ReapedAll(left=True), START))[0] == do.Sweep(TERM)
