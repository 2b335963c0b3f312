"""Checks that hold a start, and hooks: what waits for them, and what follows from their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from initd.core.health.check import Check
from initd.core.health.verdict import CheckState, Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.hook import Hook
from initd.core.life.moments import KILL_PATIENCE
from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.life.successor import Left
from initd.core.signals.numbers import KILL, TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

SHIM, APP, START, USR2 = 2, 3, 100.0, 12
TO_APP = do.Deliver(TERM, "process")
DB = Check("db", "tcp", ("prestart",), "db:5432", limit=30.0)
WEB = Check("web", "http", ("readiness",), "http://127.0.0.1/")
Decided = Callable[[Sequence[do.Action]], list[do.Action]]


def _hook(moment: str, on_failure: str = "nothing", patience: float = 10.0) -> Hook:
    return Hook(moment=moment, argv=("it",), on_failure=on_failure, patience=patience)


def _supervisor(*hooks: Hook, **more: Any) -> Supervisor:
    given: dict[str, Any] = {
        "command": ("app",),
        "signals": SignalPolicy({}, TERM),
        "stop_plan": plan_of("TERM"),
        "hooks": hooks,
        **more,
    }
    return Supervisor(Policy(**given))


def _running(*hooks: Hook, **more: Any) -> Supervisor:
    supervisor = _supervisor(*hooks, **more)
    supervisor.begin(START)
    supervisor.handle(ev.HookEnded("start"), START)
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    return supervisor


def _moments(actions: Sequence[do.Action]) -> list[str]:
    return [action.moment for action in actions if isinstance(action, do.RunHook)]


def _events(actions: Sequence[do.Action]) -> list[str]:
    return [action.event for action in actions if isinstance(action, do.Log)]


def _end(supervisor: Supervisor, now: float, status: int = 0) -> list[do.Action]:
    """The app ends, and leaves nothing."""
    supervisor.handle(ev.AppExited(status), now)
    supervisor.handle(ev.Reaped(SHIM, status), now)
    supervisor.handle(ev.Reaped(APP, status), now)
    return supervisor.handle(ev.ReapedAll(left=False), now)


# ---- the start ------------------------------------------------------------------------------


def test_without_hooks_and_such_checks_a_start_is_as_it_ever_was() -> None:
    """No code for them is there, either."""
    supervisor = _supervisor()
    assert supervisor.begin(START) == [do.Spawn()]
    assert supervisor.moments is None


def test_the_app_starts_when_the_hook_has_ended(decided: Decided) -> None:
    """Until then it is waited for, and has no deadline but the hook's."""
    supervisor = _supervisor(_hook("start"))
    (run,) = decided(supervisor.begin(START))
    assert run == do.RunHook("start", {"reason": "first start"})
    assert (supervisor.life.state, supervisor.deadline) == ("waiting", START + 10)
    assert decided(supervisor.handle(ev.HookEnded("start"), START + 1)) == [do.Spawn()]
    assert (supervisor.life.state, supervisor.deadline) == ("starting", None)


def test_a_start_hook_that_fails_ends_the_container_with_125(decided: Decided) -> None:
    """A migration that failed: the app must not run on the old tables."""
    supervisor = _supervisor(_hook("start", "stop"))
    supervisor.begin(START)
    complaint, reap = decided(supervisor.handle(ev.HookEnded("start", "exit code 1"), START))
    sentence = "initd: the app was not started: hook start: exit code 1"
    assert (complaint, reap) == (do.Complain(sentence), do.Reap())
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 125


def test_it_may_be_tried_again_with_pauses(decided: Decided) -> None:
    """As the app itself is, with a restart policy."""
    supervisor = _supervisor(_hook("start", "restart"), restart=policy_of("always:2"))
    supervisor.begin(START)
    for attempt in range(2):
        now = START + 100 * attempt
        assert decided(supervisor.handle(ev.HookEnded("start", "exit code 1"), now)) == []
        assert supervisor.deadline is not None
        assert 0 < supervisor.deadline - now < 1
        assert _moments(supervisor.handle(ev.Elapsed(), supervisor.deadline)) == ["start"]
    assert do.Reap() in supervisor.handle(ev.HookEnded("start", "exit code 1"), START + 300)


