"""The supervisor, from the first action to the running app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from errno import E2BIG, EACCES, EAGAIN, EINVAL, ENOENT, ENOEXEC, ENOMEM, EPERM

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.backoff import delay
from initd.core.life.policy import Policy
from initd.core.signals.numbers import HUP, INT, QUIT, RTMIN, TERM
from initd.core.signals.pending import AT_MOST
from initd.core.start.stage import Stage
from initd.core.supervisor import Supervisor

SHIM, APP, START = 2, 3, 100.0
Decided = Callable[[Sequence[do.Action]], list[do.Action]]


@pytest.fixture
def starting(policy: Callable[..., Policy]) -> Callable[..., Supervisor]:
    """A supervisor that has asked for the shim; `**policy` as ever."""

    def make(**given: object) -> Supervisor:
        supervisor = Supervisor(policy(**given))
        assert supervisor.begin() == [do.Spawn()]
        supervisor.handle(ev.Spawned(SHIM), START)
        return supervisor

    return make


@pytest.fixture
def waiting(starting: Callable[..., Supervisor]) -> Callable[..., Supervisor]:
    """A supervisor whose shim could not fork; the next try is due at 100.1."""

    def make(**given: object) -> Supervisor:
        supervisor = starting(**given)
        supervisor.handle(ev.StartFailed(Stage.FORK, EAGAIN, "no pids"), START)
        supervisor.handle(ev.Reaped(SHIM, 125 << 8), START)
        assert supervisor.life.state == "waiting"
        return supervisor

    return make


def _sentences(actions: Sequence[do.Action]) -> list[str]:
    return [action.sentence for action in actions if isinstance(action, do.Complain)]


# ---- the app runs ---------------------------------------------------------------------------


def test_the_first_action_is_to_spawn_and_there_is_no_other(policy: Callable[..., Policy]) -> None:
    """Nothing is due, nothing is known."""
    supervisor = Supervisor(policy())
    assert supervisor.begin() == [do.Spawn()]
    assert (supervisor.life.state, supervisor.deadline, supervisor.exit_code) == (
        "starting",
        None,
        None,
    )


def test_the_app_runs_when_the_shim_says_so(starting: Callable[..., Supervisor]) -> None:
    """Not when the shim was started: exec may fail yet."""
    supervisor = starting()
    assert (supervisor.life.state, supervisor.life.shim, supervisor.life.app) == (
        "starting",
        SHIM,
        None,
    )
    supervisor.handle(ev.Started(APP), START + 1)
    assert (supervisor.life.state, supervisor.life.app, supervisor.life.app_since) == (
        "running",
        APP,
        START + 1,
    )
    assert supervisor.deadline is None


# ---- signals that come before it ------------------------------------------------------------


def test_what_arrives_before_the_app_runs_is_delivered_when_it_does(
    starting: Callable[..., Supervisor], decided: Decided
) -> None:
    """In the order of arrival, each as the map has it."""
    supervisor = starting(rewrites={INT: QUIT})
    for number in (HUP, INT):
        assert decided(supervisor.handle(ev.Signal(number, 0, 0), START)) == []
    assert decided(supervisor.handle(ev.Started(APP), START)) == [
        do.Deliver(HUP, "process"),
        do.Deliver(QUIT, "process"),
    ]


def test_a_stop_that_arrives_before_the_app_runs_is_its_plan_when_it_does(
    starting: Callable[..., Supervisor], decided: Decided
) -> None:
    """The engine's stop during the first milliseconds is not lost."""
    supervisor = starting(plan="QUIT:20 KILL")
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    assert decided(supervisor.handle(ev.Started(APP), START + 1)) == [do.Deliver(QUIT, "process")]
    assert (supervisor.life.state, supervisor.life.stop.deadline) == ("stopping", START + 21)


