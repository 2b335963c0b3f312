"""What /status and the page for people show: all that is known at one moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from initd.core.health.verdict import QUESTIONS, Report, Verdict
from initd.core.value import Value

if TYPE_CHECKING:
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


async def take(knowledge: MonitorState) -> Snapshot:
    """With pid 1's fresh view, or its last one where it does not answer."""
    from initd.monitor.http.processes import tree  # brings in psutil

    await knowledge.refresh()
    processes = await tree(knowledge.view["init"]["pid"])
    return Snapshot(
        time.time(),
        knowledge.view,
        {question: knowledge.judge(question) for question in QUESTIONS},
        knowledge.report,
        processes,
        tuple(knowledge.events),
    )


def document(seen: Snapshot) -> dict[str, Any]:
    """The JSON of /status; see docs/http.md."""
    return {
        **seen.view,
        "health": {
            question: {"ok": verdict.ok, "why": verdict.why}
            for question, verdict in seen.verdicts.items()
        },
        "checks": [
            {"name": state.name, "role": state.role, "ok": state.ok, "why": state.why}
            for state in seen.report.checks
        ],
        "processes": [
            {"pid": each.pid, "ppid": each.ppid, "command": each.command, "rss_bytes": each.rss}
            for each in seen.processes
        ],
    }
