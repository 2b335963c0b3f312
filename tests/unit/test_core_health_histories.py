"""Thousands of random histories: whatever the checks answer and whenever, no role flaps,
what is gated is not asked, and no timer stands without a reason.

A history is a string of bytes, two to an event: quick to draw, and what fails shrinks
to few of them. A small model beside `Health` keeps all the answers of each role.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from initd.core.health.check import Check, ProbeResult
from initd.core.health.roles import LIVENESS, READINESS, STARTUP
from initd.core.health.schedule import TOGETHER, Change, Health
from initd.core.health.verdict import LIVE, READY, STARTED, AppStatus, judge

ROLES = [
    (STARTUP,),
    (LIVENESS,),
    (READINESS,),
    (STARTUP, LIVENESS),
    (LIVENESS, READINESS),
    (STARTUP, LIVENESS, READINESS),
]
PERIODS = (0.1, 1.0, 2.0, 10.0)

checks = st.lists(
    st.builds(
        lambda roles, period, delay, failure, success: Check(
            "",
            "tcp",
            roles,
            "127.0.0.1:80",
            period=period,
            delay=delay,
            failure=failure,
            success=success if roles == (READINESS,) else 1,
        ),
        st.sampled_from(ROLES),
        st.sampled_from(PERIODS),
        st.sampled_from((0.0, 0.0, 3.0)),
        st.integers(1, 3),
        st.integers(1, 3),
    ),
    max_size=4,
).map(lambda found: [_rename(each, f"c{at}") for at, each in enumerate(found)])


def _rename(check: Check, name: str) -> Check:
    values = {field: getattr(check, field) for field in Check.__match_args__}
    return Check(**{**values, "name": name})


class History:
    """Invariant: `taken` holds, oldest first, every answer that counted for a role of this
    app; `in_flight` what has been asked and not answered; `now` never goes back."""

    def __init__(self, checks: list[Check]) -> None:
        self.checks = {each.name: each for each in checks}
        self.health = Health(checks)
        self.now = 100.0
        self.app = 2
        self.runs = False
        self.in_flight: dict[str, float] = {}
        self.stale: list[tuple[int, str]] = []
        self.taken: dict[tuple[str, str], list[bool]] = {}
        #: Of each of them, whether it came too early to be a failure of life.
        self.held: dict[tuple[str, str], list[bool]] = {}
        self.up_by: dict[str, float] = {}
        self.hurried: set[str] = set()
        self.last_asked: dict[str, float] = {}
        self.not_before: dict[str, float] = {}
        self.excused_until = 0.0

    # ---- events -----------------------------------------------------------------------

    def a_start(self, _: int) -> None:
        """Of a first or of another app."""
        self.stale += [(self.app, name) for name in self.in_flight]
        self.app += 1
        self.runs = True
        self.in_flight, self.taken, self.held, self.last_asked = {}, {}, {}, {}
        for name, check in self.checks.items():
            early = min(TOGETHER, check.period / 20)
            self.up_by[name] = self.now + check.delay + check.failure * check.period - early
        self.hurried.clear()
        self.excused_until = 0.0
        self.health.begin(self.app, self.now)
        self._plan()

    def an_end(self, _: int) -> None:
        """Of the app; a rare one."""
        self.health.end()
        self.runs = False

    def time_passes(self, number: int) -> None:
        """Up to 12 s, and nobody looks at the timer meanwhile."""
        self.now += number / 20

    def the_timer_elapses(self, _: int) -> None:
        """There is something due at every deadline, and nothing overdue after it."""
        deadline = self.health.deadline
        if deadline is None:
            assert self.health.due(self.now) == []
            return
        self.now = max(self.now, deadline)
        due = self.health.due(self.now)
        assert due, "a wake-up for nothing"
        for check in due:
            self._asked(check)
        after = self.health.deadline
        assert after is None or after > self.now, "it would spin"
        assert self.health.due(self.now) == []

    def an_answer(self, number: int) -> None:
        """Of one of the probes in flight, good or bad."""
        if not self.in_flight:
            return
        name = sorted(self.in_flight)[number // 2 % len(self.in_flight)]
        del self.in_flight[name]
        roles = self._roles_asked(name)
        was_shown = self._shown()
        changes = self.health.answered(
            self.app, name, ProbeResult(bool(number % 2), "why"), self.now
        )
        if not self.runs:
            assert changes == []
            assert self._shown() == was_shown
            return
        was_started = self._started()
        for role in roles:
            excused = role == LIVENESS and STARTUP in roles and self.now < self.excused_until
            if number % 2 or not excused:
                self.taken.setdefault((name, role), []).append(bool(number % 2))
                held = role == LIVENESS and STARTUP in roles and self.now < self.up_by[name]
                self.held.setdefault((name, role), []).append(held and not number % 2)
        told = [each for each in changes if self._is_in_vain(each, was_shown)]
        changes = [each for each in changes if each not in told]
        for change in changes:
            self._is_due(change)
        assert {key: ok for key, ok in self._shown().items() if was_shown.get(key, True) != ok} == {
            (each.name, each.role): each.ok for each in changes
        }
        if self._started() and not was_started:
            self._plan()

    def a_late_answer(self, number: int) -> None:
        """About an app that is gone: nothing changes."""
        if self.stale:
            app, name = self.stale.pop()
            before = self.health.report(), self.health.deadline
            assert (
                self.health.answered(app, name, ProbeResult(bool(number % 2), "late"), self.now)
                == []
            )
            assert (self.health.report(), self.health.deadline) == before

    def a_hurry(self, number: int) -> None:
        """News about one of the checks."""
        if self.checks:
            name = f"c{number % len(self.checks)}"
            self.health.hurry(name, self.now)
            self.hurried.add(name)

    def an_extension(self, number: int) -> None:
        """EXTEND_TIMEOUT_USEC."""
        if self.runs:
            self.excused_until = max(self.excused_until, self.now + number / 10)
            self.health.extend_startup(self.now + number / 10)

    # ---- what must hold ---------------------------------------------------------------

    def _is_in_vain(self, change: Change, was_shown: dict[tuple[str, str], bool]) -> bool:
        """Readiness that has failed `failure` times without having passed once: nothing turns."""
        key = change.name, change.role
        if change.ok or was_shown.get(key, True):
            return False
        check = self.checks[change.name]
        assert change.role == READINESS
        assert self.taken[key].count(False) == check.failure
        return True

    def _asked(self, check: Check) -> None:
        name = check.name
        assert self.runs
        assert name not in self.in_flight, "two at once"
        assert self._roles_asked(name), "nobody wants to know"
        assert self.now >= self.not_before[name], "before its initial delay"
        last = self.last_asked.get(name)
        if last is not None and name not in self.hurried:
            assert self.now >= last + check.period - TOGETHER - 1e-9, "more often than its period"
        self.in_flight[name] = self.last_asked[name] = self.now
        self.hurried.discard(name)

    def _plan(self) -> None:
        for name, check in self.checks.items():
            self.not_before[name] = self.now + check.delay
        self.last_asked.clear()

    def _started(self) -> bool:
        return all(
            any(self.taken.get((name, STARTUP), ()))
            for name, check in self.checks.items()
            if STARTUP in check.roles
        )

    def _roles_asked(self, name: str) -> tuple[str, ...]:
        """By the model; a startup check that has not passed also stands for life."""
        roles = self.checks[name].roles
        if STARTUP in roles and not any(self.taken.get((name, STARTUP), ())):
            return (STARTUP, LIVENESS)
        return tuple(role for role in roles if role != STARTUP) if self._started() else ()

    def _is_due(self, change: Change) -> None:
        """The last answers, as many as the threshold says, all speak for the new state."""
        check = self.checks[change.name]
        threshold = check.success if change.ok else check.failure
        answers = self.taken[change.name, change.role][-threshold:]
        assert answers == [change.ok] * threshold, "it flaps"

    def _shown(self) -> dict[tuple[str, str], bool]:
        """Every role as it is reported; a life that is not mentioned is well."""
        return {
            **{(name, LIVENESS): True for name in self.checks},
            **{(row.name, row.role): row.ok for row in self.health.report().checks},
        }

    def check_report(self) -> None:
        """Ready implies started and alive; nothing of what is gated has been learnt."""
        situation = AppStatus("running", self.app, None, 1.0)
        report = self.health.report()
        ok = {
            question: judge(question, situation, report).ok for question in (LIVE, STARTED, READY)
        }
        assert ok[LIVE] or not ok[STARTED]
        assert ok[STARTED] or not ok[READY]
        if self.runs and not self._started():
            assert not ok[READY]
            assert not ok[STARTED]
            for row in report.checks:
                if row.role == READINESS:
                    assert not row.ok
                    assert row.why == "not probed yet"
        for (name, role), answers in self.taken.items():
            self._stands(name, role, answers)

    def _stands(self, name: str, role: str, answers: list[bool]) -> None:
        """The state is what the thresholds make of all answers since the start, and of the time
        that it has to come up."""
        check = self.checks[name]
        state, against = role == LIVENESS, 0
        for answer, held in zip(answers, self.held[name, role], strict=True):
            against = against + 1 if answer != state else 0
            if against >= (check.failure if state else check.success) and not held:
                state, against = answer, 0
        assert self._shown()[name, role] == state


#: How often each event is drawn, of 256.
EVENTS: list[tuple[int, Callable[[History, int], None]]] = [
    (90, History.the_timer_elapses),
    (100, History.an_answer),
    (26, History.time_passes),
    (14, History.a_hurry),
    (10, History.a_late_answer),
    (8, History.an_extension),
    (6, History.a_start),
    (2, History.an_end),
]
WHICH = [event for often, event in EVENTS for _ in range(often)]


@settings(max_examples=1000)
@given(checks, st.binary(max_size=120))
def test_whatever_happens_the_rules_hold(checks: list[Check], events: bytes) -> None:
    """See the assertions above, each with its sentence."""
    assert len(WHICH) == 256
    history = History(checks)
    history.a_start(0)
    for which, number in zip(events[::2], events[1::2]):
        WHICH[which](history, number)
        history.check_report()
