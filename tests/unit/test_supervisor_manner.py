"""The supervisor in another init's emulation: what it does then, and does not do."""

from __future__ import annotations

from collections.abc import Sequence
from errno import EAGAIN

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.drop_in import translate
from initd.core.drop_in.translation import Translation
from initd.core.emulation import NO_EMULATION
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.signals.numbers import (
    CHLD,
    CONT,
    FAULTS,
    FORWARDED,
    STOP,
    TERM,
    TSTP,
    TTIN,
    TTOU,
    Rule,
)
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.start.stage import Stage
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0


def running(line: str, *, restart: str = "no", transparent: bool = True) -> Supervisor:
    """As the init of this command line, with an app that runs."""
    supervisor = starting(line, restart=restart, transparent=transparent)
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    return supervisor


def starting(line: str, *, restart: str = "no", transparent: bool = True) -> Supervisor:
    """The same, with an app that is asked for."""
    called, *words = line.split()
    translation = translate(called, words, {}, 1)
    assert isinstance(translation, Translation)
    target = translation.options.get("target", ("process",))[-1]
    clean = tuple(map(int, translation.options.get("clean_code", ())))
    rules = {number: Rule(out, "-r") for number, out in translation.emulation.rewrites.items()}
    emulation = translation.emulation
    signals = SignalPolicy(
        rules=rules,
        stop_signal=TERM,
        target=target,
        own=emulation.reserved_signals,
        forwards_faults=emulation.forwards_faults,
        transparent=transparent,
        suspends=emulation.suspends,
        direct=False,
    )
    policy = Policy(
        command=translation.command,
        signals=signals,
        stop_plan=plan_of("TERM"),
        clean_codes=clean,
        restart=policy_of(restart),
        warn_reaped="warn_reaped" in translation.options,
        emulation=emulation,
    )
    supervisor = Supervisor(policy)
    supervisor.begin()
    return supervisor


def decided(actions: Sequence[do.Action]) -> list[do.Action]:
    """All but the log."""
    return [action for action in actions if type(action) is not do.Log]


def arrives(supervisor: Supervisor, number: int) -> list[do.Action]:
    return decided(supervisor.handle(ev.Signal(number, 9, 0), START))


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("tini app", "process"),
        ("tini -g app", "group"),
        ("dumb-init app", "group"),
        ("dumb-init -c app", "process"),
        ("catatonit app", "process"),
        ("catatonit -g app", "group"),
    ],
)
def test_whom_a_signal_reaches(line: str, target: str) -> None:
    """TERM as any other: once each time, with no SIGCONT, and no clock."""
    supervisor = running(line)
    for _ in range(3):
        assert arrives(supervisor, TERM) == [do.Deliver(TERM, target)]
    assert arrives(supervisor, 10) == [do.Deliver(10, target)]
    assert supervisor.deadline is None


def test_a_stopped_app_is_not_continued_for_a_stop() -> None:
    """None of them does."""
    supervisor = running("tini app")
    supervisor.handle(ev.AppStopped(STOP), START)
    assert arrives(supervisor, TERM) == [do.Deliver(TERM, "process")]


@given(st.sampled_from(sorted(FORWARDED)))
def test_all_that_can_be_forwarded_is(number: int) -> None:
    """By tini; catatonit keeps job control's to itself."""
    assert arrives(running("tini app"), number) == [do.Deliver(number, "process")]
    kept = number == TSTP
    assert arrives(running("catatonit app"), number) == (
        [] if kept else [do.Deliver(number, "process")]
    )


@pytest.mark.parametrize("number", [TTIN, TTOU, CHLD])
def test_what_tini_and_catatonit_keep_to_themselves(number: int) -> None:
    """Signals about their own terminal and children."""
    assert arrives(running("tini app"), number) == []
    assert arrives(running("catatonit app"), number) == []


@pytest.mark.parametrize("number", [TSTP, TTIN, TTOU])
def test_dumb_init_stops_the_session_and_then_itself(number: int) -> None:
    """In this order: who is stopped can't send any more."""
    assert arrives(running("dumb-init app"), number) == [do.Deliver(STOP, "group"), do.Suspend()]
    alone = arrives(running("dumb-init -c app"), number)
    assert alone == [do.Deliver(number, "process"), do.Suspend()]
    dropped = arrives(running(f"dumb-init -r {number}:0 app"), number)
    assert dropped == [do.Suspend()]


@pytest.mark.parametrize("number", sorted(FAULTS))
def test_dumb_init_hands_faults_on(number: int) -> None:
    """Those that somebody sends."""
    assert arrives(running("dumb-init app"), number) == [do.Deliver(number, "group")]