def test_a_signal_that_arrives_twice_before_the_app_runs_is_delivered_once(
    starting: Callable[..., Supervisor], decided: Decided
) -> None:
    """As the kernel keeps a pending signal."""
    supervisor = starting()
    for number in (HUP, HUP, INT, HUP):
        supervisor.handle(ev.Signal(number, 0, 0), START)
    assert decided(supervisor.handle(ev.Started(APP), START)) == [
        do.Deliver(HUP, "process"),
        do.Deliver(INT, "process"),
    ]


def test_real_time_signals_that_arrive_before_the_app_runs_are_all_delivered(
    starting: Callable[..., Supervisor], decided: Decided
) -> None:
    """As the kernel queues them; but init's memory is nobody's to fill."""
    supervisor = starting()
    for _ in range(3):
        supervisor.handle(ev.Signal(RTMIN, 0, 0), START)
    assert decided(supervisor.handle(ev.Started(APP), START)) == [do.Deliver(RTMIN, "process")] * 3
    flooded = starting()
    for _ in range(AT_MOST + 9):
        flooded.handle(ev.Signal(RTMIN, 0, 0), START)
    flooded.handle(ev.Signal(HUP, 0, 0), START)
    assert len(decided(flooded.handle(ev.Started(APP), START))) == AT_MOST + 1


def test_what_is_asked_for_before_the_app_runs_is_done_when_it_does(
    starting: Callable[..., Supervisor], decided: Decided
) -> None:
    """`initd signal` and `initd stop` are as good as signals; they are answered at once."""
    supervisor = starting(plan="QUIT:20 KILL")
    for request in (ev.Request(7, "signal", "HUP"), ev.Request(7, "stop")):
        assert decided(supervisor.handle(request, START)) == [do.Reply(7, {"ok": True})]
    assert decided(supervisor.handle(ev.Started(APP), START + 1)) == [
        do.Deliver(HUP, "process"),
        do.Deliver(QUIT, "process"),
    ]
    assert (supervisor.life.state, supervisor.life.stop.deadline) == ("stopping", START + 21)


def test_two_stops_before_the_app_runs_are_one(
    starting: Callable[..., Supervisor], decided: Decided
) -> None:
    """By the engine and by a person."""
    supervisor = starting(plan="QUIT:20 KILL")
    supervisor.handle(ev.Request(7, "stop"), START)
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    assert decided(supervisor.handle(ev.Started(APP), START)) == [do.Deliver(QUIT, "process")]


def test_what_was_kept_is_delivered_once(
    starting: Callable[..., Supervisor], decided: Decided
) -> None:
    """A later signal does not bring the first one back."""
    supervisor = starting()
    supervisor.handle(ev.Signal(HUP, 0, 0), START)
    supervisor.handle(ev.Started(APP), START)
    assert decided(supervisor.handle(ev.Signal(INT, 0, 0), START)) == [do.Deliver(INT, "process")]


# ---- it can't be started --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "error", "code"),
    [
        (Stage.EXEC, ENOENT, 127),
        (Stage.EXEC, EACCES, 126),
        (Stage.EXEC, ENOEXEC, 126),
        (Stage.EXEC, EAGAIN, 126),
        (Stage.DIRECTORY, ENOENT, 125),
        (Stage.USER, EPERM, 125),
        (Stage.LIMITS, EPERM, 125),
        (Stage.FORK, EINVAL, 125),
    ],
)
def test_a_start_that_fails_for_good_ends_init_with_one_line(
    starting: Callable[..., Supervisor], stage: int, error: int, code: int
) -> None:
    """The code of a shell or init's own, when the shim is reaped."""
    supervisor = starting()
    actions = supervisor.handle(ev.StartFailed(stage, error, "the reason"), START)
    assert len(_sentences(actions)) == 1
    assert ": the reason" in _sentences(actions)[0]
    assert do.Reap() in actions
    supervisor.handle(ev.Reaped(SHIM, 125 << 8), START)
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert (supervisor.life.state, supervisor.exit_code) == ("ended", code)


