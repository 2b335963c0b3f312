"""What the monitor's pages say: health as text, /status, and the page for people."""

from __future__ import annotations

import base64
import hashlib
import json
from email.utils import formatdate
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.health.check import Check, ProbeResult
from initd.core.health.notified_state import NotifyState
from initd.core.health.verdict import QUESTIONS, AppStatus, CheckState, Report, Verdict, judge
from initd.json_codec import encode
from initd.linux import cgroup
from initd.monitor.history import Asked, History, Life
from initd.monitor.http import humanize, status_page, verdict_text
from initd.monitor.http.processes import Process
from initd.monitor.http.response import Response, date, headers_of, plain
from initd.monitor.http.snapshot import Snapshot, document
from initd.monitor.http.style import STYLE, STYLE_HASH

WEB = CheckState("web", "readiness", True, "200 OK")
DB = CheckState("db", "readiness", False, "connection refused")
VIEW: dict[str, Any] = {
    "state": "running",
    "hostname": "web-1",
    "init": {"pid": 1},
    "app": {"pid": 3, "command": ["app", "--serve"], "uptime_seconds": 61.0, "stopped_by": None},
    "restarts": 0,
    "last_exit": None,
}
TREE = (Process(1, 0, "initd", 2**20, 0), Process(2, 1, "ppidshim", 0, 1))
EVENT = {"timestamp": "2026-11-25T01:02:03.456Z", "level": "warning", "event": "x.y", "why": "z"}
NOW = 1764000000.0
texts = st.text(st.characters())


def snapshot(
    *checks: CheckState,
    view: dict[str, Any] | None = None,
    events: tuple[dict[str, Any], ...] = (),
    said: str = "",
    **more: Any,
) -> Snapshot:
    report = Report(3, checks, NotifyState(status=said))
    situation = AppStatus("running", 3, None, 61.0)
    verdicts = {question: judge(question, situation, report) for question in QUESTIONS}
    facts: dict[str, Any] = {"asked": {}, "lives": (), "memory": None, **more}
    return Snapshot(
        at=NOW,
        view={**VIEW, **(view or {})},
        verdicts=verdicts,
        report=report,
        processes=TREE,
        events=events,
        **facts,
    )


def verdict(*rows: CheckState) -> Verdict:
    app = CheckState("app", "", True, "running: pid 3, up 61 s")
    return Verdict(all(row.ok for row in rows), (app, *rows))


