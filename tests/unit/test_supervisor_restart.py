"""The supervisor and a second life of the app: by policy, by request, for its health."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from initd.core.health.check import Check
from initd.core.health.verdict import CheckState, Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.life.stop_run import HUNG_PATIENCE
from initd.core.signals.numbers import HUP, KILL, QUIT, TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
WEB = Check("web", "http", ("liveness", "readiness"), "http://127.0.0.1/")
Decided = Callable[[Sequence[do.Action]], list[do.Action]]


def _supervisor(
    restart: str = "no", plan: str = "QUIT", on_unhealthy: str = "nothing", monitor: bool = False
) -> Supervisor:
    policy = Policy(
        command=("app",),
        signals=SignalPolicy({}, TERM),
        stop_plan=plan_of(plan),
        restart=policy_of(restart),
        on_unhealthy=on_unhealthy,
        checks=(WEB,) if monitor else (),
        monitor=monitor,
        notify=monitor,
    )
    supervisor = Supervisor(policy)
    supervisor.begin()
    _start(supervisor, SHIM, APP, START)
    return supervisor


def _start(supervisor: Supervisor, shim: int, app: int, now: float) -> None:
    supervisor.handle(ev.Spawned(shim), now)
    supervisor.handle(ev.Started(app), now)
    if supervisor.upkeep is not None and supervisor.upkeep.pid is None:
        supervisor.handle(ev.MonitorStarted(4), now)


def _end(supervisor: Supervisor, shim: int, app: int, status: int, now: float) -> list[do.Action]:
    """The app ends and nothing outlives it; what the round of reaping leads to."""
    supervisor.handle(ev.AppExited(status), now)
    supervisor.handle(ev.Reaped(shim, status), now)
    supervisor.handle(ev.Reaped(app, status), now)
    return supervisor.handle(ev.ReapedAll(left=False), now)


def _report(app: int, ok: bool) -> ev.HealthReported:
    state = CheckState("web", "liveness", ok, "200" if ok else "503")
    return ev.HealthReported(Report(app, (state,)))


def _logs(actions: Sequence[do.Action], event: str) -> list[dict[str, object]]:
    return [a.facts for a in actions if isinstance(a, do.Log) and a.event == event]


# ---- by policy ------------------------------------------------------------------------


def test_without_a_policy_the_apps_end_is_the_containers() -> None:
    """The code is the app's."""
    supervisor = _supervisor()
    _end(supervisor, SHIM, APP, 3 << 8, START + 1)
    assert (supervisor.life.state, supervisor.exit_code) == ("ended", 3)


def test_an_app_that_failed_is_started_again_after_a_pause(decided: Decided) -> None:
    """Nothing is due but that."""
    supervisor = _supervisor("on-failure")
    assert decided(_end(supervisor, SHIM, APP, 3 << 8, START + 1)) == []
    assert supervisor.life.state == "waiting"
    due = supervisor.deadline
    assert due is not None
    assert START + 1 < due < START + 1.2
    assert decided(supervisor.handle(ev.Elapsed(), due)) == [do.Spawn()]
    _start(supervisor, 12, 13, due)
    assert (supervisor.life.state, supervisor.life.app, supervisor.life.restarts) == (
        "running",
        13,
        1,
    )
    assert supervisor.life.restart_reason == "exit code 3"


def test_an_end_that_was_asked_for_is_the_end_whatever_the_policy() -> None:
    """`docker stop` of a container that restarts always."""
    supervisor = _supervisor("always")
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    _end(supervisor, SHIM, APP, 0, START + 1)
    assert (supervisor.life.state, supervisor.exit_code) == ("ended", 0)


def test_a_stop_between_two_lives_is_the_end(decided: Decided) -> None:
    """There is nobody to pass it on to."""
    supervisor = _supervisor("always")
    _end(supervisor, SHIM, APP, 3 << 8, START + 1)
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START + 1)) == [do.Reap()]
    supervisor.handle(ev.ReapedAll(left=False), START + 1)
    assert supervisor.exit_code == 128 + TERM


