"""What init shows of itself: health and status."""

from __future__ import annotations

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED, AppStatus, judge, lines
from initd.core.life.restart import text_of as restart_text
from initd.core.signals.numbers import DROP, name_of
from initd.core.signals.stop_plan import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.health.verdict import Report
    from initd.core.life.app_life import AppLife

#: What status shows of the monitor where there is none.
NO_MONITOR: Mapping[str, int | None] = {"pid": None, "restarts": 0}


def health(
    life: AppLife, report: Report, argument: str, now: float, silent_since: float | None = None
) -> dict[str, Any]:
    """The verdict on live, ready or startup, or on all of it; with "verbose", all that was
    looked at, a line each. `now` in monotonic seconds, and `silent_since`, from when on nobody has
    looked: what was well then need not be now."""
    words = argument.split()
    question = next((word for word in words if word in (LIVE, READY, STARTED)), HEALTHY)
    verdict = judge(question, app_status(life, now), report)
    ok, why = verdict.ok, verdict.why
    if ok and silent_since is not None:
        ok, why = False, f"unknown for {now - silent_since:.0f} s: init's monitor does not answer"
    if "verbose" in words:
        why = "\n".join([why, *lines(verdict)])
    return {"healthy": ok, "why": why}


def app_status(life: AppLife, now: float) -> AppStatus:
    """What a verdict needs to know of the app."""
    return AppStatus(
        state=life.state,
        app=life.app,
        stopped_by=life.stopped_by,
        up=now - life.app_since,
        end_signal=life.end_request.pending(now),
        maintenance=life.maintenance,
        start_due=life.start_due,
    )


def status(
    life: AppLife, report: Report, monitor: Mapping[str, int | None], now: float
) -> dict[str, Any]:
    """All that the supervisor knows; the loop adds what only Linux knows. `monitor` has the
    monitor's pid and restarts."""
    policy = life.policy
    return {
        "state": life.state,
        "shim": {"pid": life.shim},
        "app": _app(life, now),
        "monitor": monitor,
        "held": life.held,
        "maintenance": life.maintenance,
        "registered": life.entered if policy.registers else None,
        "restarts": life.restarts,
        "restart_reason": life.restart_reason,
        "restart_policy": restart_text(policy.restart),
        "last_exit": life.last_exit,
        "checks": [
            {"name": state.name, "role": state.role, "ok": state.ok, "why": state.why}
            for state in report.checks
        ],
        "notify": {
            "ready": report.notify_state.ready,
            "announced": report.notify_state.announced,
            "status": report.notify_state.status,
        },
        **life.counts.view(),
        "profile": life.aiming.profile,
        "stop_signal": name_of(policy.signals.stop_signal),
        "stop_plan": text_of(life.stop.steps()),
        "grace_seconds": policy.grace,
        "drain_seconds": policy.drain or None,
        "draining": life.stop.draining,
        "target": life.stop.target,
        "behind": policy.aim.behind or None if policy.aim is not None else None,
        "aimed_at": life.aiming.last,
        "signal_map": {
            name_of(number): name_of(rule.out) if rule.out != DROP else "drop"
            for number, rule in sorted(policy.signals.rules.items())
        },
    }


def _app(life: AppLife, now: float) -> dict[str, Any]:
    runs = life.app is not None
    stopped = life.stopped_by
    return {
        "pid": life.app,
        "command": list(life.policy.command),
        "uptime_seconds": round(now - life.app_since, 3) if runs else None,
        "since": life.app_since if runs else None,
        "stopped_by": name_of(stopped) if stopped is not None else None,
        "stopped_by_number": stopped,
        "end_signal_number": life.end_request.pending(now),
        "start_due": life.start_due,
    }
