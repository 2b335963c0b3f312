"""sd_notify: what a datagram says, who may say it, and what the app is after it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.config.options import NOTIFY_ACCESS
from initd.core.health.check import WHY_AT_MOST
from initd.core.health.notified_state import EXTEND_AT_MOST, NotifyState
from initd.core.health.notify import (
    BYTES_AT_MOST,
    Access,
    Notification,
    Notified,
    Sender,
    may_name_main_pid,
    parse,
    why_refused,
    without_main_pid,
)

NOW = 1000.0
APP_UID = 1000
NOTHING = Notification()

#: Each assignment of sd_notify(3) that means something here, and what it means.
UNDERSTOOD = {
    b"READY=1": Notification(ready=True),
    b"RELOADING=1": Notification(reloading=True),
    b"STOPPING=1": Notification(stopping=True),
    b"STATUS=Listening on 8080": Notification(status="Listening on 8080"),
    b"STATUS=": Notification(status=""),
    b"WATCHDOG=1": Notification(watchdog="ping"),
    b"WATCHDOG=trigger": Notification(watchdog="trigger"),
    b"WATCHDOG_USEC=20000000": Notification(watchdog_usec=20_000_000),
    b"MAINPID=4711": Notification(main_pid=4711),
    b"EXTEND_TIMEOUT_USEC=1500000": Notification(extend_seconds=1.5),
    b"BARRIER=1": Notification(barrier=True),
}
#: The others of sd_notify(3), and what looks like an assignment and is none.
PASSED_OVER = [
    *(b"ERRNO=2", b"BUSERROR=org.freedesktop.DBus.Error.TimedOut", b"EXIT_STATUS=1"),
    *(b"MONOTONIC_USEC=12", b"NOTIFYACCESS=all", b"MAINPIDFDID=1", b"VARLINKERROR=x"),
    *(b"FDSTORE=1", b"FDSTOREREMOVE=1", b"FDNAME=a", b"FDPOLL=0", b"RESTART_RESET=1"),
    *(b"X_MINE=1", b"", b"=", b"=1", b"READY", b"ready=1", b" READY=1", b"READY =1"),
    *(b"READY=0", b"READY=", b"READY=11", b"READY=1 ", b"READY=1\r", b"RELOADING=yes"),
    *(b"STOPPING=true", b"WATCHDOG=0", b"WATCHDOG=TRIGGER", b"BARRIER=0"),
]
NOT_A_NUMBER = [b"", b"-1", b"+1", b"1.5", b" 1", b"0x10", b"1e6", b"\xd9\xa1", b"9" * 3000]


# ---- what a datagram says -------------------------------------------------------------------


@pytest.mark.parametrize(("line", "meant"), UNDERSTOOD.items(), ids=repr)
def test_every_assignment_that_is_understood(line: bytes, meant: Notification) -> None:
    """With a newline or a NUL behind it, and among others, too."""
    others = b"ERRNO=2\n"
    for datagram in (line, line + b"\n", line + b"\0", others + line, line + b"\n" + others):
        assert parse(datagram) == meant, datagram


@pytest.mark.parametrize("line", PASSED_OVER, ids=repr)
def test_the_others_are_passed_over(line: bytes) -> None:
    """Alone they say nothing, and they take nothing from their neighbours."""
    assert parse(line) == NOTHING
    assert parse(line + b"\nREADY=1") == Notification(ready=True)


def test_one_datagram_says_several_things() -> None:
    """As gunicorn does."""
    meant = Notification(ready=True, status="Gunicorn arbiter booted", main_pid=7)
    assert parse(b"READY=1\nSTATUS=Gunicorn arbiter booted\nMAINPID=7") == meant


@pytest.mark.parametrize(
    ("datagram", "meant"),
    [
        (b"READY=1\nSTOPPING=1", Notification(stopping=True)),
        (b"STOPPING=1\nREADY=1", Notification(ready=True)),
        (b"READY=1\nSTOPPING=1\nREADY=1", Notification(ready=True)),
        (b"RELOADING=1\nSTOPPING=0", Notification(reloading=True)),
        (b"STATUS=a\nSTATUS=b", Notification(status="b")),
    ],
)
def test_of_what_contradicts_itself_the_last_counts(datagram: bytes, meant: Notification) -> None:
    """READY, RELOADING and STOPPING exclude each other."""
    assert parse(datagram) == meant


@pytest.mark.parametrize("digits", NOT_A_NUMBER, ids=lambda each: repr(each[:10]))
@pytest.mark.parametrize("name", [b"WATCHDOG_USEC", b"MAINPID", b"EXTEND_TIMEOUT_USEC"])
def test_an_invalid_number_is_ignored(name: bytes, digits: bytes) -> None:
    """Digits of other scripts, signs and fractions included."""
    assert parse(name + b"=" + digits) == NOTHING


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (b"MAINPID=0", NOTHING),
        (b"MAINPID=1", NOTHING),
        (b"MAINPID=2", Notification(main_pid=2)),
        (b"MAINPID=4194304", Notification(main_pid=4194304)),
        (b"MAINPID=4194305", NOTHING),
        (b"EXTEND_TIMEOUT_USEC=3600000000", Notification(extend_seconds=EXTEND_AT_MOST)),
        (b"EXTEND_TIMEOUT_USEC=3600000001", Notification(extend_seconds=EXTEND_AT_MOST)),
        (b"EXTEND_TIMEOUT_USEC=%d" % (2**64 - 1), Notification(extend_seconds=EXTEND_AT_MOST)),
        (b"EXTEND_TIMEOUT_USEC=%d" % 2**64, NOTHING),
        (b"WATCHDOG_USEC=0", Notification(watchdog_usec=0)),
        (b"WATCHDOG_USEC=%d" % (2**64 - 1), Notification(watchdog_usec=2**64 - 1)),
        (b"WATCHDOG_USEC=%d" % 2**64, NOTHING),
    ],
    ids=repr,
)
def test_numbers_have_bounds(line: bytes, meant: Notification) -> None:
    """Init is not an app's main process, pids end at 2^22, microseconds at 2^64, and nobody
    extends for more than an hour at once."""
    assert parse(line) == meant


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (b"  two  words ", "two  words"),
        ("größer".encode(), "größer"),
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b"\x1b[31mred\x1b[0m", "[31mred [0m"),
        (b"a\tb\rc\0d", "a b c d"),
        ("right\N{RIGHT-TO-LEFT OVERRIDE}left".encode(), "right left"),
        (b"x" * 1000, "x" * WHY_AT_MOST),
        (b"a=b=c", "a=b=c"),
    ],
)
def test_a_status_is_one_printable_line(value: bytes, status: str) -> None:
    """It is shown on terminals, in logs and on a page."""
    assert parse(b"STATUS=" + value) == Notification(status=status)


def test_a_datagram_that_is_too_long_says_nothing() -> None:
    """Cut off, WATCHDOG_USEC=1000000 could read as 100."""
    fits = b"READY=1\nX=" + b"x" * (BYTES_AT_MOST - 10)
    assert parse(fits) == Notification(ready=True)
    assert parse(fits + b"x") == NOTHING


def _is_sound(notification: Notification) -> bool:
    phases = (notification.ready, notification.reloading, notification.stopping)
    status, usec = notification.status or "", notification.watchdog_usec or 0
    return (
        sum(phases) <= 1
        and (status.isprintable() and len(status) <= WHY_AT_MOST)
        and notification.watchdog in (None, "ping", "trigger")
        and 0 <= usec < 2**64
        and 2 <= (notification.main_pid or 2) <= 2**22
        and 0 <= (notification.extend_seconds or 0) <= EXTEND_AT_MOST
    )


def test_10000_random_byte_strings_are_borne() -> None:
    """Half of them nearly right: pieces of assignments in any order."""
    rolls = random.Random(3)
    pieces = [*UNDERSTOOD, *PASSED_OVER, b"\n", b"\0", b"\xff\xfe", b"=", b"STATUS=\x1b", b"9" * 30]
    for number in range(10_000):
        junk = rolls.randbytes(rolls.randrange(200))
        if number % 2:
            junk = rolls.choice([b"", b"\n"]).join([*rolls.choices(pieces, k=6), junk])
        assert _is_sound(parse(junk)), junk


@given(st.binary(max_size=BYTES_AT_MOST + 10))
def test_any_bytes_are_borne(datagram: bytes) -> None:
    """What comes out is in bounds, whatever goes in."""
    assert _is_sound(parse(datagram))


# ---- who may say it -------------------------------------------------------------------------


INIT, MONITOR, APP = 1, 7, 3
#: Each process's parent: the app's child, what a check runs, a `docker exec`, a lost child.
PARENTS = {APP: 2, 2: INIT, 4: APP, MONITOR: INIT, 8: MONITOR, 9: 8, 20: 0, 21: 20, 5: INIT}
GONE = 30


def _ancestors(pid: int) -> tuple[int, ...]:
    parent = PARENTS.get(pid, 0)
    return (parent, *_ancestors(parent)) if parent else ()


def _refusal(
    pid: int,
    allowed: str = "tree",
    own_namespace: bool = True,
    main: int | None = APP,
    can_tell: bool = True,
) -> str:
    access = Access(
        allowed=allowed,
        own_namespace=own_namespace,
        init=INIT,
        monitor=MONITOR,
        can_tell=can_tell,
    )
    return why_refused(Sender(pid, 0), access, main, _ancestors)


@pytest.mark.parametrize("own_namespace", [True, False])
@pytest.mark.parametrize("allowed", NOTIFY_ACCESS)
def test_a_sender_without_a_pid_here_is_outside_of_the_container(
    allowed: str, own_namespace: bool
) -> None:
    """The kernel gives 0 for it."""
    assert "outside the container" in _refusal(0, allowed, own_namespace)


@pytest.mark.parametrize(
    ("sender", "heard_by"),
    [
        (APP, "main tree all"),
        (4, "tree all"),
        (5, "tree all"),
        (8, "all"),
        (9, "all"),
        (20, "all"),
        (21, "all"),
        (GONE, "all"),
    ],
)
def test_who_is_heard(sender: int, heard_by: str) -> None:
    """The app, its child, its lost child; a check's command and its child, a `docker exec` and
    its child, and one that has ended, which belongs to nobody."""
    heard = [allowed for allowed in NOTIFY_ACCESS if not _refusal(sender, allowed)]
    assert heard == heard_by.split()


def test_the_main_process_is_heard_although_it_has_ended() -> None:
    """Its pid says who it was: STOPPING=1 may be its last word."""
    assert _refusal(GONE, main=GONE) == _refusal(GONE, "main", main=GONE) == ""


def test_before_the_main_process_is_known_its_tree_is_heard() -> None:
    """An app may be ready before the monitor has heard its pid."""
    assert _refusal(APP, "main", main=None) == ""
    assert "not a descendant" in _refusal(20, "main", main=None)


def test_where_proc_tells_nothing_whoever_has_a_pid_is_heard() -> None:
    """hidepid=2, or no /proc at all: an app must not go unheard for that."""
    assert _refusal(4, can_tell=False) == _refusal(20, can_tell=False) == ""


def test_where_init_is_not_pid_1_only_its_descendants_are_heard() -> None:
    """All others are strangers on the same host, even where everybody is heard."""
    assert _refusal(4, "all", own_namespace=False) == ""
    assert "not a descendant of init" in _refusal(20, "all", own_namespace=False)


@pytest.mark.parametrize(("uid", "may"), [(0, True), (APP_UID, True), (APP_UID + 1, False)])
def test_root_and_the_apps_user_name_the_main_process(uid: int, may: bool) -> None:
    """Signals go where MAINPID points."""
    assert may_name_main_pid(Sender(5, uid), APP_UID) is may


def test_without_its_main_pid_a_notification_is_the_same() -> None:
    """The rest of the datagram is heard."""
    said = parse(b"READY=1\nSTATUS=x\nMAINPID=7\nEXTEND_TIMEOUT_USEC=9\nWATCHDOG_USEC=8")
    rest = parse(b"READY=1\nSTATUS=x\nEXTEND_TIMEOUT_USEC=9\nWATCHDOG_USEC=8")
    assert without_main_pid(said) == rest


# ---- what follows ---------------------------------------------------------------------------


def _hear(notified: Notified, *lines: bytes, now: float = NOW) -> list[tuple[str, ...]]:
    return [notified.hear(parse(line), now) for line in lines]


def test_an_app_that_has_said_nothing() -> None:
    """Not ready, nothing announced, no watchdog before it is ready."""
    notified = Notified(watchdog_seconds=5)
    notified.begin(NOW)
    assert (notified.ready, notified.announced, notified.status) == (False, "", "")
    assert (notified.last_watchdog, notified.watchdog_failed) == (None, False)
    assert not notified.watchdog_overdue(NOW + 3600)


def test_the_life_of_an_app_with_what_each_step_changes() -> None:
    """Load, ready, reload, ready again, stop; the changes are events of the log."""
    notified = Notified()
    steps = [
        (b"STATUS=Loading", ("status",), (False, "", "Loading")),
        (b"READY=1\nSTATUS=Up", ("ready", "status"), (True, "", "Up")),
        (b"READY=1\nSTATUS=Up", (), (True, "", "Up")),
        (b"RELOADING=1", ("reloading",), (True, "reloading", "Up")),
        (b"RELOADING=1", (), (True, "reloading", "Up")),
        (b"READY=1", ("ready",), (True, "", "Up")),
        (b"STOPPING=1", ("stopping",), (True, "stopping", "Up")),
        (b"STATUS=", ("status",), (True, "stopping", "")),
    ]
    for line, changes, state in steps:
        assert _hear(notified, line) == [changes]
        assert (notified.ready, notified.announced, notified.status) == state


@pytest.mark.parametrize("line", [b"READY=1", b"RELOADING=1"])
def test_an_app_that_stops_does_not_come_back(line: bytes) -> None:
    """A worker that reports for duty while the app drains must not call traffic back."""
    notified = Notified()
    _hear(notified, b"READY=1", b"STOPPING=1", line)
    assert notified.announced == "stopping"


def test_an_app_that_stops_before_it_was_ready_was_never_ready() -> None:
    """STOPPING=1 says nothing of readiness."""
    notified = Notified()
    assert _hear(notified, b"STOPPING=1") == [("stopping",)]
    assert not notified.ready


def test_a_new_app_has_said_nothing() -> None:
    """Not even to stop, and the configured watchdog is the one that counts."""
    notified = Notified(watchdog_seconds=5)
    _hear(notified, b"READY=1\nSTATUS=x\nWATCHDOG_USEC=9000000", b"WATCHDOG=1", b"STOPPING=1")
    _hear(notified, b"WATCHDOG=trigger")
    notified.begin(NOW)
    assert notified.state() == NotifyState()
    assert (notified.watchdog_seconds, notified.last_watchdog) == (5, None)


def test_the_watchdog_waits_from_ready_and_from_each_ping_on() -> None:
    """Exactly on time is in time."""
    notified = Notified(watchdog_seconds=5)
    _hear(notified, b"READY=1", now=NOW)
    assert notified.last_watchdog is None
    assert not notified.watchdog_overdue(NOW + 5)
    assert notified.watchdog_overdue(NOW + 5.001)
    _hear(notified, b"WATCHDOG=1", now=NOW + 7)
    assert notified.last_watchdog == NOW + 7
    assert not notified.watchdog_overdue(NOW + 12)
    assert notified.watchdog_overdue(NOW + 12.001)


def test_pings_before_ready_are_noted_and_start_no_clock() -> None:
    """A slow start is the startup check's business."""
    notified = Notified(watchdog_seconds=5)
    _hear(notified, b"WATCHDOG=1")
    assert notified.last_watchdog == NOW
    assert not notified.watchdog_overdue(NOW + 60)


