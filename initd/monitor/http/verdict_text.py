"""Verdicts as text: one line for machines, a line for each thing looked at for people."""

from __future__ import annotations

from initd.core.health.verdict import Verdict, lines
from initd.monitor.http.response import Response, plain
from initd.monitor.http.visible import visible


def answer(verdict: Verdict, verbose: bool) -> Response:
    """200 or 503."""
    said = ["ok" if verdict.ok else visible(verdict.why)]
    if verbose:
        said += map(visible, lines(verdict))
    return plain(200 if verdict.ok else 503, "\n".join(said))


def unknown(name: str, verdict: Verdict) -> Response:
    """404, with the names that there are."""
    names = ", ".join(dict.fromkeys(row.name for row in verdict.rows))
    return plain(404, visible(f"no check {name} here; there are: {names}"))
