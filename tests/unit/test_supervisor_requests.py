"""The supervisor and what is asked over the control socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.signals.numbers import HUP, KILL, QUIT, TERM
from initd.core.sleep import answers
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
STOP = 19
Running = Callable[..., Supervisor]
Decided = Callable[[Sequence[do.Action]], list[do.Action]]


def _ask(supervisor: Supervisor, verb: str, argument: str = "") -> Any:
    """The one answer to client 7."""
    actions = supervisor.handle(ev.Request(7, verb, argument), START + 61.5)
    replies = [action for action in actions if isinstance(action, do.Reply | do.ReplyStatus)]
    (reply,) = replies
    assert reply.client == 7
    return reply.answer if isinstance(reply, do.Reply) else reply.view


def test_a_running_app_is_healthy(running: Running) -> None:
    """One line says why."""
    assert _ask(running(), "health") == {"healthy": True, "why": "running: pid 3, up 61 s"}


def test_an_app_that_is_being_stopped_is_healthy(running: Running) -> None:
    """Nobody is to kill what is draining."""
    assert _ask(running(TERM), "health") == {"healthy": True, "why": "stopping: pid 3, up 61 s"}


def test_an_app_under_sigstop_is_unhealthy(running: Running) -> None:
    """Until it is continued."""
    supervisor = running()
    supervisor.handle(ev.AppStopped(STOP), START)
    assert _ask(supervisor, "health") == {"healthy": False, "why": "the app is stopped by STOP"}
    supervisor.handle(ev.AppContinued(), START)
    assert _ask(supervisor, "health")["healthy"]


def test_without_an_app_there_is_no_health(running: Running, policy: Callable[..., Policy]) -> None:
    """Before it runs and after it has ended."""
    assert _ask(Supervisor(policy()), "health") == {
        "healthy": False,
        "why": "the app is not running: starting",
    }
    supervisor = running()
    supervisor.handle(ev.AppExited(0), START)
    assert _ask(supervisor, "health")["why"] == "the app is not running: sweeping"


def test_status_has_the_whole_view(running: Running) -> None:
    """With names for numbers, and the plan as a person writes it."""
    supervisor = running(plan="QUIT:20 KILL", rewrites={HUP: 0, 10: QUIT}, target="group")
    assert _ask(supervisor, "status") == {
        "state": "running",
        "shim": {"pid": SHIM},
        "app": {
            "pid": APP,
            "command": ["app", "--serve"],
            "uptime_seconds": 61.5,
            "since": START,
            "stopped_by": None,
            "stopped_by_number": None,
            "end_signal_number": None,
            "start_due": False,
        },
        "monitor": {"pid": None, "restarts": 0},
        "held": 0,
        "maintenance": False,
        "registered": None,
        "restarts": 0,
        "restart_reason": None,
        "restart_policy": "no",
        "last_exit": None,
        "checks": [],
        "notify": {"ready": False, "announced": "", "status": ""},
        "orphans_reaped": 0,
        "signals": {"received": {}, "delivered": {}, "undelivered": 0},
        "stop": {"count": 0, "last_seconds": None},
        "sleep": {"count": 0, "seconds": 0.0, "woken_by": None},
        "profile": None,
        "stop_signal": "TERM",
        "grace_seconds": None,
        "drain_seconds": None,
        "draining": False,
        "stop_plan": "QUIT:20 KILL",
        "target": "group",
        "behind": None,
        "aimed_at": None,
        "signal_map": {"HUP": "drop", "USR1": "QUIT"},
    }


def test_status_tells_how_the_app_ended(running: Running) -> None:
    """While what outlived it is swept."""
    supervisor = running()
    supervisor.handle(ev.AppExited(KILL), START + 2)
    status = _ask(supervisor, "status")
    assert (status["state"], status["app"]["pid"], status["app"]["uptime_seconds"]) == (
        "sweeping",
        None,
        None,
    )
    assert status["last_exit"] == {
        "pid": APP,
        "code": 137,
        "signal": "KILL",
        "asked": False,
        "after_seconds": 2.0,
    }


@pytest.mark.parametrize("argument", ["HUP", "SIGHUP", "1"])
def test_a_signal_is_asked_for_by_name_or_number(
    running: Running, decided: Decided, argument: str
) -> None:
    """As if it had been sent to init: the map holds."""
    for rewrites, out in (({}, HUP), ({HUP: QUIT}, QUIT)):
        supervisor = running(rewrites=rewrites)
        assert decided(supervisor.handle(ev.Request(7, "signal", argument), START)) == [
            do.Deliver(out, "process"),
            do.Reply(7, {"ok": True}),
        ]


def test_asking_for_the_stop_signal_is_asking_for_a_stop(running: Running) -> None:
    """`initd signal TERM` is what the engine sends."""
    supervisor = running(plan="QUIT:5 KILL")
    _ask(supervisor, "signal", "TERM")
    assert supervisor.life.state == "stopping"


def test_asking_for_no_signal_is_answered_with_the_nearest(
    running: Running, decided: Decided
) -> None:
    """And nothing is delivered."""
    supervisor = running()
    actions = decided(supervisor.handle(ev.Request(7, "signal", "HPU"), START))
    assert actions == [do.Reply(7, {"error": "unknown signal 'HPU': did you mean HUP?"})]


@pytest.mark.parametrize("verb", ["stop", "signal"])
def test_nothing_can_be_asked_of_an_app_that_has_ended(running: Running, verb: str) -> None:
    """The answer says what init is doing instead."""
    supervisor = running()
    supervisor.handle(ev.AppExited(0), START)
    assert _ask(supervisor, verb, "HUP") == {"error": "the app is not running: sweeping"}


@pytest.mark.parametrize("verb", ["", "start", "Status", "\0"])
def test_a_verb_that_does_not_exist_is_refused(running: Running, verb: str) -> None:
    """With the verb in the answer, quoted."""
    assert _ask(running(), verb) == {"error": f"unknown verb: {verb!r}"}


def test_maintenance_takes_readiness_away_until_it_is_switched_off(running: Running) -> None:
    """And nothing else: the app is alive and healthy, and an engine leaves it alone."""
    supervisor = running()

    def healthy(question: str) -> bool:
        (reply,) = supervisor.handle(ev.Request(7, "health", question), START)
        assert isinstance(reply, do.Reply)
        return bool(reply.answer["healthy"])

    for word, ready in (("on", False), ("on", False), ("off", True)):
        actions = supervisor.handle(ev.Request(7, "maintenance", word), START)
        assert do.Reply(7, {"ok": True}) in actions
        assert do.Log("info", "control.maintenance", {"argument": word}) in actions
        assert (healthy("ready"), healthy("live"), healthy("")) == (ready, True, True)
        asleep = dict(answers(supervisor.life))
        assert [asleep[each]["healthy"] for each in ("ready", "live", "")] == [ready, True, True]
    (refused,) = supervisor.handle(ev.Request(7, "maintenance", "maybe"), START)
    assert refused == do.Reply(7, {"error": "maintenance is on or off, not 'maybe'"})
