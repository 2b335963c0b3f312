"""Whether the container is alive, started, ready and well, and why.

pid 1 answers `initd health` with it, the monitor answers HTTP: one judgement, so that
both always agree. What the checks found comes as a `Report` of the monitor, what became
of the app from the supervisor.

    live       the app runs, is not stopped, and its liveness checks pass
    started    live, and its startup checks have passed once
    ready      started, its readiness checks pass, and nothing is stopping
    healthy    started, and its readiness checks pass: a container that drains is well
"""

from __future__ import annotations

from initd.core.health.notified_state import STOPPING, NotifyState
from initd.core.health.roles import LIVENESS, READINESS, STARTUP
from initd.core.signals.numbers import name_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from initd.core.health.check import Check

LIVE, STARTED, READY, HEALTHY = "live", "startup", "ready", "healthy"
QUESTIONS = (LIVE, STARTED, READY, HEALTHY)
_NOT_ASKED = "not yet asked"
_ROLES = {
    LIVE: (LIVENESS,),
    STARTED: (STARTUP, LIVENESS),
    READY: (STARTUP, LIVENESS, READINESS),
    HEALTHY: (STARTUP, LIVENESS, READINESS),
}


class CheckState(Value):
    """What a check says of one of its roles, thresholds applied. `why` is of the last
    answer, "not yet asked" before the first one."""

    name: str
    role: str
    ok: bool
    why: str


class Report(Value):
    """What the checks found about the app with pid `app`, and what it said of itself."""

    app: int
    checks: tuple[CheckState, ...] = ()
    standing: NotifyState = NotifyState()


class AppStatus(Value):
    """What pid 1 knows of the app. `up` is how long it has run, in seconds."""

    state: str
    app: int | None
    stopped_by: int | None
    up: float


class Verdict(Value):
    """`rows` are what was looked at: the app first, then the checks that count."""

    ok: bool
    rows: tuple[CheckState, ...]

    @property
    def why(self) -> str:
        """One line: what is amiss, else how the app is."""
        bad = [row for row in self.rows if not row.ok]
        said = [f"{row.name}: {row.why}" if row.role else row.why for row in bad]
        return "; ".join(said) or self.rows[0].why


def first_report(app: int, checks: Iterable[Check]) -> Report:
    """Before the first probe: alive, and neither started nor ready where a check is to
    say so (as Kubernetes has it)."""
    states = [
        CheckState(check.name, role, role == LIVENESS, _NOT_ASKED)
        for check in checks
        for role in check.roles
    ]
    return Report(app, tuple(states))


def liveness_failure(report: Report) -> str | None:
    """Why the checks say that the app is not alive; None when they don't."""
    for state in report.checks:
        if state.role == LIVENESS and not state.ok:
            return f"{state.name}: {state.why}"
    return None


def judge(question: str, situation: AppStatus, report: Report) -> Verdict:
    """The answer to one of QUESTIONS."""
    app = _of_app(situation)
    checks = [state for state in report.checks if state.role in _ROLES[question]]
    if report.app != situation.app:  # it speaks of another app: nobody has asked this one
        checks = [
            CheckState(state.name, state.role, state.role == LIVENESS, _NOT_ASKED)
            for state in checks
            if situation.app is not None
        ]
    rows = [app, *checks]
    if question == READY:
        rows += _leaving(situation, report)
    return Verdict(all(row.ok for row in rows), tuple(rows))


def judge_check(name: str, question: str, situation: AppStatus, report: Report) -> Verdict | None:
    """The answer about one check alone; None where that question has no such check."""
    rows = judge(question, situation, report).rows
    found = tuple(row for row in rows if row.name == name)
    return Verdict(all(row.ok for row in found), found) if found else None


def lines(verdict: Verdict) -> list[str]:
    """What was looked at, a line each, for people."""
    return [
        f"[{'+' if row.ok else '-'}] {row.name}{f' ({row.role})' if row.role else ''}: {row.why}"
        for row in verdict.rows
    ]


def _of_app(situation: AppStatus) -> CheckState:
    if situation.app is None:
        return CheckState("app", "", False, f"the app is not running: {situation.state}")
    if situation.stopped_by is not None:
        why = f"the app is stopped by {name_of(situation.stopped_by)}"
        return CheckState("app", "", False, why)
    up = f"{situation.state}: pid {situation.app}, up {int(situation.up)} s"
    return CheckState("app", "", True, up)


def _leaving(situation: AppStatus, report: Report) -> Sequence[CheckState]:
    if situation.state == "stopping":
        return [CheckState("stop", "", False, "the app is being stopped")]
    if report.standing.announced == STOPPING:
        return [CheckState("stop", "", False, "the app says that it is stopping")]
    return []
