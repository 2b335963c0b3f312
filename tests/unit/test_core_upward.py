"""What init says to whoever started it, over sd_notify."""

from __future__ import annotations

from typing import Any

from initd.core.health.check import Check
from initd.core.health.notified_state import NotifyState
from initd.core.health.verdict import CheckState, Report
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import RestartPolicy
from initd.core.life.upward_policy import UpwardPolicy
from initd.core.monitor.upward import AGAIN_AFTER
from initd.core.signals.numbers import TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

SHIM, APP = 2, 3
WEB = Check("web", "http", ("readiness",), "http://127.0.0.1/")


class Told:
    """A supervisor, and what it has said upwards so far, line by line."""

    def __init__(
        self, checks: tuple[Check, ...] = (WEB,), upward: Any = None, **policy: Any
    ) -> None:
        self.now = 100.0
        self.lines: list[str] = []
        self.logged: list[str] = []
        self.supervisor = Supervisor(
            Policy(
                command=("app",),
                signals=SignalPolicy({}, TERM),
                stop_plan=plan_of("TERM"),
                checks=checks,
                monitor=True,
                notify=True,
                upward=upward or UpwardPolicy(needs_ready=not checks),
                **policy,
            )
        )
        self.see(ev.Spawned(SHIM), ev.Started(APP))

    def see(self, *events: ev.Event) -> list[str]:
        """The lines that follow from these events."""
        before = len(self.lines)
        for event in events:
            for action in self.supervisor.handle(event, self.now):
                if isinstance(action, do.NotifyUp):
                    self.lines += action.text.split("\n")
                if isinstance(action, do.Log):
                    self.logged.append(action.event)
        return self.lines[before:]

    def report(self, ok: bool | None = None, **said: Any) -> list[str]:
        """The monitor reports: the check, and what the app has said."""
        states = () if ok is None else (CheckState("web", "readiness", ok, "503"),)
        return self.see(ev.HealthReported(Report(APP, states, NotifyState(**said))))

    def wait(self, seconds: float) -> list[str]:
        self.now += seconds
        deadline = self.supervisor.deadline
        assert deadline is None or deadline >= self.now - seconds
        return self.see(ev.Elapsed()) if deadline is not None and deadline <= self.now else []


def test_ready_is_said_when_the_checks_pass_and_not_before() -> None:
    """Once; until then STATUS says what is missing."""
    told = Told()
    assert "READY=1" not in told.lines
    assert told.lines[-1] == "STATUS=web: not probed yet"
    assert told.report(False) == ["STATUS=web: 503"]
    assert told.report(True) == ["READY=1", "STATUS="]
    assert told.report(False) == ["STATUS=web: 503"]
    assert told.report(True) == ["STATUS="]


def test_without_checks_the_app_itself_says_it() -> None:
    """READY=1 of sd_notify."""
    told = Told(checks=())
    assert "READY=1" not in told.report()
    assert told.lines[-1] == "STATUS=waiting for the app to say that it is ready"
    assert told.report(ready=True, status="accepts connections") == [
        "READY=1",
        "STATUS=accepts connections",
    ]


def test_where_notify_is_asked_for_both_have_to() -> None:
    """The checks pass, and the app says READY=1."""
    told = Told(upward=UpwardPolicy(needs_ready=True))
    assert "READY=1" not in told.report(True)
    assert told.report(True, ready=True) == ["READY=1", "STATUS="]


def test_outside_of_a_pid_namespace_init_names_itself_as_the_main_process() -> None:
    """It may have been started by a shell; inside, its pid means nothing to the receiver."""
    told = Told(upward=UpwardPolicy(needs_ready=False, main_pid=77))
    assert told.report(True)[:2] == ["READY=1", "MAINPID=77"]


def test_a_reload_is_said_with_its_time_and_its_end() -> None:
    """As Type=notify-reload needs it."""
    told = Told(checks=())
    told.report(ready=True)
    told.now = 123.5
    assert told.report(ready=True, announced="reloading") == [
        "RELOADING=1",
        "MONOTONIC_USEC=123500000",
    ]
    assert told.report(ready=True) == ["READY=1"]