def test_or_the_app_is_started_nevertheless(decided: Decided) -> None:
    """Warming up a cache."""
    supervisor = _supervisor(_hook("start", "nothing"))
    supervisor.begin(START)
    actions = supervisor.handle(ev.HookEnded("start", "exit code 1"), START)
    assert decided(actions) == [do.Spawn()]
    assert _events(actions) == ["hook.failed"]


def test_a_hook_that_hangs_is_killed_and_has_failed(decided: Decided) -> None:
    """Its patience is what a start can be held for."""
    supervisor = _supervisor(_hook("start", "stop"))
    supervisor.begin(START)
    assert decided(supervisor.handle(ev.Elapsed(), START + 10)) == [do.KillHook("start")]
    ended = supervisor.handle(ev.HookEnded("start", "killed by KILL"), START + 10.1)
    (failed, *_) = [each.facts for each in ended if isinstance(each, do.Log)]
    assert failed["why"] == "took longer than 10 s"


def test_one_that_cannot_be_killed_is_not_waited_for(decided: Decided) -> None:
    """A file server has gone; its end comes too late for anything."""
    supervisor = _supervisor(_hook("start", "nothing"))
    supervisor.begin(START)
    supervisor.handle(ev.Elapsed(), START + 10)
    assert decided(supervisor.handle(ev.Elapsed(), START + 10 + KILL_PATIENCE)) == [do.Spawn()]
    assert supervisor.deadline is None
    assert decided(supervisor.handle(ev.HookEnded("start", "killed by KILL"), START + 60)) == []


def test_a_stop_ends_a_start_that_is_held() -> None:
    """Nobody waits for a service that does not come; the hook is swept like all that is left."""
    supervisor = _supervisor(_hook("start"))
    supervisor.begin(START)
    assert do.Reap() in supervisor.handle(ev.Signal(TERM, 0, 0), START)
    assert do.Sweep(TERM) in supervisor.handle(ev.ReapedAll(left=True), START)
    assert do.Spawn() not in supervisor.handle(ev.HookEnded("start", "killed by TERM"), START)
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 128 + TERM


def test_other_signals_are_kept_for_the_app(decided: Decided) -> None:
    """As in any start."""
    supervisor = _supervisor(_hook("start"))
    supervisor.begin(START)
    supervisor.handle(ev.Signal(USR2, 0, 0), START)
    supervisor.handle(ev.HookEnded("start"), START)
    supervisor.handle(ev.Spawned(SHIM), START)
    assert do.Deliver(USR2, "process") in supervisor.handle(ev.Started(APP), START)


def test_each_start_has_its_hook() -> None:
    """With the reason of the restart."""
    supervisor = _running(_hook("start"), restart=policy_of("always"))
    _end(supervisor, START + 60, 7 << 8)
    assert supervisor.deadline is not None
    (run,) = supervisor.handle(ev.Elapsed(), supervisor.deadline)
    facts = {"reason": "exit code 7", "exit_code": "7"}
    assert run == do.RunHook("start", facts)


def test_initd_restart_does_not_pass_by_what_holds_a_start(decided: Decided) -> None:
    """It is on its way already."""
    supervisor = _supervisor(_hook("start"))
    supervisor.begin(START)
    answer = decided(supervisor.handle(ev.Request(7, "restart"), START))
    assert answer == [do.Reply(7, {"ok": True})]


# ---- checks that hold the start ---------------------------------------------------------------


def _held(**more: Any) -> Supervisor:
    supervisor = _supervisor(checks=(DB,), monitor=True, **more)
    supervisor.begin(START)
    return supervisor


def _report(supervisor: Supervisor, ok: bool, app: int | None = None) -> ev.HealthReported:
    row = CheckState("db", "prestart", ok, "connected" if ok else "connection refused")
    return ev.HealthReported(Report(-supervisor.life.held if app is None else app, (row,)))


def test_a_check_holds_the_start_until_it_passes(decided: Decided) -> None:
    """The monitor is there before the app."""
    supervisor = _supervisor(checks=(DB,), monitor=True)
    (monitor,) = decided(supervisor.begin(START))
    assert isinstance(monitor, do.StartMonitor)
    assert (monitor.view["state"], monitor.view["held"]) == ("waiting", 1)
    assert do.Spawn() not in supervisor.handle(_report(supervisor, ok=False), START + 1)
    assert do.Spawn() in supervisor.handle(_report(supervisor, ok=True), START + 2)
    assert supervisor.life.held == 0


