"""What the supervisor shows of itself: health and status."""

from __future__ import annotations

from initd.core.signals import DROP, name_of
from initd.core.stop_plan import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.supervisor import Supervisor


def health(supervisor: Supervisor, now: float) -> dict[str, Any]:
    """Whether the app is up, and one line that says why; `now` in monotonic seconds."""
    if supervisor.app is None:
        return {"healthy": False, "why": f"the app is not running: {supervisor.state}"}
    if supervisor.stopped_by is not None:
        return {"healthy": False, "why": f"the app is stopped by {name_of(supervisor.stopped_by)}"}
    uptime = int(now - supervisor.app_since)
    return {"healthy": True, "why": f"{supervisor.state}: pid {supervisor.app}, up {uptime} s"}


def status(supervisor: Supervisor, now: float) -> dict[str, Any]:
    """What the supervisor knows; the loop adds what only Linux knows."""
    app: dict[str, Any] = {"pid": supervisor.app, "command": list(supervisor.policy.command)}
    app["uptime_seconds"] = (
        round(now - supervisor.app_since, 3) if supervisor.app is not None else None
    )
    app["stopped_by"] = (
        name_of(supervisor.stopped_by) if supervisor.stopped_by is not None else None
    )
    return {
        "state": supervisor.state,
        "shim": {"pid": supervisor.shim},
        "app": app,
        "restarts": supervisor.restarts,
        "orphans_reaped": supervisor.orphans,
        "last_exit": supervisor.last_exit,
        "profile": supervisor.policy.profile,
        "stop_signal": name_of(supervisor.policy.stop_signal),
        "stop_plan": text_of(supervisor.policy.stop_plan),
        "target": supervisor.policy.target,
        "signal_map": {
            name_of(number): name_of(rule.out) if rule.out != DROP else "drop"
            for number, rule in sorted(supervisor.policy.signal_map.items())
        },
    }
