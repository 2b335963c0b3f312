"""What a stop that takes long waits for, and when init looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.stop_waits import Look, Process, Socket, connections, sockets_in, waits
from initd.core.life.stop_watch import LOOK_AFTER, StopWatch
from initd.core.signals.numbers import KILL, TERM
from initd.core.supervisor import Supervisor

START, APP, EPHEMERAL = 100.0, 3, 32768
Running = Callable[..., Supervisor]

#: /proc/net/tcp of a server on 8080 with two connections, one of its own to a database, and one
#: that has been closed by its peer.
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10 1 0
   1: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 11 1 0
   2: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0
   3: 0100007F:C100 0100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0
   4: 0100007F:1F90 0100007F:C002 08 00000000:00000000 00:00000000 00000000     0        0 14 1 0
"""


def _look(
    *processes: Process,
    sockets: tuple[Socket, ...] = (),
    inodes: frozenset[int] | None = frozenset(range(100)),
    app: int | None = APP,
) -> Look:
    return Look(
        app=app,
        processes=processes,
        sockets=sockets,
        inodes=inodes,
        ephemeral=EPHEMERAL,
    )


def test_a_table_of_the_kernels_is_read() -> None:
    """Listening and established sockets; the rest is on its way out."""
    assert list(sockets_in(TABLE)) == [
        Socket(8080, 10, True),
        Socket(8080, 11, False),
        Socket(8080, 12, False),
        Socket(0xC100, 13, False),
    ]


@pytest.mark.parametrize("table", ["", "\n", "sl\nnonsense\n", TABLE[:150]])
def test_what_is_no_table_has_no_sockets(table: str) -> None:
    """A file that could not be read, or not whole."""
    assert list(sockets_in(table)) == []


def test_connections_are_those_to_the_app() -> None:
    """Not its own to a database, and not another container's of the pod."""
    sockets = tuple(sockets_in(TABLE))
    assert connections(_look(sockets=sockets)) == {8080: 2}
    assert connections(_look(sockets=sockets, inodes=frozenset((12,)))) == {8080: 1}
    assert connections(_look(sockets=sockets, inodes=None)) == {8080: 2}


def test_a_server_that_drains_listens_no_more() -> None:
    """It has closed that socket first of all: the port still tells, but for high ones."""
    drained = tuple(each for each in sockets_in(TABLE) if not each.listens)
    assert connections(_look(sockets=drained)) == {8080: 2}
    assert connections(_look(sockets=(Socket(40000, 11, False),))) == {}
    assert connections(_look(sockets=(Socket(40000, 1, True), Socket(40000, 11, False)))) == {
        40000: 1
    }


WEB = Process(APP, "nginx", "S")


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (_look(WEB), "the app alone: it has no connection and no child"),
        (_look(WEB, Process(7, "cat", "Z")), "the app alone: it has no connection and no child"),
        (
            _look(WEB, sockets=tuple(sockets_in(TABLE))),
            "2 connections on port 8080",
        ),
        (
            _look(WEB, sockets=(Socket(80, 1, False),), inodes=None),
            "1 connection of the network namespace on port 80",
        ),
        (
            _look(
                sockets=(Socket(80, 1, False), Socket(443, 2, False), Socket(443, 3, False)),
            ),
            "3 connections on ports 443 (2), 80 (1)",
        ),
        (
            _look(WEB, *(Process(pid, "worker", "S") for pid in range(7, 12))),
            "5 children: worker (7), worker (8), worker (9), ...",
        ),
        (_look(Process(9, "sshd", "S"), app=None), "1 process: sshd (9)"),
        (_look(Process(APP, "web", "T")), "web (3) is stopped"),
        (_look(Process(APP, "web", "D")), "web (3) is in uninterruptible sleep"),
        (
            _look(WEB, Process(7, "job", "t")),
            "job (7) is stopped by a debugger; 1 child: job (7)",
        ),
    ],
)
def test_it_is_said_in_words(look: Look, words: str) -> None:
    """What cannot act first, then connections, then children."""
    assert waits(look)["waits_for"] == words