def _ends(supervisor: Supervisor, status: int) -> list[do.Action]:
    """The app, then the shim, while somebody else is left."""
    actions = decided(supervisor.handle(ev.AppExited(status), START))
    for event in (ev.Reaped(SHIM, status), ev.Reaped(APP, status), ev.ReapedAll(True)):
        actions += decided(supervisor.handle(event, START))
    return actions


@pytest.mark.parametrize("line", ["tini app", "catatonit -g app", "dumb-init -r 15:0 app"])
def test_what_outlives_the_app_is_left_to_the_kernel(line: str) -> None:
    """No TERM, no wait: pid 1 ends, and all else with it."""
    supervisor = running(line)
    assert _ends(supervisor, 3 << 8) == [do.Reap()]
    assert supervisor.exit_code == 3


def test_init_ends_after_its_shim() -> None:
    """Which would otherwise be left to whoever called init."""
    supervisor = running("tini app")
    supervisor.handle(ev.AppExited(0), START)
    supervisor.handle(ev.ReapedAll(True), START)
    assert supervisor.exit_code is None
    supervisor.handle(ev.Reaped(SHIM, 0), START)
    supervisor.handle(ev.ReapedAll(False), START)
    assert supervisor.exit_code == 0


@pytest.mark.parametrize(
    ("line", "number"), [("dumb-init app", TERM), ("dumb-init -r 15:12 app", 12)]
)
def test_dumb_init_ends_what_is_left_of_the_apps_group(line: str, number: int) -> None:
    """With TERM, or what TERM is rewritten to."""
    assert _ends(running(line), 0) == [do.TerminateGroup(number, APP), do.Reap()]


def test_tinis_exit_codes() -> None:
    """128+N for a signal, and -e for either."""
    for line, status, code in (
        ("tini app", 15, 143),
        ("tini -e 143 app", 15, 0),
        ("tini -e 3 app", 3 << 8, 0),
        ("tini -e 3 app", 4 << 8, 4),
    ):
        supervisor = running(line)
        _ends(supervisor, status)
        assert supervisor.exit_code == code


def test_an_app_that_was_to_be_restarted_is_not_after_a_stop() -> None:
    """INITD_RESTART, which none of them has, minds TERM as it does elsewhere."""
    supervisor = running("tini app", restart="always")
    assert arrives(supervisor, TERM) == [do.Deliver(TERM, "process")]
    assert supervisor.life.state == "stopping"
    _ends(supervisor, 15)
    assert supervisor.exit_code == 143


def test_before_a_restart_nothing_is_left() -> None:
    """The next app is not to find the last one's children."""
    supervisor = running("tini app", restart="always")
    swept = _ends(supervisor, 1 << 8)
    assert do.Sweep(TERM) in swept
    assert supervisor.exit_code is None


def test_a_plan_that_is_asked_for_holds() -> None:
    """INITD_STOP_PLAN or INITD_PROFILE: then a stop is a stop, and what is left is swept."""
    supervisor = running("tini app", transparent=False)
    assert arrives(supervisor, TERM) == [do.Deliver(TERM, "process")]
    assert arrives(supervisor, TERM) == []
    assert do.Sweep(TERM) in _ends(supervisor, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tini app", "[FATAL tini (1)] fork failed: no pid left"),
        ("dumb-init app", "[dumb-init] Unable to fork. Exiting."),
        (
            "catatonit app",
            "ERROR (catatonit:1): failed to fork child: no pid left\n"
            "ERROR (catatonit:1): failed to spawn pid1: no pid left",
        ),
    ],
)
def test_a_fork_that_is_refused_is_the_end(line: str, said: str) -> None:
    """initd itself would try again: they give up, with 1. Of init's fork and of the shim's."""
    for refused in (
        ev.SpawnRefused(EAGAIN, "/path/ppidshim: no pid left"),
        ev.StartFailed(Stage.FORK, EAGAIN, "no pid left"),
    ):
        supervisor = starting(line)
        actions = supervisor.handle(refused, START)
        assert do.Complain(said) in actions
        supervisor.handle(ev.ReapedAll(False), START)
        assert supervisor.exit_code == 1


def test_an_orphan_is_worth_a_warning_where_somebody_says_so() -> None:
    """tini's -w, and initd's --warn-reaped."""
    for line, level in (("tini -w app", "warning"), ("tini app", "debug")):
        assert running(line).handle(ev.Reaped(9, 0), START) == [do.LogOrphans(level, [(9, 0)])]


def test_initd_itself_has_none_of_these_manners() -> None:
    """Under its own name a stop is a plan, and what is left is swept."""
    own = NO_EMULATION
    assert (own.transparent, own.leaves_survivors, own.terminates_group, own.suspends) == (
        False,
    ) * 4
    assert CONT not in own.reserved_signals
