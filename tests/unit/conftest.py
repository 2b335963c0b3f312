"""What the tests of the decisions share: a container whose app runs, made in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.life_state import LifeState
from initd.core.life.policy import Policy
from initd.core.life.transitions import TRANSITIONS
from initd.core.secrets import Reload
from initd.core.signals.numbers import DROP, TERM, Rule
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

if TYPE_CHECKING:
    from initd.core.health.check import Check
    from initd.core.life.hook import Hook
    from initd.core.states import State

#: Nothing here depends on how busy the machine is.
settings.register_profile("unit", deadline=None, print_blob=True)
settings.load_profile("unit")

SHIM, APP = 2, 3
#: When the app of `running` started, on the supervisor's clock.
START = 100.0


def _policy(
    plan: str = "TERM",
    rewrites: dict[int, int] | None = None,
    target: str = "process",
    clean: tuple[int, ...] = (),
    stop_signal: int = TERM,
    job_control: bool = False,
    monitor: bool = False,
    pid_file: str | None = None,
    reload: Reload | None = None,
    drain: float = 0.0,
    hooks: tuple[Hook, ...] = (),
    checks: tuple[Check, ...] = (),
    registers: bool = False,
) -> Policy:
    rules = {number: Rule(out, "-r") for number, out in (rewrites or {}).items()}
    return Policy(
        command=("app", "--serve"),
        signals=SignalPolicy(rules, stop_signal, target, job_control=job_control),
        stop_plan=plan_of(plan),
        clean_codes=clean,
        monitor=monitor,
        notify=monitor,
        pid_file=pid_file,
        reload=reload,
        drain=drain,
        hooks=hooks,
        checks=checks,
        registers=registers,
        leave=1.0 if registers else 0.0,
        watches={"web": 1} if registers else {},
    )


@pytest.fixture(autouse=True)
def _each_state_follows_by_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else a test is about: no state is entered that may not follow."""

    def enter(life: LifeState, state: State) -> None:
        assert state in TRANSITIONS[life.state], f"{life.state} -> {state}"
        life.state = state

    monkeypatch.setattr(LifeState, "_enter", enter)


def _running(*signals: int, **policy: object) -> Supervisor:
    supervisor = Supervisor(_policy(**policy))  # type: ignore[arg-type]
    supervisor.begin()
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    for number in signals:
        supervisor.handle(ev.Signal(number, 0, 0), START)
    return supervisor


def _decided(actions: Sequence[do.Action]) -> list[do.Action]:
    watching = do.Log | do.LogOrphans | do.LookAtWaits
    return [action for action in actions if not isinstance(action, watching)]


@pytest.fixture(scope="session")
def policy() -> Callable[..., Policy]:
    """A policy: `plan`, `rewrites`, `target`, `clean`, `stop_signal`, `job_control`."""
    assert DROP == 0  # rewrites are written as {number: 0} where a signal is dropped
    return _policy


@pytest.fixture(scope="session")
def running() -> Callable[..., Supervisor]:
    """A supervisor with shim 2 and app 3, running since 100.0; `*signals` have arrived since."""
    return _running


@pytest.fixture(scope="session")
def decided() -> Callable[[Sequence[do.Action]], list[do.Action]]:
    """The actions without the log lines."""
    return _decided