def test_a_stop_while_the_last_life_is_swept_up_is_the_end() -> None:
    """With the app's own code."""
    supervisor = _supervisor("always")
    supervisor.handle(ev.AppExited(3 << 8), START + 1)
    supervisor.handle(ev.Signal(TERM, 0, 0), START + 1)
    supervisor.handle(ev.Reaped(SHIM, 3 << 8), START + 1)
    supervisor.handle(ev.ReapedAll(left=False), START + 1)
    assert (supervisor.life.state, supervisor.exit_code) == ("ended", 3)


def test_what_outlived_the_app_is_ended_before_the_next_one_starts(decided: Decided) -> None:
    """An old worker would hold the port."""
    supervisor = _supervisor("always")
    supervisor.handle(ev.AppExited(0), START)
    supervisor.handle(ev.Reaped(SHIM, 0), START)
    assert decided(supervisor.handle(ev.ReapedAll(left=True), START))[0] == do.Sweep(TERM)
    assert supervisor.deadline == START + 3, "not before: the next start waits for it"
    supervisor.handle(ev.ReapedAll(left=False), START + 0.01)
    assert supervisor.life.state == "waiting"


def test_over_its_limit_the_app_is_given_up_with_its_own_code() -> None:
    """One line says after how many restarts."""
    supervisor = _supervisor("always:1")
    _end(supervisor, SHIM, APP, 3 << 8, START)
    supervisor.handle(ev.Elapsed(), START + 1)
    _start(supervisor, 12, 13, START + 1)
    said = supervisor.handle(ev.AppExited(4 << 8), START + 2)
    assert _logs(said, "restart.gave-up") == [{"why": "exit code 4, after 1 restarts"}]
    supervisor.handle(ev.Reaped(12, 4 << 8), START + 2)
    supervisor.handle(ev.ReapedAll(left=False), START + 2)
    assert supervisor.exit_code == 4


def test_signals_that_come_between_two_lives_are_for_the_next(decided: Decided) -> None:
    """A reload is not lost."""
    supervisor = _supervisor("always")
    _end(supervisor, SHIM, APP, 0, START)
    supervisor.handle(ev.Signal(HUP, 0, 0), START)
    supervisor.handle(ev.Elapsed(), START + 1)
    supervisor.handle(ev.Spawned(12), START + 1)
    assert decided(supervisor.handle(ev.Started(13), START + 1)) == [do.Deliver(HUP, "process")]


# ---- by request -----------------------------------------------------------------------


def test_a_restart_that_is_asked_for_stops_by_the_plan_and_starts_at_once(decided: Decided) -> None:
    """Without back-off, and without a policy."""
    supervisor = _supervisor(plan="QUIT:20")
    actions = decided(supervisor.handle(ev.Request(7, "restart"), START))
    assert actions == [do.Deliver(QUIT, "process"), do.Reply(7, {"ok": True})]
    assert decided(_end(supervisor, SHIM, APP, 0, START + 1)) == [do.Spawn()]
    _start(supervisor, 12, 13, START + 1)
    assert supervisor.life.restart_reason == "asked for with initd restart"
    assert supervisor.life.restarts == 1


def test_a_restart_of_what_waits_for_its_next_start_is_at_once(decided: Decided) -> None:
    """Somebody has mended what was wrong."""
    supervisor = _supervisor("always")
    _end(supervisor, SHIM, APP, 1 << 8, START)
    assert decided(supervisor.handle(ev.Request(7, "restart"), START))[0] == do.Spawn()


def test_a_restart_brings_its_stop_to_an_end_itself(decided: Decided) -> None:
    """No engine's clock runs: KILL comes when the plan's last step has had its time."""
    supervisor = _supervisor()
    supervisor.handle(ev.Request(7, "restart"), START)
    assert supervisor.life.stop.deadline == START + HUNG_PATIENCE
    assert decided(supervisor.handle(ev.Elapsed(), START + HUNG_PATIENCE)) == [
        do.Deliver(KILL, "process")
    ]
    assert supervisor.life.stop.deadline is None


