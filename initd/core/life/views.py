"""What the supervisor shows of itself: health and status."""

from __future__ import annotations

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED, AppStatus, judge, lines
from initd.core.life.restart import text_of as restart_text
from initd.core.signals.numbers import DROP, name_of
from initd.core.signals.stop_plan import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life.supervisor import Supervisor


def health(supervisor: Supervisor, argument: str, now: float) -> dict[str, Any]:
    """The verdict on live, ready or startup, else on all; with "verbose", all that was
    looked at, a line each. `now` in monotonic seconds."""
    words = argument.split()
    question = next((word for word in words if word in (LIVE, READY, STARTED)), HEALTHY)
    verdict = judge(question, situation(supervisor, now), supervisor.report)
    why = verdict.why
    if "verbose" in words:
        why = "\n".join([why, *lines(verdict)])
    return {"healthy": verdict.ok, "why": why}


def situation(supervisor: Supervisor, now: float) -> AppStatus:
    """What a verdict needs to know of the app."""
    up = now - supervisor.app_since
    return AppStatus(supervisor.state, supervisor.app, supervisor.stopped_by, up)


def status(supervisor: Supervisor, now: float) -> dict[str, Any]:
    """What the supervisor knows; the loop adds what only Linux knows."""
    policy = supervisor.policy
    report = supervisor.report
    return {
        "state": supervisor.state,
        "shim": {"pid": supervisor.shim},
        "app": _app(supervisor, now),
        "monitor": supervisor.monitor_view(),
        "restarts": supervisor.restarts,
        "restart_reason": supervisor.restart_reason,
        "restart_policy": restart_text(policy.restart),
        "last_exit": supervisor.last_exit,
        "checks": [
            {"name": state.name, "role": state.role, "ok": state.ok, "why": state.why}
            for state in report.checks
        ],
        "notify": {
            "ready": report.standing.ready,
            "announced": report.standing.announced,
            "status": report.standing.said,
        },
        **supervisor.counts.view(),
        "profile": policy.profile,
        "stop_signal": name_of(policy.stop_signal),
        "stop_plan": text_of(policy.stop_plan),
        "target": policy.target,
        "signal_map": {
            name_of(number): name_of(rule.out) if rule.out != DROP else "drop"
            for number, rule in sorted(policy.signal_map.items())
        },
    }


def _app(supervisor: Supervisor, now: float) -> dict[str, Any]:
    runs = supervisor.app is not None
    stopped = supervisor.stopped_by
    return {
        "pid": supervisor.app,
        "command": list(supervisor.policy.command),
        "uptime_seconds": round(now - supervisor.app_since, 3) if runs else None,
        "since": supervisor.app_since if runs else None,
        "stopped_by": name_of(stopped) if stopped is not None else None,
        "stopped_by_number": stopped,
    }
