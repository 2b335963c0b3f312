"""Whether the container is live, started, ready and healthy, and why.

pid 1 answers `initd health` with it, the monitor answers HTTP: one judgement, so that
the two always agree. What the checks found is in a `Report` of the monitor, what became
of the app is known to the supervisor.

    live       the app runs, is not stopped, and its liveness checks pass; or init is to start it
    started    it runs and is live, and its startup checks have passed once
    ready      started, its readiness checks pass, and nothing is stopping or in maintenance
    healthy    started, and its readiness checks pass: a container that drains is healthy
"""

from __future__ import annotations

from initd.core import states
from initd.core.health.notified_state import STOPPING, NotifyState
from initd.core.health.roles import LIVENESS, PRESTART, READINESS, STARTUP
from initd.core.signals.numbers import name_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from initd.core.health.check import Check
    from initd.core.states import State

LIVE, STARTED, READY, HEALTHY = "live", "startup", "ready", "healthy"
QUESTIONS = (LIVE, STARTED, READY, HEALTHY)
#: What a check says before its first probe.
NOT_PROBED = "not probed yet"
_ROLES = {
    LIVE: (LIVENESS,),
    STARTED: (STARTUP, LIVENESS),
    READY: (STARTUP, LIVENESS, READINESS),
    HEALTHY: (STARTUP, LIVENESS, READINESS),
}


class CheckState(Value):
    """What a check says of one of its roles, thresholds applied. `why` is that of the last
    probe, NOT_PROBED before the first one."""

    name: str
    role: str
    ok: bool
    why: str


class Report(Value):
    """What the checks found about the app with pid `app`, and what it said of itself; or, with
    the number of a start below 0, what the checks say that hold it."""

    app: int
    checks: tuple[CheckState, ...] = ()
    notify_state: NotifyState = NotifyState()


class AppStatus(Value):
    """What pid 1 knows of the app. `up` is how long it has run, in seconds; `end_signal` the
    signal that it has just got, where that ends most programs; `maintenance` is for a person to
    switch; `start_due` says of an app that does not run that init is to start it."""

    state: State
    app: int | None
    stopped_by: int | None
    up: float
    end_signal: int | None = None
    maintenance: bool = False
    start_due: bool = False


class Verdict(Value):
    """`rows` are what it rests on: the app first, then the checks that count."""

    ok: bool
    rows: tuple[CheckState, ...]

    @property
    def why(self) -> str:
        """One line: what fails, else how the app is. A check has its role with it where it fails
        in two of them."""
        failing = [row for row in self.rows if not row.ok]
        names = [row.name for row in failing if row.role]
        reasons = [
            f"{_name(row, names.count(row.name) > 1)}: {row.why}" if row.role else row.why
            for row in failing
        ]
        return "; ".join(reasons) or self.rows[0].why


def first_report(app: int, checks: Iterable[Check]) -> Report:
    """Before the first probe: liveness passes, startup and readiness fail, as with
    Kubernetes. An `app` below 0 is a start that checks hold: it has those alone."""
    states = [
        CheckState(check.name, role, role == LIVENESS, NOT_PROBED)
        for check in checks
        for role in check.roles
        if (role == PRESTART) == (app < 0)
    ]
    return Report(app, tuple(states))


def liveness_failure(report: Report) -> str | None:
    """Why the checks say that the app is not alive; None if they don't."""
    for state in report.checks:
        if state.role == LIVENESS and not state.ok:
            return f"{state.name}: {state.why}"
    return None


def judge(question: str, status: AppStatus, report: Report) -> Verdict:
    """The answer to one of QUESTIONS."""
    app = _app_row(question, status, report)
    checks = [state for state in report.checks if state.role in _ROLES[question]]
    if report.app != status.app:  # it is about another app: this one has not been probed
        checks = [
            CheckState(state.name, state.role, state.role == LIVENESS, NOT_PROBED)
            for state in checks
            if status.app is not None or (question == LIVE and status.start_due)
        ]
    rows = [app, *checks]
    if question == READY:
        rows += _stop_rows(status, report)
    return Verdict(all(row.ok for row in rows), tuple(rows))


def judge_check(
    name: str, question: str, status: AppStatus, report: Report, checks: Iterable[Check] = ()
) -> Verdict | None:
    """The answer about one check alone; None where that question has no such check. Of one that
    says nothing, because no app runs, it is the app's own: `checks` are all that there are, since
    the report may be about an earlier app, or a start that is held."""
    whole = judge(question, status, report)
    found = tuple(row for row in whole.rows if row.name == name)
    if found:
        return Verdict(all(row.ok for row in found), found)
    if any(row.role for row in whole.rows):
        return None
    silent = {each.name for each in checks if not set(each.roles).isdisjoint(_ROLES[question])}
    if not whole.ok:
        silent |= {state.name for state in report.checks}
    return whole if name in silent else None


def lines(verdict: Verdict) -> list[str]:
    """What it rests on, a line each, for people."""
    return [
        f"[{'+' if row.ok else '-'}] {_name(row, bool(row.role))}: {row.why}"
        for row in verdict.rows
    ]


def _name(row: CheckState, with_role: bool) -> str:
    return f"{row.name} ({row.role})" if with_role else row.name


def _app_row(question: str, status: AppStatus, report: Report) -> CheckState:
    if status.app is None:
        held = _held_by(report)
        if question == LIVE and status.start_due:  # an engine that ends it would only be in the way
            return CheckState("app", "", True, f"{status.state}: the app is to be started{held}")
        return CheckState("app", "", False, f"the app is not running: {status.state}{held}")
    if status.stopped_by is not None:
        why = f"the app is stopped by {name_of(status.stopped_by)}"
        return CheckState("app", "", False, why)
    up = f"{status.state}: pid {status.app}, up {int(status.up)} s"
    return CheckState("app", "", True, up)


def _held_by(report: Report) -> str:
    """The checks that hold a start, and why."""
    failing = [state for state in report.checks if state.role == PRESTART and not state.ok]
    if report.app >= 0 or not failing:
        return ""
    return ", held by " + "; ".join(f"{state.name}: {state.why}" for state in failing)


def _stop_rows(status: AppStatus, report: Report) -> Sequence[CheckState]:
    if status.state == states.STOPPING:
        return [CheckState("stop", "", False, "the app is being stopped")]
    if status.end_signal is not None:
        why = f"the app has got {name_of(status.end_signal)}, which ends most programs"
        return [CheckState("stop", "", False, why)]
    if status.maintenance:
        return [CheckState("maintenance", "", False, "somebody has switched maintenance on")]
    if report.notify_state.announced == STOPPING:
        return [CheckState("stop", "", False, "the app says that it is stopping")]
    return []