def test_a_stop_during_a_restart_is_the_end_by_the_engines_clock() -> None:
    """What was wanted changes; the plan goes on, and KILL is the engine's affair again."""
    supervisor = _supervisor()
    supervisor.handle(ev.Request(7, "restart"), START)
    supervisor.handle(ev.Signal(TERM, 0, 0), START + 1)
    assert supervisor.life.stop.deadline is None
    _end(supervisor, SHIM, APP, 0, START + 2)
    assert (supervisor.life.state, supervisor.exit_code) == ("ended", 0)


@pytest.mark.parametrize("state", ["starting", "stopping", "ended"])
def test_a_restart_at_the_wrong_moment_is_refused(state: str) -> None:
    """With the state in the answer."""
    supervisor = _supervisor()
    if state == "starting":
        supervisor = Supervisor(supervisor.life.policy)
    else:
        supervisor.handle(ev.Signal(TERM, 0, 0), START)
    if state == "ended":
        _end(supervisor, SHIM, APP, 0, START)
    (reply,) = supervisor.handle(ev.Request(7, "restart"), START)
    assert reply == do.Reply(7, {"error": f"the app can't be restarted now: {state}"})


# ---- for its health -------------------------------------------------------------------


def test_unless_it_is_asked_for_ill_health_has_no_consequence(decided: Decided) -> None:
    """It is shown, and that is all."""
    supervisor = _supervisor(monitor=True)
    assert decided(supervisor.handle(_report(APP, False), START)) == []
    assert supervisor.life.state == "running"


def test_an_unhealthy_app_is_restarted_where_that_is_asked_for(decided: Decided) -> None:
    """By its plan, with back-off, and with the reason."""
    supervisor = _supervisor(on_unhealthy="restart", monitor=True)
    actions = supervisor.handle(_report(APP, False), START + 5)
    assert _logs(actions, "health.acted") == [{"act": "restart", "why": "web: 503"}]
    assert do.Deliver(QUIT, "process") in actions
    _end(supervisor, SHIM, APP, 0, START + 6)
    assert supervisor.life.state == "waiting"
    assert supervisor.life.restart_reason == "unhealthy: web: 503"
    assert supervisor.deadline is not None
    supervisor.handle(ev.Elapsed(), supervisor.deadline)
    _start(supervisor, 12, 13, START + 7)
    assert supervisor.upkeep is not None
    assert all(state.role != "liveness" or state.ok for state in supervisor.upkeep.report.checks)


def test_an_unhealthy_app_ends_the_container_where_that_is_asked_for() -> None:
    """With 1 where the app itself ends well: an engine's on-failure is to see it."""
    supervisor = _supervisor(on_unhealthy="stop", monitor=True)
    supervisor.handle(_report(APP, False), START + 5)
    assert supervisor.life.state == "stopping"
    _end(supervisor, SHIM, APP, 0, START + 6)
    assert supervisor.exit_code == 1


def test_an_unhealthy_app_that_somebody_stops_meanwhile_ends_with_its_own_code() -> None:
    """The end is the engine's wish then."""
    supervisor = _supervisor(on_unhealthy="restart", monitor=True)
    supervisor.handle(_report(APP, False), START + 5)
    supervisor.handle(ev.Signal(TERM, 0, 0), START + 5)
    _end(supervisor, SHIM, APP, 0, START + 6)
    assert supervisor.exit_code == 0


def test_a_report_about_an_earlier_app_is_ignored() -> None:
    """It was on its way when the app ended."""
    supervisor = _supervisor(on_unhealthy="restart", monitor=True)
    assert supervisor.handle(_report(99, False), START + 5) == []
    assert supervisor.life.state == "running"


def test_nothing_is_restarted_during_a_stop(decided: Decided) -> None:
    """What drains may be unhealthy."""
    supervisor = _supervisor(on_unhealthy="restart", monitor=True)
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    assert decided(supervisor.handle(_report(APP, False), START)) == []


# ---- what it tells the monitor --------------------------------------------------------


