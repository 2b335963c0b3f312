"""Thresholds and schedules of the checks, on a clock that is passed in.

Words and meaning are those of Kubernetes' probes (docs/health.md has its sources):
startup gates liveness and readiness, and is not probed again once it has passed; a role
turns after so many results in a row against it; liveness begins as passing, startup and
readiness as failing. The difference is that there may be several startup checks: the
gate opens when each of them has passed once.

A startup check that fails beyond its threshold counts as a liveness failure, as with the
kubelet. So every startup role has a liveness role behind it, which is in the report only
while it fails.

Where nobody has said how often, a check that has not passed yet is asked in between as well. These
probes look for the first success only: a failure of one counts for nothing and puts nothing off, so
that delay, period and failure x period mean what they mean elsewhere.
"""

from __future__ import annotations

from initd.core.health.check import WHY_AT_MOST
from initd.core.health.notified_state import NotifyState
from initd.core.health.pauses import EXCUSED_AT_MOST
from initd.core.health.roles import LIVENESS, PRESTART, READINESS, STARTUP
from initd.core.health.verdict import CheckState, Report, first_report
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from initd.core.health.check import Check, ProbeResult

#: Checks due within so many seconds of each other are probed together, in one wake-up.
TOGETHER = 0.05
#: The pause between probes that look for the first success: at least so many seconds, and this part
#: of the time since the first probe. Within ten seconds these are a dozen probes.
SOON, PART = 0.25, 0.25


#: What `in_vain` is once the role has passed.
_PASSED = -1


class Change(Value):
    """A role of a check has turned, thresholds applied, or has failed that often without having
    passed before; `why` is that of the last result. If it is the first success after failures,
    `waited` is for how many seconds it was asked, and `waited_for` what it said until then."""

    name: str
    role: str
    ok: bool
    why: str
    waited: float = 0.0
    waited_for: str = ""


class _RoleCounter:
    """Results of a check, counted for one role. Invariant: `against` counts the latest
    results that all disagree with `ok`, and is below the threshold, except while it is
    `held`. One that is not `shown` is in the report only while it fails. `in_vain` counts failures
    to be ready before the first success: nothing turns by them, and people are to hear of them all
    the same. Of a startup check that fails, liveness tells."""

    def __init__(self, state: CheckState, *, shown: bool) -> None:
        self.role = state.role
        self.ok = state.ok
        self.why = state.why
        self.shown = shown
        self.against = 0
        self.in_vain = 0

    def take(self, result: ProbeResult, check: Check, held: bool) -> bool:
        """Whether there is something to tell: that it turned, which it does not while it is `held`,
        or that it has not passed for the first time beyond its threshold."""
        self.why = result.why
        if self.role == READINESS and self.in_vain >= 0 and not (result.ok or self.ok):
            self.against = 0
            self.in_vain += 1
            return self.in_vain == check.failure
        self.against = self.against + 1 if result.ok != self.ok else 0
        threshold = check.failure if self.ok else check.success
        if self.against < threshold or held:
            return False
        self.ok = result.ok
        self.against = 0
        self.in_vain = _PASSED
        return True

    def words(self, check: Check) -> str:
        """What the last result said; where that was against `ok`, also how often it has to come
        again before the role turns: `refused (failure 1 of 3)` of a check that still passes."""
        if not self.against:
            return self.why
        what, threshold = ("failure", check.failure) if self.ok else ("success", check.success)
        count = f" ({what} {min(self.against, threshold)} of {threshold})"
        return self.why[: WHY_AT_MOST - len(count)] + count


