"""The page at / for people: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

import time

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED
from initd.core.states import ENDED, RUNNING
from initd.monitor.http.humanize import bytes_in_words, duration, facts_of, last_exit
from initd.monitor.http.markup import Markup, join, tag
from initd.monitor.http.response import Response
from initd.monitor.http.style import STYLE, STYLE_HASH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from initd.core.health.verdict import CheckState, Verdict
    from initd.monitor.http.response import Headers
    from initd.monitor.http.snapshot import Snapshot

REFRESH_SECONDS = 5
EVENTS_AT_MOST = 30
_DEEPEST = 8  # the tree is indented so far; what is deeper is indented like this

_POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Headers = (
    (b"Content-Security-Policy", _POLICY.encode()),
    (b"Referrer-Policy", b"no-referrer"),
)
#: What each question is called on the page, and where its answer is for machines.
_CARDS = (
    (LIVE, "Live", "/livez?verbose"),
    (STARTED, "Started", "/startupz?verbose"),
    (READY, "Ready", "/readyz?verbose"),
    (HEALTHY, "Healthy", "/healthz?verbose"),
)
_GOOD, _BAD, _WARN = "good", "bad", "warn"
_STATE_LOOKS = {RUNNING: _GOOD, ENDED: _BAD}
_LEVEL_LOOKS = {"error": _BAD, "warning": _WARN}


def response(snapshot: Snapshot, paused: bool) -> Response:
    """The page; a paused one is not refreshed until its reader asks for it."""
    html = page(snapshot, paused).encode(errors="replace")
    return Response(200, html, "text/html; charset=utf-8", _HEADERS)


def page(snapshot: Snapshot, paused: bool) -> str:
    """The whole document."""
    name = snapshot.view.get("hostname") or "initd"
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        None if paused else tag("meta", http_equiv="refresh", content=REFRESH_SECONDS),
        tag(
            "title",
            f"{'' if snapshot.verdicts[HEALTHY].ok else '✗ '}{name}: {snapshot.view['state']}",
        ),
        tag("link", rel="icon", href=_icon(snapshot.verdicts[HEALTHY].ok)),
        tag("style", Markup(STYLE)),
    ]
    body = [
        _header(snapshot, name),
        tag(
            "main",
            _verdicts(snapshot),
            _app(snapshot),
            _checks(snapshot),
            _tree(snapshot),
            _events(snapshot),
        ),
        _footer(snapshot, paused),
    ]
    html = tag("html", tag("head", *filter(None, head)), tag("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{html}\n"


def _icon(ok: bool) -> str:
    """A dot for the browser's tab."""
    colour = "%23188a4c" if ok else "%23c62828"
    return (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'>"
        f"<circle cx='4' cy='4' r='3.5' fill='{colour}'/></svg>"
    )


def _mark(text: object, look: str) -> Markup:
    return tag("span", text, class_=f"mark {look}")


def _header(snapshot: Snapshot, name: str) -> Markup:
    view = snapshot.view
    role = f"role {view['role']}" if view.get("role") else None
    words = str(view.get("revision") or "").split()
    revision = f"revision {words[0][:40]}" if words else None
    about = " · ".join(filter(None, (role, revision)))
    state = _mark(view["state"], _STATE_LOOKS.get(view["state"], _WARN))
    return tag("header", tag("h1", name), state, tag("p", about) if about else "")


def _verdicts(snapshot: Snapshot) -> Markup:
    cards = [_card(snapshot.verdicts[question], name, path) for question, name, path in _CARDS]
    return tag("ul", *cards, class_="verdicts", aria_label="Health")


def _card(verdict: Verdict, name: str, path: str) -> Markup:
    mark = _mark("✓ yes", _GOOD) if verdict.ok else _mark("✗ no", _BAD)
    title = tag("h2", tag("a", name, href=path), mark)
    return tag("li", title, tag("p", verdict.why), class_=None if verdict.ok else "no")


def _section(title: str, *inside: Markup) -> Markup:
    # A label, so that people who can't see the page can jump from part to part.
    return tag("section", tag("h2", title), *inside, aria_label=title)


def _table(heads: Sequence[str], rows: Iterable[Markup], nothing: str) -> Markup:
    body = join(rows)
    if not body:
        return tag("p", nothing, class_="none")
    columns = [tag("th", head, scope="col") for head in heads]
    table = tag("table", tag("thead", tag("tr", *columns)), tag("tbody", body))
    return tag("div", table, class_="scroll")


def _app(snapshot: Snapshot) -> Markup:
    view, app = snapshot.view, snapshot.view["app"]
    facts: dict[str, object] = {
        "Command": tag("code", " ".join(app["command"])),
        "Process": app["pid"] if app["pid"] is not None else "not running",
        "Up": duration(app.get("uptime_seconds")),
        "Stopped by": app.get("stopped_by"),
        "Status text": snapshot.report.notify_state.status,
        "Announced": snapshot.report.notify_state.announced,
        "Restarts": view.get("restarts"),
        "Last restart": view.get("restart_reason"),
        "Last exit": last_exit(view.get("last_exit")),
        "Profile": view.get("profile"),
        "Stop plan": view.get("stop_plan"),
    }
    rows = [
        tag("dt", name) + tag("dd", value)
        for name, value in facts.items()
        if value is not None and value != ""
    ]
    return _section("App", tag("dl", *map(Markup, rows)))


def _checks(snapshot: Snapshot) -> Markup:
    rows = map(_check, snapshot.report.checks)
    heads = ("State", "Check", "Role", "Last result")
    return _section("Checks", _table(heads, rows, "No checks are configured."))


def _check(state: CheckState) -> Markup:
    mark = _mark("✓ passing", _GOOD) if state.ok else _mark("✗ failing", _BAD)
    return tag("tr", *(tag("td", each) for each in (mark, state.name, state.role, state.why)))


def _tree(snapshot: Snapshot) -> Markup:
    rows = [
        tag(
            "tr",
            tag("td", each.pid, class_="number"),
            tag("td", bytes_in_words(each.rss), class_="number"),
            tag("td", tag("div", each.command, class_=f"mono d{min(each.depth, _DEEPEST)}")),
        )
        for each in snapshot.processes
    ]
    nothing = "The processes can't be snapshot from here."
    return _section("Processes", _table(("PID", "Memory", "Command"), rows, nothing))


def _events(snapshot: Snapshot) -> Markup:
    newest_first = reversed(snapshot.events[-EVENTS_AT_MOST:])
    rows = map(_event, newest_first)
    heads = ("Time (UTC)", "Level", "Event", "Facts")
    return _section("Last events", _table(heads, rows, "Nothing has happened yet."))


def _event(event: dict[str, Any]) -> Markup:
    level = str(event.get("level", ""))
    look = _LEVEL_LOOKS.get(level)
    return tag(
        "tr",
        tag("td", str(event.get("timestamp", ""))[:19].replace("T", " "), class_="mono"),
        tag("td", _mark(level, look) if look else level),
        tag("td", event.get("event", "")),
        tag("td", facts_of(event), class_="mono"),
    )


def _footer(snapshot: Snapshot, paused: bool) -> Markup:
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(snapshot.at))
    if paused:
        how = tag("p", f"As of {at}, paused. ", tag("a", "Resume", href="/"))
    else:
        every = f"As of {at}, refreshed every {REFRESH_SECONDS} s. "
        how = tag("p", every, tag("a", "Pause", href="/?paused"))
    links = [Markup("For programs: ")]
    links.append(Markup(", ".join(tag("a", path, href=path) for path in ("/status", "/metrics"))))
    return tag("footer", how, tag("p", *links))