def test_the_hook_comes_after_the_checks(decided: Decided) -> None:
    """A migration needs the database."""
    supervisor = _supervisor(_hook("start"), checks=(DB,), monitor=True)
    assert _moments(supervisor.begin(START)) == []
    assert _moments(supervisor.handle(_report(supervisor, ok=True), START)) == ["start"]
    assert do.Spawn() in supervisor.handle(ev.HookEnded("start"), START)


def test_its_limit_ends_the_container_and_says_what_was_missing() -> None:
    """Nothing has been started."""
    supervisor = _held()
    supervisor.handle(_report(supervisor, ok=False), START + 1)
    assert supervisor.deadline == START + 30
    actions = supervisor.handle(ev.Elapsed(), START + 30)
    why = "check db for 30 s: connection refused"
    assert do.Complain(f"initd: the app was not started: {why}") in actions
    supervisor.handle(ev.ReapedAll(left=False), START + 30)
    assert supervisor.exit_code == 125


def test_an_app_whose_start_is_held_is_alive_until_the_limit() -> None:
    """A kubelet's liveness probe would end the wait that the limit is for."""
    supervisor = _held()
    for now, lives in ((START + 29, True), (START + 30, False)):
        supervisor.handle(ev.Elapsed(), now)
        (reply,) = supervisor.handle(ev.Request(7, "health", "live"), now)
        assert isinstance(reply, do.Reply)
        assert reply.answer["healthy"] is lives


def test_where_no_monitor_can_run_the_limit_holds_too() -> None:
    """It would hold the start for ever."""
    supervisor = _held()
    supervisor.handle(ev.MonitorRefused("no pids"), START)
    actions = supervisor.handle(ev.Elapsed(), START + 30)
    assert any(isinstance(each, do.Complain) and "not probed" in each.sentence for each in actions)


def test_an_answer_about_an_earlier_start_does_not_count() -> None:
    """The database may have gone since."""
    supervisor = _held(restart=policy_of("always"))
    stale = _report(supervisor, ok=True)
    supervisor.handle(stale, START)
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    _end(supervisor, START + 60, 7 << 8)
    now = START + 61
    assert do.Spawn() not in supervisor.handle(ev.Elapsed(), now)
    assert supervisor.life.held == 2
    assert do.Spawn() not in supervisor.handle(stale, now)
    assert do.Spawn() not in supervisor.handle(_report(supervisor, ok=True, app=APP), now)
    assert do.Spawn() in supervisor.handle(_report(supervisor, ok=True), now)


def test_once_it_passes_its_limit_is_not_waited_for() -> None:
    """No deadline is left that would pass again and again."""
    cache = Check("cache", "tcp", ("prestart",), "cache:6379", limit=60.0)
    supervisor = _supervisor(checks=(DB, cache), monitor=True)
    supervisor.begin(START)
    supervisor.handle(_report(supervisor, ok=True), START + 1)
    assert supervisor.deadline == START + 60


def test_a_report_about_the_app_says_nothing_of_it() -> None:
    """Readiness is the app's own."""
    supervisor = _held()
    supervisor.handle(_report(supervisor, ok=True), START)
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    assert supervisor.upkeep is not None
    assert supervisor.upkeep.report == Report(APP, ())


# ---- ready and change -------------------------------------------------------------------------


def test_ready_is_told_once_and_changes_after_that() -> None:
    """By the checks; without any, the app is ready as soon as it runs."""
    hooks = _hook("ready"), _hook("change")
    supervisor = _running(*hooks, checks=(WEB,), monitor=True)

    def reported(ok: bool, after: float) -> list[str]:
        report = Report(APP, (CheckState("web", "readiness", ok, "200"),))
        found = _moments(supervisor.handle(ev.HealthReported(report), START + after))
        supervisor.handle(ev.HookEnded("ready"), START + after)
        supervisor.handle(ev.HookEnded("change"), START + after)
        return found

    assert reported(ok=False, after=1) == []
    assert reported(ok=True, after=2) == ["ready"]
    assert reported(ok=True, after=3) == []
    assert reported(ok=False, after=4) == ["change"]
    assert reported(ok=True, after=5) == ["change"]
    assert _moments(supervisor.handle(ev.Signal(TERM, 0, 0), START + 6)) == []