class _Schedule:
    """One check: its roles, and when it is probed. Invariant: `begun` is when the probe in
    flight began, None when there is none; `due` is never before `first`, unless it went
    along with another check's probe just before, and never behind `regular`, from when on a
    probe is one of those that are asked every period. `holds` says that it is probed for the start
    that it holds, and not for an app that runs."""

    def __init__(self, check: Check, last: Iterable[CheckState], holds: bool = False) -> None:
        self.check = check
        self.holds = holds
        known = {state.role: state for state in last if state.name == check.name}
        self.roles = [
            _RoleCounter(known.get(state.role, state), shown=True)
            for state in first_report(-1 if holds else 0, (check,)).checks
        ]
        if not holds and STARTUP in check.roles and LIVENESS not in check.roles:
            state = known.get(LIVENESS) or CheckState(check.name, LIVENESS, True, "")
            self.roles.append(_RoleCounter(state, shown=False))
        self.first = self.due = self.regular = 0.0
        #: Whether it has passed since it was planned, and what it said last if it has not.
        self.passed = False
        self.said = ""
        #: Until then a startup check that fails is not a failure of liveness.
        self.up_by = 0.0
        self.begun: float | None = None
        self.again = False
        #: Failures in a row that did not count, because the container was paused meanwhile.
        self.excused = 0
        self.rows = self._rows()

    def _rows(self) -> tuple[CheckState, ...]:
        return tuple(
            CheckState(self.check.name, each.role, each.ok, each.words(self.check))
            for each in self.roles
            if each.shown or not each.ok
        )

    @property
    def starting(self) -> bool:
        """It is a startup check that has not passed."""
        return any(each.role == STARTUP and not each.ok for each in self.roles)

    def is_wanted(self, started: bool) -> bool:
        """Whether any of its roles is to be probed."""
        if self.holds:
            return not all(each.ok for each in self.roles)
        return self.starting or (started and not {STARTUP, PRESTART}.issuperset(self.check.roles))

    def plan(self, since: float) -> None:
        """The first probe, with a delay that counts from `since`."""
        self.first = self.due = self.regular = since + self.check.delay
        self.passed, self.said = False, ""
        self.up_by = self.first + self.check.failure * self.check.period

    def ask_again(self, now: float) -> None:
        """The probe in flight is dropped, and the next one due at once."""
        self.begun, self.again, self.due = None, False, now

    def put_off(self, seconds: float) -> None:
        """The container has not run for so long: a first probe comes so much later, and the app has
        as much longer to come up."""
        self.up_by += seconds
        if self.due == self.first:
            self.first = self.due = self.regular = self.due + seconds

    def is_near(self, now: float) -> bool:
        """Whether it is due, or may go along with another that is."""
        return self.due <= now or (self.first <= now and self.due <= now + self._early)

    def take(self, result: ProbeResult, now: float, excused: bool) -> list[_RoleCounter]:
        """The roles that turned. Where `excused`, a failure to start is not counted as a
        liveness failure; and none is one before `failure` periods are over, the first of which
        begins with the first probe."""
        fed: tuple[str, ...] = (LIVENESS, READINESS)
        held = False
        if self.holds:
            fed = (PRESTART,)
        elif self.starting and not result.ok:
            fed = (STARTUP,) if excused else (STARTUP, LIVENESS)
            held = now < self.up_by - self._early
        elif self.starting:
            fed = (STARTUP, LIVENESS)
        turned = [
            each
            for each in self.roles
            if each.role in fed and each.take(result, self.check, held and each.role == LIVENESS)
        ]
        self.rows = self._rows()
        return turned

    def look(self, result: ProbeResult) -> bool:
        """Whether this result counts for nothing: the first success was looked for in vain."""
        assert self.begun is not None
        in_between = self._hurries and self.begun < self.regular - self._early
        if not in_between:
            self.regular = self.begun + self.check.period
        if result.ok or not in_between:
            return False
        for each in self.roles:
            each.why = each.why if each.ok else result.why
        self.rows = self._rows()
        return True

    def go_on(self, result: ProbeResult, now: float) -> None:
        """The probe in flight is over; when the next one is due."""
        assert self.begun is not None
        self.passed = self.passed or result.ok
        self.said = "" if self.passed else result.why
        following = self.regular
        if self._hurries:
            pause = max(SOON, PART * (self.begun - self.first))
            following = min(following, self.begun + pause)
        self.due = now if self.again else max(now, following)
        self.begun, self.again = None, False

    @property
    def _hurries(self) -> bool:
        """Whether its first success is looked for between its periods: somebody waits for that."""
        waits = any(each.role != LIVENESS and not each.ok for each in self.roles)
        return self.check.eager and waits and not self.passed

    def changes(self, turned: list[_RoleCounter], now: float) -> list[Change]:
        """For people; before `go_on`, so that `said` is of the result before."""
        waited = (round(now - self.first, 3), self.said) if self.said else ()
        return [
            Change(self.check.name, each.role, each.ok, each.why, *(waited if each.ok else ()))
            for each in turned
        ]

    @property
    def _early(self) -> float:
        """How much earlier than due it may be probed, to go along with another."""
        return min(TOGETHER, self.check.period / 20)

    def settle(self) -> None:
        """Liveness is not probed any more, and passes."""
        for each in self.roles:
            if each.role == LIVENESS:
                each.ok, each.against = True, 0
        self.rows = self._rows()


def _concerns(check: Check, holds: bool) -> bool:
    return PRESTART in check.roles if holds else check.roles != (PRESTART,)