def test_a_table_that_is_too_long_is_a_lower_bound() -> None:
    """init reads so much and no more."""
    sockets = tuple(sockets_in(TABLE))
    look = Look(app=None, processes=(), sockets=sockets, inodes=None, ephemeral=EPHEMERAL, cut=True)
    assert waits(look)["waits_for"].startswith("at least 2 connections of the network namespace")
    none = Look(app=None, processes=(), sockets=(), inodes=None, ephemeral=EPHEMERAL, cut=True)
    assert waits(none)["waits_for"] == "there are more sockets than init reads"


def test_the_numbers_are_there_too() -> None:
    """For programs that read the log."""
    facts = waits(_look(WEB, Process(7, "job", "D"), sockets=tuple(sockets_in(TABLE))))
    assert (facts["connections"], facts["children"], facts["stuck"]) == (2, 1, [7])


@given(st.floats(1, 600), st.integers(1, 12))
def test_looks_become_rare(grace: float, times: int) -> None:
    """The first in the middle of the grace period, each next one after twice the time."""
    watch = StopWatch(grace)
    watch.begin(START, START)
    for doubled in range(times):
        assert watch.due == pytest.approx(START + grace / 2 * 2**doubled)
        assert watch.due is not None
        assert not watch.looks(watch.due - 0.001, step_is_over=False)
        assert watch.looks(watch.due, step_is_over=False)


def test_without_a_grace_period_it_is_half_of_dockers() -> None:
    """Whoever waits ten seconds reads it before the KILL."""
    watch = StopWatch(None)
    watch.begin(START, START)
    assert watch.due == START + LOOK_AFTER == START + 5


def test_what_comes_before_the_first_signal_is_not_waited_for() -> None:
    """The app goes on as it should. After that the time counts from the stop's beginning."""
    watch = StopWatch(10.0)
    watch.begin(START, START + 2)
    assert watch.due == START + 5
    watch.begin(START, START + 7)
    assert watch.due == START + 8


def test_a_step_that_is_over_is_a_reason_too() -> None:
    """But not where all of the plan takes a moment."""
    watch = StopWatch(None)
    assert not watch.looks(START, step_is_over=True)
    watch.begin(START, START)
    assert not watch.looks(START + 0.5, step_is_over=True)
    assert watch.looks(START + 2, step_is_over=True)


def test_what_was_seen_is_logged_and_remembered_for_the_end(running: Running) -> None:
    """As long as the stop is under way."""
    supervisor = running(TERM)
    assert supervisor.handle(ev.Elapsed(), START + 5) == [do.LookAtWaits()]
    seen = ev.WaitsSeen({"waits_for": "2 connections on port 80", "connections": 2})
    assert supervisor.handle(seen, START + 5) == [
        do.Log("warning", "stop.waiting", {"seconds": 5.0, **seen.facts})
    ]
    supervisor.handle(ev.AppExited(KILL), START + 9)
    assert supervisor.life.reasons == ["its stop waited for 2 connections on port 80"]
    for event in (ev.Reaped(2, 0), ev.Reaped(APP, KILL), ev.ReapedAll(left=False)):
        supervisor.handle(event, START + 9)
    assert supervisor.handle(seen, START + 9) == []


def test_what_cannot_be_seen_is_passed_over(running: Running) -> None:
    """For want of a descriptor, say: the stop goes on, and the next look may see it."""
    supervisor = running(TERM)
    assert supervisor.handle(ev.Elapsed(), START + 5) == [do.LookAtWaits()]
    assert supervisor.handle(ev.WaitsSeen({}), START + 5) == []


def test_what_outlives_the_app_is_looked_at_as_well(running: Running) -> None:
    """The stop takes long for the container."""
    supervisor = running(TERM)
    supervisor.handle(ev.AppExited(0), START + 4)
    for event in (ev.Reaped(2, 0), ev.Reaped(APP, 0), ev.ReapedAll(left=True)):
        supervisor.handle(event, START + 4)
    assert do.LookAtWaits() in supervisor.handle(ev.Elapsed(), START + 5)