def test_without_checks_an_app_is_ready_when_it_runs() -> None:
    """And each app anew."""
    supervisor = _supervisor(_hook("ready"), restart=policy_of("always"))
    supervisor.begin(START)
    supervisor.handle(ev.Spawned(SHIM), START)
    (run,) = [
        each for each in supervisor.handle(ev.Started(APP), START) if isinstance(each, do.RunHook)
    ]
    assert run == do.RunHook("ready", {"reason": "ready", "app_pid": "3"})


def test_what_changes_while_the_hook_runs_is_told_when_it_has_ended() -> None:
    """The last of it: never two at once."""
    supervisor = _running(_hook("change"))
    changes = [ev.AppStopped(19), ev.AppContinued(), ev.AppStopped(19)]
    found = [_moments(supervisor.handle(each, START + 1)) for each in changes]
    assert found == [["change"], [], []]
    (run,) = supervisor.handle(ev.HookEnded("change"), START + 2)
    assert run == do.RunHook("change", {"reason": "not ready", "app_pid": "3"})
    assert supervisor.handle(ev.HookEnded("change"), START + 3) == []


@pytest.mark.parametrize(("act", "code"), [("stop", 1), ("restart", None), ("nothing", None)])
def test_what_follows_from_a_failure(decided: Decided, act: str, code: int | None) -> None:
    """The app is stopped by its plan, for good or to be started again."""
    supervisor = _running(_hook("ready", act), drain=5.0)
    sent = decided(supervisor.handle(ev.HookEnded("ready", "exit code 1"), START + 1))
    if act == "nothing":
        assert sent == []
        return
    assert sent == [TO_APP], "no drain: it has failed"
    _end(supervisor, START + 2)
    assert supervisor.exit_code == code
    assert supervisor.life.restart_reason == (
        "hook ready: exit code 1" if act == "restart" else None
    )


# ---- the stop ---------------------------------------------------------------------------------


def test_the_stops_hook_comes_first_then_the_drain_then_the_signal(decided: Decided) -> None:
    """Each when the one before it is over."""
    supervisor = _running(_hook("stop"), drain=5.0)
    now = START + 60
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), now)) == [
        do.RunHook("stop", {"reason": "stop", "app_pid": "3"})
    ]
    assert supervisor.life.state == "stopping"
    assert decided(supervisor.handle(ev.HookEnded("stop"), now + 2)) == []
    assert supervisor.deadline == now + 7
    assert decided(supervisor.handle(ev.Elapsed(), now + 7)) == [TO_APP]


@pytest.mark.parametrize("why", ["exit code 1", "cannot be started: No such file or directory"])
def test_a_stop_goes_on_when_its_hook_fails(decided: Decided, why: str) -> None:
    """Whatever it was."""
    supervisor = _running(_hook("stop"))
    supervisor.handle(ev.Signal(TERM, 0, 0), START + 60)
    assert decided(supervisor.handle(ev.HookEnded("stop", why), START + 61)) == [TO_APP]


def test_a_stops_hook_that_hangs_holds_it_for_its_patience_only(decided: Decided) -> None:
    """Even where it cannot be killed."""
    supervisor = _running(_hook("stop", patience=3.0))
    now = START + 60
    supervisor.handle(ev.Signal(TERM, 0, 0), now)
    assert decided(supervisor.handle(ev.Elapsed(), now + 3)) == [do.KillHook("stop")]
    assert decided(supervisor.handle(ev.Elapsed(), now + 3 + KILL_PATIENCE)) == [TO_APP]


def test_a_second_stop_signal_ends_the_hook_and_skips_the_drain(decided: Decided) -> None:
    """Somebody wants it now; the hook's end then changes nothing."""
    supervisor = _running(_hook("stop"), drain=5.0)
    now = START + 60
    supervisor.handle(ev.Signal(TERM, 0, 0), now)
    again = decided(supervisor.handle(ev.Signal(TERM, 0, 0), now + 1))
    assert again == [do.KillHook("stop"), TO_APP]
    assert decided(supervisor.handle(ev.HookEnded("stop", "killed by KILL"), now + 1)) == []