def test_a_command_that_is_not_there_is_named_in_the_line(
    starting: Callable[..., Supervisor],
) -> None:
    """`app` is what the policy runs."""
    actions = starting().handle(ev.StartFailed(Stage.EXEC, ENOENT, "No such file"), START)
    assert _sentences(actions) == ["initd: cannot run 'app': No such file"]


def test_a_shim_that_can_not_be_started_ends_init_with_its_own_code(
    policy: Callable[..., Policy],
) -> None:
    """There is nobody to reap: the round of reaping ends it."""
    supervisor = Supervisor(policy())
    supervisor.begin()
    actions = supervisor.handle(ev.SpawnRefused(ENOENT, "ppidshim: No such file"), START)
    assert _sentences(actions) == ["initd: cannot start the shim: ppidshim: No such file"]
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 125


def test_words_that_are_too_long_for_the_shim_are_too_long_for_the_app(
    policy: Callable[..., Policy],
) -> None:
    """It is given what the app will be: the message and the code are those of the app's exec."""
    supervisor = Supervisor(policy())
    supervisor.begin()
    (said,) = _sentences(supervisor.handle(ev.SpawnRefused(E2BIG, "ppidshim: Too long"), START))
    assert said.startswith("initd: cannot run 'app': Too long: words and variables may have")
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 126


def test_a_shim_that_is_killed_before_the_app_starts_ends_init_with_its_own_code(
    starting: Callable[..., Supervisor],
) -> None:
    """It says so: there is no other trace of it."""
    supervisor = starting()
    actions = supervisor.handle(ev.Reaped(SHIM, 9), START)
    assert _sentences(actions) == ["initd: the shim was killed before the app could start"]
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 125


def test_a_stop_does_not_hide_that_the_command_is_missing(
    starting: Callable[..., Supervisor],
) -> None:
    """127, not 143: the stop came, but this is what ended it."""
    supervisor = starting()
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    supervisor.handle(ev.StartFailed(Stage.EXEC, ENOENT, ""), START)
    supervisor.handle(ev.Reaped(SHIM, 125 << 8), START)
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 127


# ---- not just now ---------------------------------------------------------------------------


@pytest.mark.parametrize("error", [EAGAIN, ENOMEM])
@pytest.mark.parametrize("who", ["init", "shim"])
def test_a_fork_that_is_refused_for_want_of_pids_or_memory_is_tried_again(
    policy: Callable[..., Policy], decided: Decided, error: int, who: str
) -> None:
    """With growing pauses, whichever of the two forks it was."""
    refused: ev.Event = (
        ev.SpawnRefused(error, "no") if who == "init" else ev.StartFailed(Stage.FORK, error, "no")
    )
    supervisor = Supervisor(policy())
    now = START
    supervisor.begin()
    for attempt in range(8):
        assert decided(supervisor.handle(refused, now)) == []
        assert (supervisor.life.state, supervisor.deadline) == ("waiting", now + delay(attempt))
        now += delay(attempt)
        assert decided(supervisor.handle(ev.Elapsed(), now)) == [do.Spawn()]
        assert (supervisor.life.state, supervisor.deadline) == ("starting", None)
    supervisor.handle(ev.Spawned(SHIM), now)
    supervisor.handle(ev.Started(APP), now)
    assert supervisor.life.state == "running"


def test_each_delay_is_said(waiting: Callable[..., Supervisor]) -> None:
    """With the reason and the seconds."""
    supervisor = waiting()
    supervisor.handle(ev.Elapsed(), START + 1)
    (line,) = supervisor.handle(ev.SpawnRefused(ENOMEM, "no memory"), START + 1)
    assert line == do.Log("warning", "app.start-delayed", {"why": "no memory", "seconds": 0.2})


def test_the_shim_that_could_not_fork_is_reaped_and_no_reason_to_end(
    waiting: Callable[..., Supervisor],
) -> None:
    """The next one has its place."""
    supervisor = waiting()
    assert (supervisor.life.shim, supervisor.exit_code) == (None, None)
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert (supervisor.life.state, supervisor.exit_code) == ("waiting", None)