def test_stopping_is_said_when_the_container_is_to_end() -> None:
    """Not for a restart, and not because the app says it of itself: it may be started again."""
    told = Told()
    told.report(True)
    assert "STOPPING=1" not in told.report(True, announced="stopping")
    assert "STOPPING=1" in told.see(ev.Signal(TERM, 0, 0))
    assert "STOPPING=1" not in told.see(ev.AppExited(0), ev.Reaped(SHIM, 0), ev.ReapedAll(False))
    restarted = Told()
    assert "STOPPING=1" not in restarted.see(ev.Request(9, "restart"))
    ends = Told()
    assert "STOPPING=1" in ends.see(ev.AppExited(0))
    again = Told(restart=RestartPolicy("always"))
    assert "STOPPING=1" not in again.see(ev.AppExited(0))


def test_more_time_is_passed_on() -> None:
    """EXTEND_TIMEOUT_USEC, in microseconds."""
    assert Told().see(ev.ExtensionAsked(1.5)) == ["EXTEND_TIMEOUT_USEC=1500000"]


def test_the_watchdog_is_fed_twice_within_its_time_while_the_app_lives() -> None:
    """From READY on; not for an app that is not live, where init does nothing about it."""
    live = Check("web", "http", ("liveness",), "http://127.0.0.1/")
    told = Told((live,), UpwardPolicy(needs_ready=False, watchdog=10.0))
    assert told.lines.count("WATCHDOG=1") == 1
    assert told.wait(5.0) == ["WATCHDOG=1"]
    assert told.wait(5.0) == ["WATCHDOG=1"]
    failing = Report(APP, (CheckState("web", "liveness", False, "503"),))
    told.see(ev.HealthReported(failing))
    assert told.wait(5.0) == []


def test_init_that_restarts_a_failing_app_keeps_the_watchdog_quiet() -> None:
    """Otherwise two would restart it, and the outer one takes the container along."""
    live = Check("web", "http", ("liveness",), "http://127.0.0.1/")
    upward = UpwardPolicy(needs_ready=False, watchdog=10.0)
    told = Told((live,), upward, on_unhealthy="restart")
    told.see(ev.HealthReported(Report(APP, (CheckState("web", "liveness", False, "503"),))))
    assert "WATCHDOG=1" in told.wait(5.0)


def test_a_trigger_of_the_app_is_passed_on_once() -> None:
    """WATCHDOG=trigger."""
    told = Told(checks=())
    assert "WATCHDOG=trigger" in told.report(watchdog_failed=True)
    assert "WATCHDOG=trigger" not in told.report(watchdog_failed=True, status="x")


def test_a_message_for_a_full_queue_comes_again_with_what_is_new() -> None:
    """Nothing waits, and READY is not lost."""
    told = Told()
    said = "\n".join(told.report(True))
    assert told.see(ev.NotifiedNobody(said, True, "full")) == []
    assert told.report(False) == []
    assert told.wait(AGAIN_AFTER) == ["READY=1", "STATUS=web: 503"]
    assert told.wait(AGAIN_AFTER) == []


def test_what_waits_for_a_full_queue_is_bounded() -> None:
    """A receiver that never reads costs no memory."""
    told = Told()
    told.see(ev.NotifiedNobody("READY=1", True, "full"))
    for number in range(100):
        told.report(True, status=f"step {number}")
    assert told.wait(AGAIN_AFTER) == ["READY=1", "STATUS=step 99"]


def test_a_receiver_that_is_gone_is_told_of() -> None:
    """And not waited for."""
    told = Told()
    told.see(ev.NotifiedNobody("READY=1", False, "Connection refused"))
    assert told.logged[-1] == "notify.not-passed-on"
    assert told.wait(AGAIN_AFTER) == []


def test_a_status_cannot_smuggle_in_another_line() -> None:
    """It comes from the monitor, which nobody has to believe."""
    told = Told(checks=())
    assert told.report(status="up\nMAINPID=1") == ["STATUS=up MAINPID=1"]
    assert told.report(status="awaits READY=1") == ["STATUS=awaits READY"]  # crun is not exact