class Reader(HTMLParser):
    """Elements and text of a page; every element that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "link"):
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


# ---- health as text ---------------------------------------------------------------------------


def test_what_is_well_is_ok() -> None:
    """200, one line."""
    assert verdict_text.answer(verdict(WEB), verbose=False) == plain(200, "ok")


def test_what_is_not_well_says_why() -> None:
    """503, one line."""
    assert verdict_text.answer(verdict(WEB, DB), verbose=False) == plain(
        503, "db: connection refused"
    )


def test_verbose_has_a_line_for_each_thing_that_was_looked_at() -> None:
    """Behind the line that it would be without."""
    said = verdict_text.answer(verdict(WEB, DB), verbose=True)
    assert said.body.decode().splitlines() == [
        "db: connection refused",
        "[+] app: running: pid 3, up 61 s",
        "[+] web (readiness): 200 OK",
        "[-] db (readiness): connection refused",
    ]


def test_an_unknown_name_is_told_the_known_ones() -> None:
    """404."""
    said = verdict_text.unknown("wbe", verdict(WEB, DB))
    assert said == plain(404, "no such check: wbe; available: app, web, db")


@given(texts, texts, st.booleans())
def test_nothing_that_a_check_says_breaks_a_line(name: str, why: str, ok: bool) -> None:
    """As many lines as things looked at, whatever the app puts into its answers."""
    said = verdict_text.answer(verdict(CheckState(name, "liveness", ok, why)), verbose=True)
    assert len(said.body.decode().splitlines()) == 3


# ---- responses --------------------------------------------------------------------------------


@given(st.integers(0, 4_000_000_000))
def test_dates_are_in_the_preferred_format(second: int) -> None:
    """As the standard library writes it, at less cost (RFC 9110, 5.6.7)."""
    assert date(second).decode() == formatdate(second, usegmt=True)


def test_every_answer_may_not_be_kept_or_guessed_at() -> None:
    """And says how long it is, and when."""
    headers = dict(headers_of(Response(200, b"four", headers=((b"X", b"y"),)), b"now"))
    assert headers == {
        b"Date": b"now",
        b"Content-Type": b"text/plain; charset=utf-8",
        b"Content-Length": b"4",
        b"Cache-Control": b"no-store",
        b"X-Content-Type-Options": b"nosniff",
        b"X": b"y",
    }


# ---- /status ----------------------------------------------------------------------------------


def test_status_is_the_view_with_health_checks_and_processes() -> None:
    """The keys that docs/http.md promises, as JSON."""
    told = json.loads(encode(document(snapshot(WEB, DB))))
    assert told["app"] == VIEW["app"]
    assert told["health"]["live"] == {"ok": True, "why": "running: pid 3, up 61 s"}
    assert told["health"]["ready"] == {"ok": False, "why": "db: connection refused"}
    assert told["health"].keys() == set(QUESTIONS)
    assert told["checks"][1] == {
        "name": "db", "role": "readiness", "ok": False, "why": "connection refused",
    }  # fmt: skip
    assert told["processes"] == [
        {"pid": 1, "ppid": 0, "command": "initd", "rss_bytes": 2**20},
        {"pid": 2, "ppid": 1, "command": "ppidshim", "rss_bytes": 0},
    ]


# ---- the page for people ----------------------------------------------------------------------


def test_the_page_shows_all_that_is_known() -> None:
    """Names, verdicts, checks, the tree, events."""
    text = Reader(status_page.page(snapshot(WEB, DB, events=(EVENT,)), paused=False)).texts
    for expected in ("web-1", "running", "app --serve", "1 min 1 s", "✗ failing", "✓ passing",
                     "connection refused", "ppidshim", "1.0 MiB", "x.y", "why=z", "warning",
                     "2026-11-25 01:02:03"):  # fmt: skip
        assert expected in text


def test_the_title_says_when_something_fails() -> None:
    """It is what a tab in the background shows."""
    assert "<title>web-1: running</title>" in status_page.page(snapshot(WEB), False)
    assert "<title>✗ web-1: running</title>" in status_page.page(snapshot(DB), False)


def test_the_page_refreshes_itself_until_it_is_paused() -> None:
    """Without a script; and the way to pause it comes before all else that has a link."""
    running, paused = (status_page.response(snapshot(), each) for each in (False, True))
    assert dict(running.headers)[b"Refresh"] == b"5"
    assert b"Refresh" not in dict(paused.headers)
    read = Reader(running.body.decode())
    assert next(each for each in read.attributes["href"] if each[0] == "/") == "/?paused"
    assert "script" not in read.tags


def test_a_check_says_when_it_was_asked_how_long_that_took_and_how_often_in_a_row() -> None:
    """For people and for programs; and that it was not asked yet."""
    asked = {
        "web": Asked(at=NOW - 2.5, seconds=0.0031, ok=True, in_a_row=12),
        "db": Asked(at=NOW - 61, seconds=12.4, ok=False, in_a_row=1),
    }
    seen = snapshot(WEB, DB, CheckState("new", "startup", False, "not probed"), asked=asked)
    text = Reader(status_page.page(seen, False)).texts
    assert "2 s ago, took 3 ms, passed 12 times in a row" in text
    assert "1 min 1 s ago, took 12 s, failed once" in text
    assert "not yet" in text
    told = json.loads(encode(document(seen)))["checks"]
    assert told[0]["asked"] == {"at": NOW - 2.5, "seconds": 0.0031, "ok": True, "in_a_row": 12}
    assert "asked" not in told[2]


def test_memory_is_shown_against_the_limit() -> None:
    """Of the container; without a limit there is nothing to measure it by."""
    seen = snapshot(memory=(48 << 20, 64 << 20))
    read = Reader(status_page.page(seen, False))
    assert "48.0 MiB of 64.0 MiB, 75 % " in read.texts
    assert "meter" in read.tags
    told = json.loads(encode(document(seen)))
    assert told["memory"] == {"used_bytes": 48 << 20, "limit_bytes": 64 << 20}
    assert "meter" not in Reader(status_page.page(snapshot(), False)).tags


def test_the_apps_lives_stand_in_a_row_the_present_one_first() -> None:
    """When each ended, how, and whether it had been asked to."""
    lives = (
        Life(NOW - 60, {"code": 0, "asked": True, "after_seconds": 61.0}),
        Life(NOW, {"code": 137, "signal": "KILL", "asked": False, "after_seconds": 5.0}),
    )
    text = "".join(Reader(status_page.page(snapshot(lives=lives), False)).texts)
    part = text[text.rindex("Restarts") : text.index("Processes")]
    assert part == (
        "Restartsfor 1 min 1 s running"
        "2025-11-24 16:00:00 ended by itself signal KILL after 5 s"
        "2025-11-24 15:59:00 asked to end code 0 after 1 min 1 s"
    )


def test_the_monitor_remembers_a_bounded_history() -> None:
    """The last result of each check with its row, and the last ends of the app."""
    history = History()
    check = Check("db", "tcp", ("readiness",), "db:1")
    for ok in (True, False, False):
        history.count(check, ProbeResult(ok, "", 0.5))
    asked = history.asked["db"]
    assert (asked.ok, asked.in_a_row, asked.seconds) == (False, 2, 0.5)
    history.count(check, ProbeResult(True, "", 0.1))
    assert history.asked["db"].in_a_row == 1
    before: dict[str, Any] = {"last_exit": None}
    history.see(before, before)
    for code in range(50):
        view = {"last_exit": {"code": code}}
        history.see(before, view)
        history.see(view, view)
        before = view
    assert [life.exit["code"] for life in history.lives] == list(range(30, 50))


def test_the_newest_event_stands_first_and_old_ones_are_left_out() -> None:
    """The page stays short."""
    events = tuple({**EVENT, "event": f"event-{number}"} for number in range(100))
    names = Reader(status_page.page(snapshot(events=events), False)).texts
    shown = [name for name in names if name.startswith("event-")]
    assert shown == [f"event-{number}" for number in range(99, 69, -1)]


def test_nothing_to_show_is_said() -> None:
    """An empty table would look like a mistake."""
    text = " ".join(Reader(status_page.page(snapshot(), False)).texts)
    assert "No checks are configured." in text
    assert "Nothing has happened yet." in text


def test_an_app_that_is_not_running_has_a_page_too() -> None:
    """With how it ended."""
    view = {
        "state": "waiting",
        "app": {"pid": None, "command": ["app"], "uptime_seconds": None, "stopped_by": None},
        "last_exit": {"code": 3, "after_seconds": 90061.0},
    }
    text = Reader(status_page.page(snapshot(view=view), False)).texts
    assert "not running" in text
    assert "code 3 after 1 d 1 h" in text


@given(texts, texts, texts)
def test_no_text_from_outside_adds_an_element(name: str, why: str, said: str) -> None:
    """Whatever the app says of itself or calls itself."""
    event = {"timestamp": why, "level": name, "event": said, name: why}
    view = {"hostname": name, "role": why, "revision": said, "stop_plan": name}
    check = CheckState(name, "liveness", True, why)
    seen = snapshot(check, view=view, events=(event,), said=said)
    harmless = snapshot(
        WEB, view=dict.fromkeys(view, "x"), events=({**EVENT, "level": "info"},), said="x"
    )
    tags = Reader(status_page.response(seen, False).body.decode()).tags
    # An empty text leaves a row out, and a level has a look of its own.
    assert set(tags) <= set(Reader(status_page.page(harmless, False)).tags)
    assert "script" not in tags


def test_the_pages_policy_allows_its_own_style_and_nothing_else() -> None:
    """Change STYLE, and this says what STYLE_HASH has to be."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert digest == STYLE_HASH
    said = status_page.response(snapshot(), False)
    policy = dict(said.headers)[b"Content-Security-Policy"].decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert f"<style>{STYLE}</style>".encode() in said.body