def test_what_arrives_during_a_pause_is_kept_too(
    waiting: Callable[..., Supervisor], decided: Decided
) -> None:
    """For the app that starts at last."""
    supervisor = waiting()
    assert decided(supervisor.handle(ev.Signal(HUP, 0, 0), START)) == []
    supervisor.handle(ev.Elapsed(), START + 1)
    supervisor.handle(ev.Spawned(SHIM + 5), START + 1)
    assert decided(supervisor.handle(ev.Started(APP + 5), START + 1)) == [
        do.Deliver(HUP, "process")
    ]


@pytest.mark.parametrize("when", ["before the refusal", "during the pause"])
def test_a_stop_while_the_app_can_not_be_started_ends_init_at_once(
    starting: Callable[..., Supervisor], decided: Decided, when: str
) -> None:
    """There is nobody to pass it on to: 128 + TERM, as if it had been delivered."""
    supervisor = starting()
    happened = [
        ev.Signal(TERM, 0, 0),
        ev.StartFailed(Stage.FORK, EAGAIN, "no pids"),
    ]
    for event in happened if when == "before the refusal" else reversed(happened):
        actions = supervisor.handle(event, START)
    assert decided(actions) == [do.Reap()]
    supervisor.handle(ev.Reaped(SHIM, 125 << 8), START)
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert (supervisor.exit_code, supervisor.deadline) == (128 + TERM, None)


def test_a_stop_signal_that_is_dropped_does_not_end_a_pause_either(
    waiting: Callable[..., Supervisor],
) -> None:
    """`--rewrite TERM:0` holds at every moment."""
    supervisor = waiting(rewrites={TERM: 0})
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    assert (supervisor.life.state, supervisor.exit_code) == ("waiting", None)


def test_a_request_to_stop_ends_a_pause_as_the_signal_does(
    waiting: Callable[..., Supervisor],
) -> None:
    """`initd stop` is what the engine's stop is."""
    supervisor = waiting()
    actions = supervisor.handle(ev.Request(7, "stop"), START)
    assert do.Reply(7, {"ok": True}) in actions
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 128 + TERM


def test_a_person_can_end_a_pause_even_where_the_signal_is_dropped(
    waiting: Callable[..., Supervisor],
) -> None:
    """`--rewrite TERM:0` is about the signal."""
    supervisor = waiting(rewrites={TERM: 0})
    supervisor.handle(ev.Request(7, "stop"), START)
    assert supervisor.life.state == "sweeping"


def test_an_app_that_starts_after_pauses_runs_as_any_other(
    waiting: Callable[..., Supervisor], decided: Decided
) -> None:
    """No deadline is left, and a stop is a stop."""
    supervisor = waiting(plan="QUIT")
    supervisor.handle(ev.Elapsed(), START + 1)
    supervisor.handle(ev.Spawned(SHIM + 5), START + 1)
    supervisor.handle(ev.Started(APP + 5), START + 1)
    assert (supervisor.life.state, supervisor.deadline, supervisor.life.app) == (
        "running",
        None,
        APP + 5,
    )
    assert decided(supervisor.handle(ev.Signal(TERM, 0, 0), START)) == [do.Deliver(QUIT, "process")]


def test_real_time_signals_queue_for_an_app_that_is_yet_to_run(
    starting: Callable[..., Supervisor],
) -> None:
    """As they would for one that runs; others come once (signal(7)). Not without end."""
    supervisor = starting()
    for number in (34, 10, 34, 64, 10, 34):
        supervisor.handle(ev.Signal(number, 0, 0), START)
    sent = [
        action.number
        for action in supervisor.handle(ev.Started(APP), START)
        if isinstance(action, do.Deliver)
    ]
    assert sent == [34, 10, 34, 64, 34]

    flooded = starting()
    for _ in range(5000):
        flooded.handle(ev.Signal(34, 0, 0), START)
    assert len(flooded.handle(ev.Started(APP), START)) < 1100