def _told(actions: Sequence[do.Action]) -> list[str]:
    return [a.view["state"] for a in actions if isinstance(a, do.TellMonitor)]


def test_the_monitor_hears_of_a_stop_in_the_same_moment() -> None:
    """Readiness ends with it."""
    supervisor = _supervisor(monitor=True)
    actions = supervisor.handle(ev.Signal(TERM, 0, 0), START)
    assert _told(actions) == ["stopping"]


def test_the_monitor_is_not_told_of_what_does_not_matter_to_it() -> None:
    """Ten thousand orphans are ten thousand reasons not to."""
    supervisor = _supervisor(monitor=True)
    for event in (ev.Reaped(999, 0), ev.Signal(HUP, 0, 0), ev.Elapsed()):
        assert _told(supervisor.handle(event, START)) == []


def test_the_monitor_is_started_once_the_app_runs_and_let_go_at_the_end() -> None:
    """Not for each life of the app."""
    supervisor = _supervisor("always:1", monitor=True)
    fresh = Supervisor(supervisor.life.policy)
    fresh.handle(ev.Spawned(SHIM), START)
    started = fresh.handle(ev.Started(APP), START)
    assert any(isinstance(action, do.StartMonitor) for action in started)
    _end(supervisor, SHIM, APP, 1 << 8, START)
    supervisor.handle(ev.Elapsed(), START + 1)
    supervisor.handle(ev.Spawned(12), START + 1)
    again = supervisor.handle(ev.Started(13), START + 1)
    assert not any(isinstance(action, do.StartMonitor) for action in again)
    assert do.EndMonitor() in supervisor.handle(ev.AppExited(1 << 8), START + 2)


def test_a_monitor_that_died_is_started_again_with_the_last_report() -> None:
    """With back-off, and the app never notices."""
    supervisor = _supervisor(monitor=True)
    supervisor.handle(_report(APP, True), START)
    (log,) = [a for a in supervisor.handle(ev.MonitorEnded(KILL), START) if isinstance(a, do.Log)]
    assert (log.event, log.facts["again_in_seconds"]) == ("monitor.exited", 0.1)
    assert supervisor.deadline == START + 0.1
    (start,) = supervisor.handle(ev.Elapsed(), START + 0.1)
    assert isinstance(start, do.StartMonitor)
    assert start.report.checks[0].ok
    supervisor.handle(ev.MonitorStarted(5), START + 0.2)
    supervisor.handle(ev.MonitorEnded(KILL), START + 0.3)
    assert supervisor.deadline == START + 0.3 + 0.2
    assert supervisor.life.state == "running"


def test_clients_are_refused_where_monitors_do_not_live() -> None:
    """From the fifth in a row on, until the next one is started: nobody would answer them. Told
    once; and a monitor that has lived for ten seconds begins a new row."""
    supervisor = _supervisor(monitor=True)
    now, closed, told = START, [], []
    for _ in range(7):
        done = supervisor.handle(ev.MonitorEnded(70 << 8), now)
        closed.append(do.CloseMonitorSockets() in done)
        told += [each.facts for each in done if isinstance(each, do.Log) and each.level == "error"]
        now = supervisor.deadline or 0
        assert isinstance(supervisor.handle(ev.Elapsed(), now)[0], do.StartMonitor)
        supervisor.handle(ev.MonitorStarted(5), now)
    assert closed == [False] * 4 + [True] * 3
    assert told == [{"starts": 5}]
    assert do.CloseMonitorSockets() not in supervisor.handle(ev.MonitorEnded(KILL), now + 10)


# ---- MAINPID --------------------------------------------------------------------------


def test_an_app_that_names_its_successor_is_followed() -> None:
    """Its first process may end then, and the shim with it."""
    supervisor = _supervisor(monitor=True)
    assert supervisor.handle(ev.MainPidNamed(50), START) == [do.Follow(50)]
    supervisor.handle(ev.Followed(50), START)
    for event in (ev.Reaped(APP, 0), ev.Reaped(SHIM, 0), ev.ReapedAll(left=True)):
        supervisor.handle(event, START)
    assert (supervisor.life.state, supervisor.life.app, supervisor.life.counts.orphans) == (
        "running",
        50,
        0,
    )
    supervisor.handle(ev.Reaped(50, 7 << 8), START + 1)
    supervisor.handle(ev.ReapedAll(left=False), START + 1)
    assert supervisor.exit_code == 7


