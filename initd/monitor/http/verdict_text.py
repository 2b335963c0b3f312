"""Verdicts as text: one line for machines, a line for each thing looked at for people."""

from __future__ import annotations

from initd.core.verdict import CheckState, Verdict
from initd.monitor.http.response import Response, plain
from initd.monitor.http.visible import visible


def answer(verdict: Verdict, verbose: bool) -> Response:
    """200 or 503."""
    lines = ["ok" if verdict.ok else visible(verdict.why)]
    if verbose:
        lines += [line(row) for row in verdict.rows]
    return plain(200 if verdict.ok else 503, "\n".join(lines))


def line(row: CheckState) -> str:
    """`[+] web (readiness): 200 OK`, or `[-]` where something is amiss."""
    role = f" ({row.role})" if row.role else ""
    return visible(f"[{'+' if row.ok else '-'}] {row.name}{role}: {row.why}")


def unknown(name: str, verdict: Verdict) -> Response:
    """404, with the names that there are."""
    names = ", ".join(dict.fromkeys(row.name for row in verdict.rows))
    return plain(404, visible(f"no check {name} here; there are: {names}"))
