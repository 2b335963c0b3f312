"""Which path is answered by what, and what many askers cost."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from initd.core.health.verdict import AppStatus, CheckState, Report, Verdict, judge, judge_check
from initd.monitor.history import History
from initd.monitor.http.response import Response
from initd.monitor.http.shared_call import SharedCall
from initd.monitor.http.site import Site
from initd.monitor.tasks import Future, Task, run, sleep

if TYPE_CHECKING:
    from initd.core.states import State
    from initd.monitor.state import MonitorState


class Known:
    """In the place of MonitorState: an app with a check of each role."""

    def __init__(self, app: int | None = 3, ready: bool = True) -> None:
        self.settings = SimpleNamespace(hides_commands=False, redact=())
        state: State = "running" if app else "waiting"
        self.view: dict[str, Any] = {
            "state": state,
            "init": {"pid": os.getpid()},
            "app": {"pid": app, "command": ["app"]},
        }
        roles = {"db": "readiness", "worker": "liveness", "schema": "startup"}
        checks = [CheckState(name, role, ready, "said") for name, role in roles.items()]
        self.report = Report(3, tuple(checks))
        self.events: list[dict[str, Any]] = []
        self.history = History()
        self.pulls = 0
        self._situation = AppStatus(state, app, None, 1.0)

    def judge(self, question: str) -> Verdict:
        return judge(question, self._situation, self.report)

    def judge_check(self, name: str, question: str) -> Verdict | None:
        return judge_check(name, question, self._situation, self.report)

    async def refresh(self) -> None:
        self.pulls += 1
        await sleep(0)


VARY = ((b"Vary", b"Accept"),)


async def metrics(open_metrics: bool) -> tuple[bytes, str]:
    return (b"x 1\n# EOF\n", "OpenMetrics") if open_metrics else (b"x 1\n", "text")


def ask(target: str, known: Known | None = None, accept: bytes = b"") -> Response:
    """What a GET is answered."""

    async def asked() -> Response:
        answer = Site(cast("MonitorState", known or Known()), metrics).answer(
            target.encode(), accept
        )
        return answer if isinstance(answer, Response) else await answer

    return run(asked())


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/livez", {"app", "worker"}),
        ("/startupz", {"app", "worker", "schema"}),
        ("/readyz", {"app", "worker", "schema", "db"}),
        ("/healthz", {"app", "worker", "schema", "db"}),
    ],
)
def test_each_question_has_its_path_and_its_checks(path: str, names: set[str]) -> None:
    """As verdict.py has them."""
    verbose = ask(path + "?verbose")
    assert verbose.status == 200
    rows = verbose.body.decode().splitlines()[1:]
    assert {row.split()[1].rstrip(":") for row in rows} == names
    assert ask(path).body == b"ok\n"


def test_a_check_is_asked_for_by_name() -> None:
    """200 or 503 for it alone, 404 where the question has no such check."""
    assert (ask("/readyz/db").status, ask("/readyz/db").body) == (200, b"ok\n")
    ill = ask("/readyz/db", Known(ready=False))
    assert (ill.status, ill.body) == (503, b"db: said\n")
    other_role = ask("/livez/db")
    assert (other_role.status, other_role.body) == (
        404,
        b"no such check: db; available: app, worker\n",
    )


def test_without_an_app_no_check_is_unknown() -> None:
    """It is not well, and the app is why; a name that was never one stays unknown."""
    ill = ask("/readyz/db", Known(app=None))
    assert (ill.status, ill.body) == (503, b"the app is not running: waiting\n")
    assert ask("/readyz/nope", Known(app=None)).status == 404


def test_the_other_pages() -> None:
    """JSON, metrics as they are given, HTML."""
    told = json.loads(ask("/status").body)
    assert told["processes"][0]["pid"] == os.getpid()
    assert told["processes"][0]["rss_bytes"] > 2**20
    assert ask("/metrics") == Response(200, b"x 1\n", "text", VARY)
    assert ask("/").content_type == "text/html; charset=utf-8"


def test_metrics_are_in_the_format_that_is_asked_for() -> None:
    """By the Accept header; its own text where that says nothing of OpenMetrics."""
    asked = b"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    assert ask("/metrics", accept=asked) == Response(200, b"x 1\n# EOF\n", "OpenMetrics", VARY)
    assert ask("/metrics", accept=b"\xff, */*") == Response(200, b"x 1\n", "text", VARY)


@pytest.mark.parametrize("path", ["/x", "/livezz", "/status/", "/metrics/x", "//", "/favicon.ico"])
def test_there_is_nothing_else(path: str) -> None:
    """404, with what there is."""
    assert ask(path).status == 404
    assert b"/readyz" in ask(path).body


@pytest.mark.parametrize("target", ["*", "/%ff", "/livez/%zz"])
def test_a_target_that_can_not_be_read_is_a_bad_request(target: str) -> None:
    """400, with the reason."""
    assert ask(target).status == 400


def test_who_asks_at_the_same_time_shares_one_look() -> None:
    """pid 1 is asked once, however many clients there are."""
    known = Known()

    async def many() -> None:
        site = Site(cast("MonitorState", known), metrics)
        answers = [site.answer(b"/status") for _ in range(20)]
        for task in [Task(each) for each in answers if not isinstance(each, Response)]:
            await task

    run(many())
    assert known.pulls == 1


def test_one_that_gives_up_does_not_take_the_answer_from_others() -> None:
    """And the next one to ask gets a fresh one."""

    async def story() -> list[int]:
        calls = 0
        go_on: Future[None] = Future()

        async def call() -> int:
            nonlocal calls
            calls += 1
            await go_on
            return calls

        shared = SharedCall(call)
        impatient, patient = (Task(shared()) for _ in range(2))
        await sleep(0)
        impatient.cancel()
        go_on.set_result(None)
        return [await patient, await shared()]

    assert run(story()) == [1, 2]


def test_a_path_that_is_unknown_is_answered_with_those_that_there_are() -> None:
    """Each of them is documented, and nothing else is."""
    answer = ask("/nothing")
    assert answer.status == 404
    paths = answer.body.decode().partition("available: ")[2].split()
    page = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
    documented = re.findall(r"^\| `(/[a-z]*)`", page, re.MULTILINE)
    assert sorted(paths) == sorted(documented)
