"""What /status and the page for people show: all that is known at one moment."""

from __future__ import annotations

import time

from initd.core.health.verdict import QUESTIONS
from initd.core.value import Value
from initd.linux import cgroup
from initd.monitor.http.processes import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.health.verdict import CheckState, Report, Verdict
    from initd.monitor.history import Asked, Life
    from initd.monitor.http.processes import Process
    from initd.monitor.state import MonitorState


class Snapshot(Value):
    """`at` is seconds of the epoch; `verdicts` has an entry for each of QUESTIONS, `asked` for each
    check that was. `memory` is what the container uses and may use, in bytes."""

    at: float
    view: dict[str, Any]
    verdicts: dict[str, Verdict]
    report: Report
    processes: tuple[Process, ...]
    events: tuple[dict[str, Any], ...]
    asked: Mapping[str, Asked]
    lives: tuple[Life, ...]
    memory: tuple[int, int] | None


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
        asked=dict(state.history.asked),
        lives=tuple(state.history.lives),
        memory=cgroup.memory(),
    )


def document(snapshot: Snapshot) -> dict[str, Any]:
    """The JSON of /status; see docs/http.md."""
    return {
        **snapshot.view,
        "health": {
            question: {"ok": verdict.ok, "why": verdict.why}
            for question, verdict in snapshot.verdicts.items()
        },
        "checks": [_check(row, snapshot.asked.get(row.name)) for row in snapshot.report.checks],
        "memory": _memory(snapshot.memory),
        "processes": [
            {"pid": each.pid, "ppid": each.ppid, "command": each.command, "rss_bytes": each.rss}
            for each in snapshot.processes
        ],
    }


def _check(row: CheckState, asked: Asked | None) -> dict[str, Any]:
    found: dict[str, Any] = {"name": row.name, "role": row.role, "ok": row.ok, "why": row.why}
    if asked is not None:
        found["asked"] = {
            "at": round(asked.at, 3),
            "seconds": round(asked.seconds, 6),
            "ok": asked.ok,
            "in_a_row": asked.in_a_row,
        }
    return found


def _memory(memory: tuple[int, int] | None) -> dict[str, int] | None:
    return {"used_bytes": memory[0], "limit_bytes": memory[1]} if memory is not None else None
