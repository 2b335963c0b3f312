"""The status page in a real browser: headless Chromium, as people use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .devtools import Browser, chromium
from .http_server import Server, serving
from .npm import module

SAID = "<script>document.title='taken over'</script><img src=x onerror=alert(1)>"
KNOWN = {
    "checks": [
        ["web", "readiness", True, "200 OK in 3 ms"],
        ["db", "readiness", False, "connection refused: db:5432"],
        ["a-check-with-a-rather-long-name", "liveness", True, "x" * 150],
        ["evil", "liveness", True, SAID],
    ],
    "events": [
        {"timestamp": "2026-11-25T01:02:03.456Z", "level": "info", "event": "app.started"},
        {"timestamp": "2026-11-25T01:02:04.456Z", "level": "warning", "event": SAID},
        {
            "timestamp": "2026-11-25T01:02:05.456Z",
            "level": "error",
            "event": "monitor.bug",
            "during": "/a/path/without/a/blank/in/it" * 6,
        },
    ],
}
PHONE, DESKTOP = (390, 844), (1280, 900)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests: its start is what takes long."""
    with chromium(tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(known=KNOWN, tells=True) as one:
        yield one


def _paused(server: Server) -> str:
    """A page that does not change under the test's hands."""
    return f"http://127.0.0.1:{server.port}/?paused"


def test_a_browser_shows_the_page_and_runs_nothing_of_what_it_is_told(
    browser: Browser, server: Server
) -> None:
    """The page has what is known, as text; nothing was loaded, refused or run."""
    browser.events.clear()
    browser.open(_paused(server))
    text = browser.run("document.body.innerText")
    for expected in (
        "web-1.example.com", "unicorn -c /app/config/unicorn.rb", "✗ failing", "200 OK in 3 ms",
        "connection refused: db:5432", "app.started", "http_program.py", SAID,
        "took 3 ms, passed 12 times in a row", "signal KILL after 1 h 8 min",
    ):  # fmt: skip
        assert expected in text
    assert browser.run("document.querySelectorAll('script, img').length") == 0
    assert browser.run("document.title") == "✗ web-1.example.com: running"
    logged = [each for each in browser.events if each.get("method") == "Log.entryAdded"]
    assert logged == [], "a policy that is broken is logged"


#: Whatever stands out of the screen, and each word that is broken although it would fit.
_OVERFLOW = """(() => {
    const wide = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll('body *')].filter(
        each => each.getBoundingClientRect().right > wide + 1
            && getComputedStyle(each).position != 'absolute');
    return out.map(each => each.outerHTML.slice(0, 120));
})()"""
_BROKEN = """(() => {
    const broken = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        for (const found of node.data.matchAll(/\\S+/g)) {
            if (found[0].length > 20) continue;
            const range = document.createRange();
            range.setStart(node, found.index);
            range.setEnd(node, found.index + found[0].length);
            const lines = new Set([...range.getClientRects()].map(each => Math.round(each.top)));
            if (lines.size > 1) broken.push(found[0]);
        }
    }
    return broken.filter(word => !word.includes('-'));
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_is_readable_on_every_screen_and_an_accessibility_checker_finds_nothing(
    browser: Browser, server: Server, size: tuple[int, int], scheme: str
) -> None:
    """Nothing sticks out, no word is broken that fits into a line; axe-core, all of its rules."""
    browser.look(*size, scheme)
    browser.open(_paused(server))
    assert browser.run(_OVERFLOW) == []
    assert browser.run(_BROKEN) == []
    dark = browser.run("matchMedia('(prefers-color-scheme: dark)').matches")
    assert dark == (scheme == "dark")
    colour = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(20, 23, 28)") == dark
    browser.run(module("axe-core/axe.min.js").read_text() + "; 0")
    found: list[dict[str, Any]] = browser.run(
        "axe.run().then(found => found.violations.map("
        "each => [each.id, each.help, each.nodes.map(node => node.html)]))"
    )
    assert found == []


def test_it_is_used_by_keyboard(browser: Browser, server: Server) -> None:
    """The first tab stop pauses it; each link is reached, and seen to be."""
    browser.look(*DESKTOP, "light")
    base = f"http://127.0.0.1:{server.port}"
    browser.open(f"{base}/")
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.innerText") == "Pause"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    with browser.loads(f"{base}/?paused"):
        browser.press("Enter", 13)
    links = browser.run("[...document.links].map(each => each.innerText)")
    reached = []
    for _ in links:
        browser.press("Tab", 9)
        reached.append(browser.run("document.activeElement.innerText"))
    assert reached == links
    assert links[0] == "Resume"
    assert {"Live", "Ready", "/status", "/metrics"} <= set(links)


def test_the_page_refreshes_itself(browser: Browser, server: Server) -> None:
    """A browser that is left open looks again, without a script."""
    browser.open(f"http://127.0.0.1:{server.port}/")
    for _ in range(2):
        server.event("looked")