def test_an_app_may_ask_for_more_time_to_stop() -> None:
    """EXTEND_TIMEOUT_USEC moves the next step away, and never nearer."""
    supervisor = _supervisor(plan="QUIT:20 KILL", monitor=True)
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    supervisor.handle(ev.ExtensionAsked(60.0), START + 10)
    assert supervisor.life.stop.deadline == START + 70
    supervisor.handle(ev.ExtensionAsked(1.0), START + 20)
    assert supervisor.life.stop.deadline == START + 70


# ---- alive meanwhile ------------------------------------------------------------------------


def _answers(supervisor: Supervisor, now: float) -> dict[str, dict[str, Any]]:
    """To each question of health, as pid 1 gives it."""
    found = {}
    for question in ("live", "startup", "ready", ""):
        (reply,) = supervisor.handle(ev.Request(7, "health", question), now)
        assert isinstance(reply, do.Reply)
        found[question] = reply.answer
    return found


def _lives(supervisor: Supervisor, now: float, why: str) -> bool:
    """And nothing else is true of it: no request is for an app that does not run."""
    said = _answers(supervisor, now)
    assert not any(said[question]["healthy"] for question in ("startup", "ready", ""))
    assert said["live"]["why"] == why
    return bool(said["live"]["healthy"])


@pytest.mark.parametrize("monitor", [False, True], ids=["alone", "with a monitor"])
def test_what_waits_for_its_next_start_is_alive(monitor: bool) -> None:
    """A kubelet that asks in the midst of the back-off would end a container that mends itself."""
    supervisor = _supervisor(restart="on-failure", monitor=monitor)
    supervisor.handle(ev.AppExited(1 << 8), START + 1)
    assert _lives(supervisor, START + 1, "sweeping: the app is to be started")
    supervisor.handle(ev.Reaped(SHIM, 0), START + 1)
    supervisor.handle(ev.Reaped(APP, 1 << 8), START + 1)
    supervisor.handle(ev.ReapedAll(left=False), START + 1)
    assert _lives(supervisor, START + 1, "waiting: the app is to be started")
    supervisor.handle(ev.Elapsed(), START + 60)
    assert _lives(supervisor, START + 60, "starting: the app is to be started")
    _start(supervisor, 5, 6, START + 61)
    assert _answers(supervisor, START + 61)["live"]["healthy"]


@pytest.mark.parametrize(
    ("restart", "status"),
    [("no", 1 << 8), ("on-failure", 0), ("on-failure:1", 1 << 8)],
    ids=["no policy", "a success", "too many"],
)
def test_what_is_not_started_again_is_not_alive(restart: str, status: int) -> None:
    """While what it has left behind is swept, which may take a while."""
    supervisor = _supervisor(restart=restart)
    if restart.endswith(":1"):
        _end(supervisor, SHIM, APP, status, START + 1)
        supervisor.handle(ev.Elapsed(), START + 60)
        _start(supervisor, SHIM, APP, START + 60)
    supervisor.handle(ev.AppExited(status), START + 61)
    assert not _lives(supervisor, START + 61, "the app is not running: sweeping")


def test_a_first_start_that_finds_no_process_is_alive_until_a_stop() -> None:
    """It is tried again; a stop is the end of that."""
    supervisor = Supervisor(
        Policy(command=("app",), signals=SignalPolicy({}, TERM), stop_plan=plan_of("QUIT"))
    )
    supervisor.begin()
    assert _lives(supervisor, START, "starting: the app is to be started")
    supervisor.handle(ev.SpawnRefused(errno.EAGAIN, "fork: no process"), START)
    assert _lives(supervisor, START, "waiting: the app is to be started")
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    assert not _lives(supervisor, START, "the app is not running: sweeping")
