"""What /status and the page for people show: all that is known at one moment."""

from __future__ import annotations

import time

from initd.core.health.verdict import QUESTIONS
from initd.core.value import Value
from initd.monitor.http.processes import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.health.verdict import Report, Verdict
    from initd.monitor.http.processes import Process
    from initd.monitor.state import MonitorState


class Snapshot(Value):
    """`at` is seconds of the epoch; `verdicts` has an entry for each of QUESTIONS."""

    at: float
    view: dict[str, Any]
    verdicts: dict[str, Verdict]
    report: Report
    processes: tuple[Process, ...]
    events: tuple[dict[str, Any], ...]


async def take(state: MonitorState) -> Snapshot:
    """With a fresh view from pid 1, or the last one if it does not answer. What is served beyond
    loopback has names of programs in place of command lines, unless these were asked for."""
    await state.refresh()
    hides = state.settings.hides_commands
    processes = await tree(state.view["init"]["pid"], None if hides else state.settings.redact)
    view, events = state.view, state.events
    if hides:
        view = {**view, "app": {**view["app"], "command": view["app"]["command"][:1]}}
        events = [{key: event[key] for key in event if key != "command"} for event in events]
    return Snapshot(
        at=time.time(),
        view=view,
        verdicts={question: state.judge(question) for question in QUESTIONS},
        report=state.report,
        processes=processes,
        events=tuple(events),
    )


def document(snapshot: Snapshot) -> dict[str, Any]:
    """The JSON of /status; see docs/http.md."""
    return {
        **snapshot.view,
        "health": {
            question: {"ok": verdict.ok, "why": verdict.why}
            for question, verdict in snapshot.verdicts.items()
        },
        "checks": [
            {"name": row.name, "role": row.role, "ok": row.ok, "why": row.why}
            for row in snapshot.report.checks
        ],
        "processes": [
            {"pid": each.pid, "ppid": each.ppid, "command": each.command, "rss_bytes": each.rss}
            for each in snapshot.processes
        ],
    }
