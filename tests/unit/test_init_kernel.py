"""The two ends of the loop: which signals are sent on at once, and that every action has
somebody who carries it out."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.signals.numbers import CHLD, HUP, QUIT, TERM
from initd.init import kernel, secrets_performers
from initd.init.kernel import Kernel

INIT = 1


class Children:
    """Records what is sent on, and fails where it is told to."""

    def __init__(self) -> None:
        self.more, self.aimed = False, None
        self.reports = self.app_pidfd = -1
        self.sent: list[int] = []
        self.failures: list[ev.Event] = []

    def pass_on(self, number: int) -> list[ev.Event]:
        self.sent.append(number)
        return self.failures

    def reap(self) -> list[ev.Event]:
        return [ev.ReapedAll(left=True)]


def _heard(arrived: list[tuple[int, int, int, int]], children: Children) -> list[ev.Event]:
    """What a kernel makes of signals, when HUP and QUIT may be sent on as they are."""
    made: Any = Kernel.__new__(Kernel)
    made.pid, made._signals, made._children = INIT, 0, children
    heard: list[ev.Event] = made._act_on_signals(arrived, {HUP: HUP, QUIT: QUIT})
    return heard


def test_a_signal_is_sent_on_before_anything_is_made_of_it() -> None:
    """What becomes of it is told behind it."""
    children = Children()
    children.failures = [ev.Undelivered(HUP, "no")]
    heard = _heard([(HUP, 7, 8, 0)], children)
    assert (heard, children.sent) == ([ev.Signal(HUP, 7, 8, HUP), *children.failures], [HUP])


def test_none_overtakes_one_that_is_to_be_decided_on() -> None:
    """A stop by a plan of QUIT, and a HUP behind it, reach the app in this order."""
    children = Children()
    heard = _heard([(QUIT, 7, 8, 0), (TERM, 7, 8, 0), (HUP, 7, 8, 0)], children)
    assert children.sent == [QUIT]
    assert heard == [ev.Signal(QUIT, 7, 8, QUIT), ev.Signal(TERM, 7, 8), ev.Signal(HUP, 7, 8)]


def test_inits_own_are_not_sent_on() -> None:
    """A child's end, and the SIGPIPE that init gave to itself."""
    children = Children()
    heard = _heard([(CHLD, 9, 0, 1), (13, INIT, 0, 0)], children)
    assert (heard, children.sent) == ([ev.ReapedAll(left=True)], [])


def test_every_action_is_carried_out() -> None:
    """A new one that nobody carries out would be a bug in pid 1, when it is first needed."""
    files = (kernel, secrets_performers)
    source = "".join(Path(str(each.__file__)).read_text() for each in files)
    performed = re.findall(r"^ +do\.(\w+): ", source, re.MULTILINE)
    types = {each for each in vars(do).values() if isinstance(each, type)}
    actions = {each.__name__ for each in types if issubclass(each, do.Action)}
    actions -= {do.Action.__name__}
    assert sorted(performed) == sorted(actions)


@pytest.mark.parametrize(("started", "forgotten"), [("a shim", 0), (None, 1)])
def test_what_an_app_says_while_init_is_imported_is_heard(
    started: str | None, forgotten: int
) -> None:
    """Only what the last app has said is forgotten at the start of the next one."""
    calls: list[str] = []
    one = object.__new__(Kernel)
    one._monitor = cast(Any, SimpleNamespace(forget_said=lambda: calls.append("forgotten")))
    one._children = cast(Any, SimpleNamespace(started=started, spawn=lambda action: []))
    one._secrets = None
    assert one._spawn(cast(Any, None)) == []
    assert len(calls) == forgotten


class Clock:
    """Time passes only while a kernel waits: as long as it asks for, and `late` seconds more."""

    def __init__(self, *late: float) -> None:
        self.now = 100.0
        self.late = list(late)
        self.waits: list[float] = []

    def wait(self, patience: int | None) -> list[tuple[int, int]]:
        assert patience is not None
        self.waits.append(patience / 1000)
        self.now += patience / 1000 + (self.late.pop(0) if self.late else 0.0)
        return []


def _waits(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, until: float, is_due: bool = True
) -> list[ev.Event]:
    """What one wait until that moment comes back with."""
    made: Any = Kernel.__new__(Kernel)
    made._watched, made._children, made._control, made._monitor = clock, Children(), None, None
    made._hooks, made._secrets = None, None
    made._signals, made._signals_alone = 0, [(0, 1)]
    monkeypatch.setattr(kernel, "monotonic", lambda: clock.now)
    return list(made.wait(until, {}, quiet=False, is_due=is_due))


def test_a_wait_that_takes_much_longer_than_asked_for_is_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And what was due meanwhile is not due yet: it is put off first."""
    events = _waits(monkeypatch, Clock(3600.0), 100.5)
    assert [type(event) for event in events] == [ev.Paused]
    assert getattr(events[0], "seconds", 0) == pytest.approx(3600.0)


def test_a_busy_machine_is_not_taken_for_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's clock has not stood still either."""
    assert _waits(monkeypatch, Clock(0.9), 100.5) == [ev.Elapsed()]


def test_while_something_is_due_the_clock_is_looked_at_every_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that a pause is known to a second, however far off the moment is."""
    clock = Clock()
    for _ in range(3):
        assert _waits(monkeypatch, clock, 130.0) == []
    assert clock.waits == pytest.approx([1.0, 1.0, 1.0], abs=0.01)


def test_where_pid_1_only_waits_to_fall_asleep_it_wakes_up_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is due then, and a pause changes nothing."""
    clock = Clock(3600.0)
    assert _waits(monkeypatch, clock, 103.0, is_due=False) == [ev.Elapsed()]
    assert clock.waits == pytest.approx([3.0], abs=0.01)
