"""docs/events.md names every event of the code, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import initd
from initd.core.health import notify

PACKAGE = Path(initd.__file__).parent
EVENTS = Path(__file__).parents[2] / "docs" / "events.md"

AREAS = (
    "app check config control health hook hostname http init log monitor notify orphan plan profile"
    " registry restart secrets shim signal sleep statsd stop sweep terminal watch"
).split()
EVENT = re.compile(rf"(?:{'|'.join(AREAS)})\.[a-z][a-z-]*|sweep")
#: Events whose names are put together in the code.
COMPOSED = {
    *(f"control.{verb}" for verb in ("stop", "restart", "signal", "maintenance")),
    *(f"notify.{change}" for change in ("ready", "reloading", "stopping", "status")),
    "notify.watchdog-trigger",
}


def _in_code() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if "config" in path.relative_to(PACKAGE).parts or path.name == "importer.py":
            continue  # keys of a file and names of packages look alike; nothing is logged there
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = EVENT.fullmatch(node.value)
                if match and not node.value.endswith((".sock", ".so")):
                    found.add(node.value)
    return found


def _in_docs() -> set[str]:
    rows = [line for line in EVENTS.read_text().splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_every_event_is_documented_and_nothing_else_is() -> None:
    """In both directions."""
    assert _in_docs() == _in_code() | COMPOSED


def test_the_changes_of_a_notification_are_those_that_are_composed() -> None:
    """What `Notified.hear` can name."""
    notified = notify.Notified()
    said = [
        *(b"READY=1", b"RELOADING=1", b"STATUS=x", b"WATCHDOG=trigger", b"READY=1"),
        b"STOPPING=1",
    ]
    named = {change for line in said for change in notified.hear(notify.parse(line), 1.0)}
    assert {f"notify.{change}" for change in named} == {
        each for each in COMPOSED if each.startswith("notify.")
    }
