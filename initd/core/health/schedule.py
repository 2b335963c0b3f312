"""Thresholds and schedules of the checks, on a clock that is passed in.

Words and meaning are those of Kubernetes' probes (docs/health.md has its sources):
startup gates liveness and readiness, and once passed it is never asked again; a role
turns after so many answers in a row that speak against it; liveness begins as well,
startup and readiness don't. What differs is what follows from having several checks:
the gate opens when each startup check has passed once.

A startup check that fails beyond its threshold is a failure of life, as the kubelet has
it. So behind every startup role stands a liveness, which shows in the report only while
it is bad.
"""

from __future__ import annotations

from initd.core.health.notified_state import NotifyState
from initd.core.health.roles import LIVENESS, READINESS, STARTUP
from initd.core.health.verdict import CheckState, Report, first_report
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from initd.core.health.check import Check, ProbeResult

#: Checks that are due within so many seconds are probed together: one wake-up for all.
TOGETHER = 0.05


class Change(Value):
    """A role of a check has turned, thresholds applied; `why` is of the last answer."""

    name: str
    role: str
    ok: bool
    why: str


class _RoleCounter:
    """What a check says of one role. Invariant: `against` counts the last answers that
    all disagree with `ok`, and is below the threshold."""

    def __init__(self, state: CheckState, shown: bool) -> None:
        self.role = state.role
        self.ok = state.ok
        self.why = state.why
        self.shown = shown
        self.against = 0

    def take(self, answer: ProbeResult, check: Check) -> bool:
        """Whether it turned."""
        self.why = answer.why
        self.against = self.against + 1 if answer.ok != self.ok else 0
        threshold = check.failure if self.ok else check.success
        if self.against < threshold:
            return False
        self.ok = answer.ok
        self.against = 0
        return True


class _Probe:
    """One check: where it stands, and when it is asked. Invariant: `asked` is when the
    probe in flight was begun, None when there is none; `due` is never before `first`,
    unless another check's probe came just before."""

    def __init__(self, check: Check, last: Iterable[CheckState]) -> None:
        self.check = check
        known = {state.role: state for state in last if state.name == check.name}
        self.standings = [
            _RoleCounter(known.get(state.role, state), True)
            for state in first_report(0, (check,)).checks
        ]
        if STARTUP in check.roles and LIVENESS not in check.roles:
            state = known.get(LIVENESS) or CheckState(check.name, LIVENESS, True, "")
            self.standings.append(_RoleCounter(state, False))
        self.first = self.due = 0.0
        self.asked: float | None = None
        self.again = False
        self.rows = self._rows()

    def _rows(self) -> tuple[CheckState, ...]:
        return tuple(
            CheckState(self.check.name, each.role, each.ok, each.why)
            for each in self.standings
            if each.shown or not each.ok
        )

    @property
    def starting(self) -> bool:
        """It is a startup check that has not passed."""
        return any(each.role == STARTUP and not each.ok for each in self.standings)

    def is_wanted(self, started: bool) -> bool:
        """Whether any of its roles is to be asked about."""
        return self.starting or (started and self.check.roles != (STARTUP,))

    def plan(self, since: float) -> None:
        """The first probe of what begins at `since`."""
        self.first = self.due = since + self.check.delay

    def is_near(self, now: float) -> bool:
        """Whether it may go along with a probe that is due now."""
        early = min(TOGETHER, self.check.period / 20)
        return self.due <= now or (self.first <= now and self.due <= now + early)

    def take(self, answer: ProbeResult, excused: bool) -> list[_RoleCounter]:
        """What turned. A failure to start is `excused` from being one of life."""
        fed: tuple[str, ...] = (LIVENESS, READINESS)
        if self.starting:
            fed = (STARTUP,) if excused and not answer.ok else (STARTUP, LIVENESS)
        turned = [
            each for each in self.standings if each.role in fed and each.take(answer, self.check)
        ]
        self.rows = self._rows()
        return turned

    def settle(self) -> None:
        """Nobody asks about life any more: it is well."""
        for each in self.standings:
            if each.role == LIVENESS:
                each.ok, each.against = True, 0
        self.rows = self._rows()


