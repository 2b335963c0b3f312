"""Verdicts as text: one line for programs; for people, a line for each check as well."""

from __future__ import annotations

from initd.core.health.verdict import lines
from initd.monitor.http.printable import printable
from initd.monitor.http.response import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.verdict import Verdict
    from initd.monitor.http.response import Response


def answer(verdict: Verdict, verbose: bool) -> Response:
    """200 or 503."""
    text = ["ok" if verdict.ok else printable(verdict.why)]
    if verbose:
        text += map(printable, lines(verdict))
    return plain(200 if verdict.ok else 503, "\n".join(text))


def unknown(name: str, verdict: Verdict) -> Response:
    """404, with the names that exist."""
    names = ", ".join(dict.fromkeys(row.name for row in verdict.rows))
    return plain(404, printable(f"no such check: {name}; available: {names}"))
