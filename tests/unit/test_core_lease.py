"""The lease of an app's entry: what is asked of the registry next, whatever it answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from initd.core.registry.lease import GRANT, KEEP, PUT, REVOKE, WAIT, Lease, Turn

NOW, TTL = 100.0, 9.0


def _held(entry: str = "ready") -> Lease:
    lease = Lease(TTL)
    lease.want(entry)
    lease.granted("7", NOW)
    lease.is_known = True
    lease.put(entry, NOW)
    return lease


def test_nothing_is_asked_while_nothing_is_wanted() -> None:
    """And nobody wakes up for it."""
    assert Lease(TTL).next(NOW) == (WAIT, None)


def test_what_a_dead_registrar_has_left_is_taken_over_to_be_taken_out() -> None:
    """Its lease is not known, and would end only after the stop."""
    lease = Lease(TTL)
    lease.is_inherited = lease.is_known = True
    assert lease.may_be_in
    assert lease.next(NOW) == (GRANT, None)
    lease.granted("7", NOW)
    assert lease.next(NOW) == (PUT, None)
    lease.put("not ready", NOW)
    assert lease.next(NOW) == (REVOKE, None)
    lease.revoked()
    assert not lease.may_be_in
    assert lease.next(NOW) == (WAIT, None)


def test_an_entry_is_put_there_with_a_lease_that_is_kept() -> None:
    """Three times within its time: two answers may be lost."""
    lease = Lease(TTL)
    lease.want("ready")
    assert lease.next(NOW) == (GRANT, None)
    lease.granted("7", NOW)
    lease.is_known = True
    assert lease.next(NOW) == (PUT, None)
    lease.put("ready", NOW)
    assert lease.next(NOW) == (WAIT, NOW + 3)
    assert lease.next(NOW + 3) == (KEEP, None)
    lease.kept(NOW + 3)
    assert lease.next(NOW + 3) == (WAIT, NOW + 6)


def test_an_entry_is_put_there_when_pid_1_knows_of_it() -> None:
    """A stop in between would not wait for it to leave. The lease is kept meanwhile."""
    lease = Lease(TTL)
    lease.want("ready")
    lease.granted("7", NOW)
    assert lease.may_be_in
    assert lease.next(NOW) == (WAIT, NOW + 3)
    assert lease.next(NOW + 3) == (KEEP, None)
    lease.is_known = True
    assert lease.next(NOW) == (PUT, None)


def test_what_changes_is_put_under_the_same_lease() -> None:
    """The entry is never gone in between."""
    lease = _held()
    lease.want("not ready")
    assert lease.next(NOW + 1) == (PUT, None)
    assert lease.lease == "7"


def test_an_entry_that_is_not_wanted_any_more_is_taken_out() -> None:
    """With its lease: nothing is left of it."""
    lease = _held()
    lease.want(None)
    assert lease.next(NOW + 1) == (REVOKE, None)
    assert lease.may_be_in
    lease.revoked()
    assert not lease.may_be_in
    assert lease.next(NOW + 1) == (WAIT, None)


def test_a_registry_that_has_forgotten_the_lease_is_told_all_of_it_again() -> None:
    """It was restarted without its data."""
    lease = _held()
    lease.lost()
    assert lease.next(NOW + 3) == (GRANT, None)


def test_a_registry_that_is_away_is_asked_again_later_and_later() -> None:
    """But never so late that the lease ends for that alone."""
    lease, now, pauses = _held(), NOW + 3, []
    for _ in range(12):
        lease.failed("refused", now)
        step, until = lease.next(now)
        assert step in (WAIT, GRANT)
        assert until is not None
        pauses.append(until - now)
        now = until
    assert 0.1 < pauses[0] < 0.3
    assert max(pauses) < TTL / 3 * 1.3


def test_what_is_wanted_anew_is_tried_at_once() -> None:
    """A stop does not wait for a pause."""
    lease = _held()
    lease.failed("refused", NOW + 3)
    lease.want(None)
    assert lease.next(NOW + 3) == (REVOKE, None)


def test_a_lease_that_was_not_kept_in_time_is_gone() -> None:
    """The registry has forgotten it by itself: there is nothing to take out."""
    lease = _held()
    lease.want(None)
    lease.failed("refused", NOW + 1)
    assert lease.next(NOW + TTL) == (WAIT, None)
    assert not lease.may_be_in


def test_each_turn_is_told_once() -> None:
    """One line in the log when the registry is away, one when it is back."""
    lease = Lease(TTL)
    assert lease.turn() is None
    lease.want("ready")
    lease.failed("refused", NOW)
    assert lease.turn() == Turn(False, "refused")
    lease.failed("timed out", NOW + 1)
    assert lease.turn() is None
    lease.granted("7", NOW + 2)
    assert lease.turn() is None
    lease.put("ready", NOW + 2)
    assert lease.turn() == Turn(True)
    lease.kept(NOW + 3)
    assert lease.turn() is None
    lease.failed("refused", NOW + 6)
    assert lease.turn() == Turn(False, "refused")
    lease.kept(NOW + 7)
    assert lease.turn() == Turn(True)
    lease.want(None)
    lease.revoked()
    assert lease.turn() == Turn(False)


steps = st.lists(
    st.tuples(
        st.sampled_from(["want", "drop", "well", "fail", "lost"]),
        st.floats(0, 5, allow_nan=False),
    ),
    max_size=60,
)


@given(steps)
def test_whatever_happens_it_ends_with_what_is_wanted(history: list[tuple[str, float]]) -> None:
    """Once the registry answers: a few steps, and no waiting without an end."""
    lease, now = Lease(TTL), NOW
    lease.is_known = True
    for what, after in history:
        now += after
        if what == "want":
            lease.want("ready")
        elif what == "drop":
            lease.want(None)
        else:
            _answer(lease, what, now)
    for _ in range(8):
        step, until = lease.next(now)
        if step != WAIT:
            _answer(lease, "well", now)
        elif until is not None and lease.said != lease.wanted:
            now = until
    assert (lease.said if lease.lease else None) == lease.wanted
    assert lease.next(now)[0] in (WAIT, KEEP)


def _answer(lease: Lease, how: str, now: float) -> None:
    step, _ = lease.next(now)
    if how == "fail" and step != WAIT:
        lease.failed("refused", now)
    elif how == "lost" and step in (PUT, KEEP):
        lease.lost()
    elif step == GRANT:
        lease.granted("7", now)
    elif step == PUT and lease.wanted is not None:
        lease.put(lease.wanted, now)
    elif step == KEEP:
        lease.kept(now)
    elif step == REVOKE:
        lease.revoked()