class Health:
    """What the checks say of the app, and which of them are due.

    `resumed` is the last report of a monitor that died: its successor goes on from
    there, with thresholds that count anew, if it finds the same app.
    """

    def __init__(self, checks: Sequence[Check], resumed: Report | None = None) -> None:
        last = resumed or Report(0)
        self.checks = tuple(checks)
        self.app = last.app
        #: What the app has said of itself by sd_notify. Forgotten with the app.
        self.standing = last.standing
        self._probes = {check.name: _Probe(check, last.checks) for check in checks}
        self._resumes = resumed is not None
        self._asks = False
        self._excused_until = 0.0

    def begin(self, app: int, now: float) -> None:
        """The app with pid `app` has started at `now`: delays count from here, and what
        was known of an earlier app is forgotten."""
        if not (self._resumes and app == self.app):
            self.standing = NotifyState()
            self._probes = {check.name: _Probe(check, ()) for check in self.checks}
        self._resumes = False
        self.app = app
        self._asks = True
        self._excused_until = 0.0
        for probe in self._probes.values():
            probe.plan(now)

    def follow(self, app: int, now: float) -> None:
        """The same app has another main process: what is known holds. A probe in flight
        looks at the one before: it is forgotten, and asked again."""
        self.app = app
        for probe in self._probes.values():
            if probe.asked is not None:
                probe.asked, probe.again, probe.due = None, False, now

    def end(self) -> None:
        """The app is gone: nothing is due, and nothing more is learnt."""
        self._asks = False

    def drain(self) -> None:
        """The app is being stopped. As the kubelet has it, nothing is asked any more, and
        liveness counts as well: nobody is to kill what drains."""
        self._asks = False
        for probe in self._probes.values():
            probe.settle()

    @property
    def started(self) -> bool:
        """Whether every startup check has passed: liveness and readiness are asked."""
        return not any(probe.starting for probe in self._probes.values())

    def _waiting(self) -> list[_Probe]:
        """Those that have a time at which they are due."""
        if not self._asks:
            return []
        started = self.started
        return [
            probe
            for probe in self._probes.values()
            if probe.asked is None and probe.is_wanted(started)
        ]

    @property
    def deadline(self) -> float | None:
        """The next moment at which something is due; None while nothing will be."""
        return min((probe.due for probe in self._waiting()), default=None)

    def due(self, now: float) -> list[Check]:
        """What is to be probed now. Each is in flight until it is answered; its period
        counts from here, so a pause makes no burst."""
        waiting = self._waiting()
        if not any(probe.due <= now for probe in waiting):
            return []
        due = [probe for probe in waiting if probe.is_near(now)]
        for probe in due:
            probe.asked = now
        return [probe.check for probe in due]

    def answered(self, app: int, name: str, answer: ProbeResult, now: float) -> list[Change]:
        """Roles that turned, for the log. What is said of an earlier app is ignored."""
        probe = self._probes.get(name)
        if not self._asks or app != self.app or probe is None or probe.asked is None:
            return []
        was_started = self.started
        turned = probe.take(answer, excused=now < self._excused_until)
        probe.due = now if probe.again else max(now, probe.asked + probe.check.period)
        probe.asked = None
        probe.again = False
        if self.started and not was_started:
            self._open_gate(now)
        return [Change(name, each.role, each.ok, each.why) for each in turned]

    def _open_gate(self, now: float) -> None:
        """Delays of liveness and readiness begin when startup has succeeded."""
        for probe in self._probes.values():
            probe.plan(now)

    def hurry(self, name: str, now: float) -> None:
        """There is news about this check: it is due at once, or again if in flight; not
        before its initial delay is over."""
        probe = self._probes[name]
        if probe.asked is not None:
            probe.again = True
        else:
            probe.due = max(now, probe.first)

    def extend_startup(self, until: float) -> None:
        """Failures to start before `until` don't count towards the threshold
        (EXTEND_TIMEOUT_USEC of sd_notify(3))."""
        self._excused_until = max(until, self._excused_until)

    def report(self) -> Report:
        """What the checks say now, thresholds applied."""
        rows = tuple(row for probe in self._probes.values() for row in probe.rows)
        return Report(self.app, rows, self.standing)