class Health:
    """What the checks say of the app, and which of them are due.

    `resumed` is the last report of a monitor that died: its successor carries on from
    there if it finds the same app; thresholds are counted afresh.
    """

    def __init__(self, checks: Sequence[Check], resumed: Report | None = None) -> None:
        last = resumed or Report(0)
        self.checks = tuple(checks)
        self.app = last.app
        #: What the app has said of itself by sd_notify. Forgotten with the app.
        self.notify_state = last.notify_state
        self._schedules = self._begun(last.checks, holds=last.app < 0)
        self._resumes = resumed is not None
        self._active = False
        self._excused_until = 0.0

    def begin(self, app: int, now: float) -> None:
        """The app with pid `app` has started at `now`: delays count from here, and what
        is known of an earlier app is forgotten. Below 0 it is a start that is held."""
        if not (self._resumes and app == self.app):
            self.notify_state = NotifyState()
            self._schedules = self._begun((), holds=app < 0)
        self._resumes = False
        self.app = app
        self._active = True
        self._excused_until = 0.0
        for schedule in self._schedules.values():
            schedule.plan(now)

    def _begun(self, last: Iterable[CheckState], holds: bool) -> dict[str, _Schedule]:
        """Of the checks that hold a start, or of all others."""
        checks = [each for each in self.checks if _concerns(each, holds)]
        return {check.name: _Schedule(check, last, holds) for check in checks}

    def follow(self, app: int, now: float) -> None:
        """The same app has another main process: what is known stays. A probe in flight
        looks at the old one: it is dropped, and begun again."""
        self.app = app
        for schedule in self._schedules.values():
            if schedule.begun is not None:
                schedule.ask_again(now)

    def end(self) -> None:
        """The app is gone: nothing is due, and no result counts."""
        self._active = False

    def drain(self) -> None:
        """The app is being stopped. As with the kubelet, nothing is probed any more and
        liveness passes: an app that drains must not be killed for it."""
        self._active = False
        for schedule in self._schedules.values():
            schedule.settle()

    @property
    def started(self) -> bool:
        """Whether every startup check has passed, so that liveness and readiness are probed."""
        return not any(schedule.starting for schedule in self._schedules.values())

    def _waiting(self) -> list[_Schedule]:
        """Those that will be due at some time."""
        if not self._active:
            return []
        started = self.started
        return [
            schedule
            for schedule in self._schedules.values()
            if schedule.begun is None and schedule.is_wanted(started)
        ]

    @property
    def deadline(self) -> float | None:
        """The next moment at which something is due; None if nothing will be."""
        return min((schedule.due for schedule in self._waiting()), default=None)

    def due(self, now: float) -> list[Check]:
        """What is to be probed now. Each is in flight until its result comes; its period
        counts from here, so that a pause is not followed by a burst."""
        waiting = self._waiting()
        if not any(schedule.due <= now for schedule in waiting):
            return []
        due = [schedule for schedule in waiting if schedule.is_near(now)]
        for schedule in due:
            schedule.begun = now
        return [schedule.check for schedule in due]

    def answered(
        self, app: int, name: str, result: ProbeResult, now: float, paused: bool = False
    ) -> list[Change]:
        """The roles that turned, for the log. A result about an earlier app is ignored, and so is a
        failure while the container was `paused` for a time: it is asked once more."""
        schedule = self._schedules.get(name)
        if not self._active or app != self.app or schedule is None or schedule.begun is None:
            return []
        if paused and not result.ok and schedule.excused < EXCUSED_AT_MOST:
            schedule.excused += 1
            schedule.ask_again(now)
            return []
        schedule.excused = 0
        was_started = self.started
        excused = now < self._excused_until
        turned = [] if schedule.look(result) else schedule.take(result, now, excused)
        changes = schedule.changes(turned, now)
        schedule.go_on(result, now)
        if self.started and not was_started:
            self._open_gate(now)
        return changes

    def _open_gate(self, now: float) -> None:
        """Startup has succeeded: the delays of liveness and readiness begin."""
        for schedule in self._schedules.values():
            schedule.plan(now)

    def hurry(self, name: str, now: float) -> None:
        """There is news about this check: it is due at once, or once more if in flight, but
        not before its initial delay is over."""
        schedule = self._schedules.get(name)
        if schedule is None:
            return
        if schedule.begun is not None:
            schedule.again = True
        else:
            schedule.due = max(now, schedule.first)

    def put_off(self, seconds: float) -> None:
        """The container has not run for so long."""
        if self._excused_until:
            self._excused_until += seconds
        for schedule in self._schedules.values():
            schedule.put_off(seconds)

    @property
    def in_flight(self) -> bool:
        """Whether a probe is under way."""
        return any(schedule.begun is not None for schedule in self._schedules.values())

    def extend_startup(self, until: float) -> None:
        """Failures to start before `until` don't count towards the threshold
        (EXTEND_TIMEOUT_USEC of sd_notify(3))."""
        self._excused_until = max(until, self._excused_until)

    def report(self) -> Report:
        """What the checks say now, thresholds applied."""
        rows = tuple(row for schedule in self._schedules.values() for row in schedule.rows)
        return Report(self.app, rows, self.notify_state)
