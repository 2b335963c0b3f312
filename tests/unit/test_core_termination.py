"""Why the container ended, in a line or two."""

from __future__ import annotations

from typing import Any

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.life.termination import message, says_more
from initd.core.signals.numbers import INT, KILL, TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.start.outcome import exit_facts
from initd.core.start.stage import Stage
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
OOM = exit_facts(APP, KILL, False, 40.0, 2)


@pytest.mark.parametrize(
    ("last_exit", "reasons", "text", "more"),
    [
        (
            exit_facts(APP, 0, True, 2.0, 0),
            [],
            "web ended with exit code 0 after 2 s; it was asked to stop",
            True,
        ),
        (
            exit_facts(APP, TERM, True, 2.5, 0),
            [],
            "web was killed by SIGTERM after 2.5 s; it was asked to stop",
            True,
        ),
        (exit_facts(APP, 0, False, 2.0, 0), [], "web ended with exit code 0 after 2 s", True),
        (exit_facts(APP, 1 << 8, False, 2.0, 0), [], "web ended with exit code 1 after 2 s", False),
        (exit_facts(APP, 11, False, 2.0, 0), [], "web was killed by SIGSEGV after 2 s", False),
        (
            OOM,
            [],
            "web was killed by SIGKILL after 40 s\n"
            "out of memory? the kernel counts 2 OOM kills here",
            True,
        ),
        (
            exit_facts(APP, 3 << 8, False, 1.0, 0),
            ["init stopped it: unhealthy: web: 503", "not started again: twice"],
            "web ended with exit code 3 after 1 s\n"
            "init stopped it: unhealthy: web: 503; not started again: twice",
            True,
        ),
        (None, ["cannot run 'x': No such file"], "cannot run 'x': No such file", True),
    ],
)
def test_a_message(
    last_exit: dict[str, Any] | None, reasons: list[str], text: str, more: bool
) -> None:
    """What became of the app, and what only init knows."""
    assert message(("/usr/bin/web", "-x"), last_exit, reasons) == text
    assert says_more(last_exit, reasons) == more


def test_what_comes_from_outside_steers_no_terminal() -> None:
    """A command's name, or what a check says."""
    assert message(("\x1b[2J",), OOM, ["a\nb"]).count("\n") == 1
    assert "\x1b" not in message(("\x1b[2J",), OOM, [])


def _note(restart: str, *events: ev.Event) -> do.LeaveNote:
    """What is left when these have happened."""
    policy = Policy(
        command=("web",),
        signals=SignalPolicy({}, TERM),
        stop_plan=plan_of("TERM"),
        restart=policy_of(restart),
        leaves_note=True,
    )
    supervisor = Supervisor(policy)
    supervisor.begin()
    reaped = [ev.Reaped(SHIM, 0), ev.Reaped(APP, 0), ev.ReapedAll(left=False)]
    actions: list[do.Action] = []
    for event in [ev.Spawned(SHIM), *events, *reaped]:
        actions += supervisor.handle(event, START)
    notes = [action for action in actions if isinstance(action, do.LeaveNote)]
    assert len(notes) == 1
    assert isinstance(actions[-1], do.Log)  # the log's last line stays the last
    return notes[0]


def test_a_start_that_failed_is_told() -> None:
    """The sentence that a person sees on stderr."""
    note = _note("no", ev.StartFailed(Stage.EXEC, 2, "No such file or directory"))
    assert (note.last_exit, note.reasons) == (None, ["cannot run 'web': No such file or directory"])


def test_restarts_that_are_used_up_are_told() -> None:
    """After the first one, here: its history is full."""
    policy = "on-failure:1"
    crash = [ev.Started(APP), ev.AppExited(3 << 8), ev.Reaped(SHIM, 0), ev.Reaped(APP, 0)]
    note = _note(
        policy,
        *crash,
        ev.ReapedAll(left=False),
        ev.Elapsed(),
        ev.Request(1, "restart"),
        ev.Spawned(SHIM),
        ev.Started(APP),
        ev.AppExited(4 << 8),
    )
    assert note.reasons == ["not started again: exit code 4, after 1 restarts"]


def test_a_stop_that_was_asked_for_needs_no_reason() -> None:
    """By whatever signal."""
    for signal in (TERM, INT):
        note = _note("always", ev.Started(APP), ev.Signal(signal, 0, 0), ev.AppExited(0))
        assert note.reasons == []
        assert note.last_exit is not None
        assert note.last_exit["asked"] is True


def test_without_a_place_for_it_nothing_is_left() -> None:
    """`--termination-log none`."""
    policy = Policy(command=("web",), signals=SignalPolicy({}, TERM), stop_plan=plan_of("TERM"))
    supervisor = Supervisor(policy)
    supervisor.begin()
    actions: list[do.Action] = []
    for event in (
        ev.Spawned(SHIM),
        ev.Started(APP),
        ev.AppExited(0),
        ev.Reaped(SHIM, 0),
        ev.ReapedAll(left=False),
    ):
        actions += supervisor.handle(event, START)
    assert supervisor.exit_code == 0
    assert not any(isinstance(action, do.LeaveNote) for action in actions)
