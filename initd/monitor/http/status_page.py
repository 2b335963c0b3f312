"""The page at / for people: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

import time

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED
from initd.core.states import ENDED, RUNNING
from initd.monitor.http.humanize import (
    asked_in_words,
    bytes_in_words,
    duration,
    facts_of,
    last_exit,
)
from initd.monitor.http.markup import Markup, escape, join, tag
from initd.monitor.http.response import Response
from initd.monitor.http.style import STYLE, STYLE_HASH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from initd.core.health.verdict import CheckState, Verdict
    from initd.monitor.history import Life
    from initd.monitor.http.response import Headers
    from initd.monitor.http.snapshot import Snapshot

REFRESH_SECONDS = 5
NO_LOOKS: Mapping[int, str] = {}
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
    # As a header and not as an element, which could not be paused for who reads it with a program.
    headers = _HEADERS if paused else (*_HEADERS, (b"Refresh", b"%d" % REFRESH_SECONDS))
    return Response(200, html, "text/html; charset=utf-8", headers)


def page(snapshot: Snapshot, paused: bool) -> str:
    """The whole document."""
    name = snapshot.view.get("hostname") or "initd"
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag(
            "title",
            f"{'' if snapshot.verdicts[HEALTHY].ok else '✗ '}{name}: {snapshot.view['state']}",
        ),
        tag("link", rel="icon", href=_icon(snapshot.verdicts[HEALTHY].ok)),
        tag("style", Markup(STYLE)),
    ]
    body = [
        _header(snapshot, name, paused),
        tag(
            "main",
            _verdicts(snapshot),
            _app(snapshot),
            _checks(snapshot),
            _lives(snapshot),
            _tree(snapshot),
            _events(snapshot),
        ),
        _footer(),
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


def _header(snapshot: Snapshot, name: str, paused: bool) -> Markup:
    view = snapshot.view
    role = f"role {view['role']}" if view.get("role") else None
    words = str(view.get("revision") or "").split()
    revision = f"revision {words[0][:40]}" if words else None
    about = " · ".join(filter(None, (role, revision)))
    state = _mark(view["state"], _STATE_LOOKS.get(view["state"], _WARN))
    facts = tag("p", about) if about else ""
    return tag("header", tag("h1", name), state, facts, _as_of(snapshot, paused))


def _as_of(snapshot: Snapshot, paused: bool) -> Markup:
    """First of all, for who comes by keyboard: a page that is refreshed loses their place."""
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(snapshot.at))
    if paused:
        return tag("p", f"As of {at}, paused. ", tag("a", "Resume", href="/"), class_="at")
    every = f"As of {at}, refreshed every {REFRESH_SECONDS} s. "
    return tag("p", every, tag("a", "Pause", href="/?paused"), class_="at")


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
    columns = [tag("th", head, scope="col", role="columnheader") for head in heads]
    top = tag("thead", tag("tr", *columns, role="row"), role="rowgroup")
    return tag("table", top, tag("tbody", body, role="rowgroup"), role="table")


def _row(heads: Sequence[str], *cells: object, looks: Mapping[int, str] = NO_LOOKS) -> Markup:
    """On a narrow screen each cell stands under the last, with its column's name beside it. That
    takes a table's roles from it, in some browsers, so they are there by name."""
    written = (
        tag("td", tag("div", cell), role="cell", data_column=head, class_=looks.get(number))
        for number, (head, cell) in enumerate(zip(heads, cells, strict=True))
    )
    return tag("tr", *written, role="row")


def _app(snapshot: Snapshot) -> Markup:
    view, app = snapshot.view, snapshot.view["app"]
    facts: dict[str, object] = {
        "Command": tag("code", " ".join(app["command"])),
        "Process": app["pid"] if app["pid"] is not None else "not running",
        "Up": duration(app.get("uptime_seconds")),
        "Memory": _memory(snapshot.memory),
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


def _memory(memory: tuple[int, int] | None) -> Markup | None:
    """The container's, against its limit; None without one."""
    if memory is None:
        return None
    used, limit = memory
    words = f"{bytes_in_words(used)} of {bytes_in_words(limit)}, {used * 100 // max(limit, 1)} %"
    high = limit * 9 // 10
    meter = tag("meter", min=0, max=limit, high=high, value=used, aria_label="Memory used")
    return Markup(escape(words) + " " + meter)


_OF_CHECKS = ("State", "Check", "Role", "Last result", "Asked")


def _checks(snapshot: Snapshot) -> Markup:
    rows = (_check(snapshot, state) for state in snapshot.report.checks)
    return _section("Checks", _table(_OF_CHECKS, rows, "No checks are configured."))


def _check(snapshot: Snapshot, state: CheckState) -> Markup:
    mark = _mark("✓ passing", _GOOD) if state.ok else _mark("✗ failing", _BAD)
    asked = asked_in_words(snapshot.asked.get(state.name), snapshot.at)
    looks = {3: "long", 4: "when"}
    return _row(_OF_CHECKS, mark, state.name, state.role, state.why, asked, looks=looks)


def _lives(snapshot: Snapshot) -> Markup:
    """The app's, the present one first."""
    rows = [_life(life) for life in reversed(snapshot.lives)]
    up = duration(snapshot.view["app"].get("uptime_seconds"))
    if up is not None:
        now = _mark("running", _GOOD)
        rows.insert(0, tag("li", tag("span", f"for {up}", class_="time"), " ", now))
    nothing = tag("p", "The app has not run yet.", class_="none")
    return _section("Restarts", tag("ol", *rows, class_="lives") if rows else nothing)


def _life(life: Life) -> Markup:
    asked = life.exit.get("asked")
    mark = _mark("asked to end", _GOOD) if asked else _mark("ended by itself", _WARN)
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(life.at))
    how = last_exit(dict(life.exit)) or ""
    return tag("li", tag("span", at, class_="time"), " ", mark, " ", how)


_OF_PROCESSES = ("PID", "Memory", "Command")
_OF_PROCESS: Mapping[int, str] = {0: "number", 1: "number", 2: "long"}


def _tree(snapshot: Snapshot) -> Markup:
    rows = [
        _row(
            _OF_PROCESSES,
            each.pid,
            bytes_in_words(each.rss),
            tag("div", each.command, class_=f"mono d{min(each.depth, _DEEPEST)}"),
            looks=_OF_PROCESS,
        )
        for each in snapshot.processes
    ]
    nothing = "The processes can't be seen from here."
    return _section("Processes", _table(_OF_PROCESSES, rows, nothing))


_OF_EVENTS = ("Time (UTC)", "Level", "Event", "Facts")


def _events(snapshot: Snapshot) -> Markup:
    newest_first = reversed(snapshot.events[-EVENTS_AT_MOST:])
    rows = map(_event, newest_first)
    return _section("Last events", _table(_OF_EVENTS, rows, "Nothing has happened yet."))


def _event(event: dict[str, Any]) -> Markup:
    level = str(event.get("level", ""))
    look = _LEVEL_LOOKS.get(level)
    return _row(
        _OF_EVENTS,
        str(event.get("timestamp", ""))[:19].replace("T", " "),
        _mark(level, look) if look else level,
        event.get("event", ""),
        facts_of(event),
        looks={0: "mono", 3: "mono long"},
    )


def _footer() -> Markup:
    links = [Markup("For programs: ")]
    links.append(Markup(", ".join(tag("a", path, href=path) for path in ("/status", "/metrics"))))
    return tag("footer", tag("p", *links))