@pytest.mark.parametrize(
    ("usec", "seconds"), [(b"250000", 0.25), (b"0", 0.0), (b"18446744073709551615", 0.0)]
)
def test_an_app_sets_its_own_watchdog(usec: bytes, seconds: float) -> None:
    """From that moment on; 0 and systemd's infinity end it."""
    notified = Notified(watchdog_seconds=5)
    _hear(notified, b"READY=1", now=NOW)
    _hear(notified, b"WATCHDOG_USEC=" + usec, now=NOW + 10)
    assert notified.watchdog_seconds == seconds
    assert not notified.watchdog_overdue(NOW + 10.2)
    assert notified.watchdog_overdue(NOW + 3600) is bool(seconds)


def test_without_a_watchdog_nothing_is_ever_overdue() -> None:
    """0 is none."""
    notified = Notified()
    _hear(notified, b"READY=1")
    assert not notified.watchdog_overdue(NOW + 1e9)


def test_a_triggered_watchdog_stays_until_the_app_is_ready_anew() -> None:
    """A ping right behind it must not hide it from a check that looks every ten seconds."""
    notified = Notified()
    _hear(notified, b"READY=1")
    said = _hear(notified, b"WATCHDOG=trigger", b"WATCHDOG=trigger", b"WATCHDOG=1")
    assert said == [("watchdog-trigger",), (), ()]
    assert notified.watchdog_failed
    _hear(notified, b"READY=1")
    assert not notified.watchdog_failed


assignments = st.lists(st.sampled_from(sorted(UNDERSTOOD)), max_size=3).map(b"\n".join)


@given(st.lists(assignments, max_size=20))
def test_in_any_history_ready_and_stopping_only_end_with_the_app(history: list[bytes]) -> None:
    """And readiness is what READY=1 said, nothing else."""
    notified = Notified()
    heard: list[Notification] = []
    for line in history:
        before = notified.state()
        heard.append(parse(line))
        notified.hear(heard[-1], NOW)
        assert notified.ready >= before.ready
        assert before.announced != "stopping" or notified.announced == "stopping"
    assert notified.ready == any(each.ready for each in heard)


@given(st.lists(assignments, max_size=20), st.lists(assignments, max_size=5))
def test_a_monitor_that_takes_over_goes_on_where_the_last_one_was(
    before: list[bytes], after: list[bytes]
) -> None:
    """What the app says next changes the same in both; the watchdog begins anew."""
    one, other = Notified(5), Notified(5)
    _hear(one, *before)
    other.begin(NOW, one.state())
    assert _hear(one, *after) == _hear(other, *after)
    assert other.state() == one.state()
    assert other.watchdog_seconds == one.watchdog_seconds
    assert not other.watchdog_overdue(NOW)