def test_an_app_that_ends_meanwhile_ends_the_stop(decided: Decided) -> None:
    """The hook is swept with what is left, and the code is the app's."""
    supervisor = _running(_hook("stop"))
    now = START + 60
    supervisor.handle(ev.Signal(TERM, 0, 0), now)
    supervisor.handle(ev.AppExited(3 << 8), now + 1)
    supervisor.handle(ev.Reaped(SHIM, 3 << 8), now + 1)
    assert do.Sweep(TERM) in supervisor.handle(ev.ReapedAll(left=True), now + 1)
    assert decided(supervisor.handle(ev.HookEnded("stop", "killed by TERM"), now + 1)) == []
    supervisor.handle(ev.ReapedAll(left=False), now + 1)
    assert supervisor.exit_code == 3


def test_a_successor_meanwhile_is_stopped_when_the_hook_has_ended(decided: Decided) -> None:
    """It has got nothing yet."""
    supervisor = _running(_hook("stop"), program=("unicorn",))
    supervisor.handle(ev.Signal(TERM, 0, 0), START + 60)
    master = Left(pid=40, words=("unicorn master",), is_parent=True)
    taken = decided(supervisor.handle(ev.AppExited(0, left=(master,)), START + 61))
    assert taken == [do.TakeOver(40)]
    assert decided(supervisor.handle(ev.HookEnded("stop"), START + 62)) == [TO_APP]


def test_a_restart_runs_it_too() -> None:
    """With its reason."""
    supervisor = _running(_hook("stop"))
    (run,) = [
        each
        for each in supervisor.handle(ev.Request(7, "restart"), START + 60)
        if isinstance(each, do.RunHook)
    ]
    assert run.facts["reason"] == "asked for with initd restart"


# ---- the end ----------------------------------------------------------------------------------


def test_the_end_has_its_hook_once_nothing_of_the_app_is_left() -> None:
    """The container ends after it, with the app's code."""
    supervisor = _running(_hook("end"))
    (run,) = _end(supervisor, START + 60, 3 << 8)
    assert run == do.RunHook("end", {"reason": "end", "exit_code": "3"})
    assert supervisor.handle(ev.ReapedAll(left=True), START + 60) == [], "the hook is not swept"
    assert supervisor.exit_code is None
    assert supervisor.handle(ev.HookEnded("end", "exit code 1"), START + 61)[-1] == do.Reap()
    supervisor.handle(ev.ReapedAll(left=False), START + 61)
    assert supervisor.exit_code == 3


def test_what_the_hook_leaves_is_swept() -> None:
    """Its daemons."""
    supervisor = _running(_hook("end"))
    _end(supervisor, START + 60)
    supervisor.handle(ev.HookEnded("end"), START + 61)
    assert do.Sweep(TERM) in supervisor.handle(ev.ReapedAll(left=True), START + 61)
    supervisor.handle(ev.ReapedAll(left=False), START + 61)
    assert supervisor.exit_code == 0


def test_it_is_told_of_a_death_by_signal_and_of_a_restart() -> None:
    """Before the next start."""
    supervisor = _running(_hook("end"), restart=policy_of("always"))
    (run,) = _end(supervisor, START + 60, KILL)
    assert run == do.RunHook(
        "end", {"reason": "restart", "exit_code": "137", "exit_signal": "KILL"}
    )
    supervisor.handle(ev.HookEnded("end"), START + 61)
    assert do.Spawn() in supervisor.handle(ev.ReapedAll(left=False), START + 61)


def test_after_a_stop_it_has_what_the_engine_leaves() -> None:
    """init itself lives on until then."""
    supervisor = _running(_hook("end", patience=60.0), grace=10.0)
    supervisor.handle(ev.Signal(TERM, 0, 0), START + 60)
    assert _moments(_end(supervisor, START + 64)) == ["end"]
    assert supervisor.deadline == START + 60 + 9


def test_where_the_engine_leaves_nothing_there_is_none() -> None:
    """The KILL would come in the middle of it."""
    supervisor = _running(_hook("end"), grace=10.0)
    supervisor.handle(ev.Signal(TERM, 0, 0), START + 60)
    assert _moments(_end(supervisor, START + 69.5)) == []
    assert supervisor.exit_code == 0


def test_a_start_that_failed_has_no_end() -> None:
    """No app has run."""
    supervisor = _supervisor(_hook("end"))
    supervisor.begin(START)
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.StartFailed(11, 2, "No such file or directory"), START)
    supervisor.handle(ev.Reaped(SHIM, 0), START)
    assert _moments(supervisor.handle(ev.ReapedAll(left=False), START)) == []
    assert supervisor.exit_code is not None
