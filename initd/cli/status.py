"""`initd status` for people: the state in a few lines, and the process tree."""

from __future__ import annotations

from initd.core.redact import redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import psutil


def describe(status: dict[str, Any]) -> str:
    """The whole text."""
    app = status["app"]
    facts = {
        "state": status["state"]
        + (f", stopped by {app['stopped_by']}" if app["stopped_by"] else "")
        + (f", drains for {status['drain_seconds']:g} s" if status["draining"] else "")
        + (", in maintenance" if status["maintenance"] else ""),
        "waits for": status["stop"].get("waits_for"),
        "command": " ".join(app["command"]),
        "uptime": _duration(app["uptime_seconds"]),
        "host name": status["hostname"],
        "role": status["role"],
        "revision": status["revision"],
        "profile": status["profile"],
        "on " + status["stop_signal"]: f"{status['stop_plan']}, to {status['target']}",
        "aimed at": _aimed_at(status["aimed_at"]),
        "rewrites": ", ".join(f"{a} as {b}" for a, b in status["signal_map"].items()),
        "restarts": _restarts(status),
        "checks": f"\n{'':11}".join(map(_check, status["checks"])),
        "notify": status["notify"]["status"],
        "last exit": _last_exit(status["last_exit"]),
        "orphans": f"{status['orphans_reaped']} reaped",
        "asleep": _sleep(status["sleep"]),
    }
    lines = [f"{name:10} {value}" for name, value in facts.items() if value not in (None, "")]
    return "\n".join([*lines, "", *_tree(status["init"]["pid"], status.get("redact", []))])


def _aimed_at(aimed: dict[str, Any] | None) -> str | None:
    if aimed is None:
        return None
    whom = ", ".join(f"{name}" for name in aimed["names"]) or "the app"
    pids = " ".join(map(str, aimed["pids"]))
    return f"{aimed['signal']} to {whom}{f' ({pids})' if pids else ''}: {aimed['why']}"


def _restarts(status: dict[str, Any]) -> str:
    reason = status["restart_reason"]
    return f"{status['restarts']}{f', the last one: {reason}' if reason else ''}"


def _check(check: dict[str, Any]) -> str:
    state = "passing" if check["ok"] else "failing"
    return f"{check['name']} ({check['role']}) {state}: {check['why']}"


def _sleep(sleep: dict[str, Any]) -> str | None:
    if not sleep["count"]:
        return None
    times = "once" if sleep["count"] == 1 else f"{sleep['count']} times"
    return f"{_duration(sleep['seconds'])}, {times}; woken by {sleep['woken_by']}"


def _duration(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join([*(f"{count} {unit}" for count, unit in parts if count), f"{rest} s"])


def _last_exit(last: dict[str, Any] | None) -> str | None:
    if last is None:
        return None
    how = f"signal {last['signal']}" if "signal" in last else f"code {last['code']}"
    return f"{how} after {_duration(last['after_seconds'])}"


def _tree(pid: int, patterns: list[str]) -> list[str]:
    import psutil

    try:
        return [f"{'PID':>7} {'RSS':>8}  PROCESS", *_branch(psutil.Process(pid), "", patterns)]
    except psutil.Error as error:
        return [f"cannot read the process tree: {error}"]


def _branch(process: psutil.Process, indent: str, patterns: list[str]) -> list[str]:
    import psutil

    try:
        words = (
            " ".join(redacted(process.cmdline(), patterns))
            or f"[{process.name()}] {process.status()}"
        )
        size = f"{process.memory_info().rss / 2**20:.1f}M"
        children = sorted(process.children(), key=lambda child: child.pid)
    except psutil.Error:
        return []  # ended while we looked
    line = f"{process.pid:>7} {size:>8}  {indent}{words}"
    below = indent + "  "
    return [line[:160], *(each for child in children for each in _branch(child, below, patterns))]