# ---- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, None), (0.9, "0 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90061, "1 d 1 h")],
)
def test_a_duration_has_its_two_largest_units(seconds: float | None, words: str | None) -> None:
    """More would be noise."""
    assert humanize.duration(seconds) == words


def test_the_facts_of_an_event_are_cut() -> None:
    """A log line may have 4 KiB, a row of a table may not."""
    assert humanize.facts_of({"event": "e", "a": 1, "b": [2]}) == "a=1  b=[2]"
    assert len(humanize.facts_of({"a": "x" * 5000})) == humanize.FACTS_AT_MOST


@pytest.mark.parametrize(
    ("files", "memory"),
    [
        ({"memory.current": "1024\n", "memory.max": "4096\n"}, (1024, 4096)),
        ({"memory.current": "1024\n", "memory.max": "max\n"}, None),
        ({"memory/memory.usage_in_bytes": "7\n", "memory/memory.limit_in_bytes": "9\n"}, (7, 9)),
        (
            {
                "memory/memory.usage_in_bytes": "7\n",
                "memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            None,
        ),
        ({}, None),
    ],
    ids=["v2", "v2 without", "v1", "v1 without", "none"],
)
def test_the_cgroups_limit_is_known_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], memory: tuple[int, int] | None
) -> None:
    """In either version of cgroups; without a limit the words differ."""
    places = {f"/sys/fs/cgroup/{name}": text for name, text in files.items()}
    monkeypatch.setattr(cgroup, "text_of", lambda path, size: places.get(path, ""))
    assert cgroup.memory() == memory
