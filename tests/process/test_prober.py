"""The runner on a real event loop: one timer, time-outs, and what is told to whom."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from initd.config.values.check import read_check
from initd.core.health.check import Check, ProbeResult
from initd.core.health.notify import Notification, Notified
from initd.core.health.schedule import Change, Health
from initd.core.health.verdict import Report
from initd.monitor.loop import Loop, running
from initd.monitor.prober import Prober
from initd.monitor.tasks import Future, all_tasks, sleep, timeout
from initd.monitor.tasks import run as run_task

from .namespace import DEADLINE, alone

#: Long enough to never come round in a test.
RARELY = "period=3600"


class Watched:
    """A prober and what it has told."""

    def __init__(self, *lines: str, resumed: Report | None = None) -> None:
        self.notified = Notified()
        self.answers: list[tuple[str, ProbeResult]] = []
        self.changes: list[Change] = []
        self.reports: list[Report] = []
        self.heard: Future[None] = Future()
        self.health = Health([read_check(line) for line in lines], resumed)
        self.prober = Prober(
            self.health,
            {b"PATH": b"/usr/bin:/bin"},
            self.notified,
            self._hear,
            self.changes.append,
            self.reports.append,
        )

    def _hear(self, check: Check, answer: ProbeResult) -> None:
        self.answers.append((check.name, answer))
        if not self.heard.done():
            self.heard.set_result(None)

    async def answered(self, count: int) -> None:
        """When so many answers have come, and what follows from the last one is done."""
        with timeout(DEADLINE):
            while len(self.answers) < count:
                self.heard = Future()
                await self.heard
            await sleep(0)


def run(test: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """In a loop of its own, without a task or a child left at the end."""

    before = _children()

    async def whole() -> Any:
        result = await test()
        assert len(all_tasks()) == 1
        assert _children() <= before
        return result

    return run_task(whole())


def _children() -> set[str]:
    """Corpses too. Asked of /proc: waitpid would take the statuses of other tests' children."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has ended meanwhile
            found |= set((task / "children").read_text().split())
    return found


def test_answers_changes_and_reports_are_told(tmp_path: Path) -> None:
    """A report only when something in it is new."""
    flag = tmp_path / "flag"
    flag.touch()

    async def test() -> None:
        box = Watched(f"flag file {flag} role=readiness period=0.1 failure=2")
        box.prober.app_started(3)
        await box.answered(4)
        assert [row.ok for report in box.reports for row in report.checks] == [False, True]
        flag.unlink()
        before = len(box.answers)
        await box.answered(before + 3)
        await box.prober.close()
        assert [change.ok for change in box.changes] == [True, False]
        assert all(0 <= alone(answer.seconds) < 5 for _, answer in box.answers)

    run(test)


def test_a_probe_that_is_too_slow_is_a_failure_and_is_ended() -> None:
    """After its timeout, with the answer that says so; nothing of it is left."""

    async def test() -> None:
        box = Watched(f"slow exec {RARELY} timeout=0.1 role=liveness failure=1 -- sleep 600")
        box.prober.app_started(3)
        await box.answered(1)
        [(_, answer)] = box.answers
        assert (answer.ok, answer.why) == (False, "timed out after 0.1 s")
        assert answer.seconds >= 0.1
        assert alone(answer.seconds) < 5
        assert [change.role for change in box.changes] == ["liveness"]
        await box.prober.close()

    run(test)


def test_nothing_wakes_up_while_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """One timer for all checks; without an app none."""

    async def test() -> None:
        wake_ups = 0
        plain = Loop._turn

        def counted(loop: Loop) -> None:
            nonlocal wake_ups
            wake_ups += loop._patience() != 0
            plain(loop)

        monkeypatch.setattr(Loop, "_turn", counted)
        lines = [f"c{number} file / period=0.5" for number in range(8)]
        box = Watched(*lines)
        box.prober.app_started(3)
        await box.answered(8)
        before = wake_ups
        await sleep(1.2)
        assert len(box.answers) == 24, "all of them at 0.5 and at 1.0"
        assert wake_ups - before <= 12, "two times for all together, not for each"
        await box.prober.close()
        assert running().timers() == []

    run(test)


def test_the_end_of_the_app_ends_its_probes(tmp_path: Path) -> None:
    """Nobody hears of them, and their commands are gone when the prober is closed."""
    pid = tmp_path / "pid"

    async def test() -> int:
        script = f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600"
        box = Watched(f"slow exec {RARELY} timeout=60 -- sh -c '{script}'")
        box.prober.app_started(3)
        while not pid.exists():
            await sleep(0.005)
        box.prober.app_ended()
        await box.prober.close()
        assert box.answers == []
        return int(pid.read_text())

    assert not Path(f"/proc/{run(test)}").exists()


def test_a_new_app_is_asked_when_the_probe_of_the_one_before_has_cleaned_up(
    tmp_path: Path,
) -> None:
    """Never two at once; what the earlier one would have said is nobody's news."""
    log = tmp_path / "log"

    async def test() -> None:
        script = f"echo began >> {log}; test $(wc -l < {log}) -gt 1 || sleep 600"
        box = Watched(f"c exec {RARELY} timeout=60 -- sh -c '{script}'")
        box.prober.app_started(3)
        while not log.exists() or not log.read_text():
            await sleep(0.005)
        box.prober.app_started(7)
        await box.answered(1)
        assert box.reports[-1].app == 7
        assert box.reports[-1].checks[0].ok
        assert len(box.answers) == 1
        await box.prober.close()

    run(test)


def test_another_main_process_is_asked_about_at_once() -> None:
    """MAINPID: the app is the same, and so is what is known of it."""

    async def test() -> None:
        box = Watched(f"app process {RARELY}", f"root file / {RARELY}")
        box.prober.app_started(os.getpid())
        await box.answered(2)
        box.prober.app_followed(os.getppid())
        assert box.reports[-1].app == os.getppid()
        assert all(row.ok for row in box.reports[-1].checks)
        box.prober.hurry("app")
        await box.answered(3)
        await box.prober.close()

    run(test)


def test_news_are_looked_at_at_once() -> None:
    """READY=1 does not wait for the period to come round."""

    async def test() -> None:
        box = Watched(f"app notify {RARELY}")
        box.prober.app_started(3)
        await box.answered(1)
        box.notified.hear(Notification(ready=True), time.monotonic())
        box.prober.hurry("app")
        await box.answered(2)
        assert [answer.ok for _, answer in box.answers] == [False, True]
        await box.prober.close()

    run(test)


def test_while_the_app_is_stopped_nothing_is_asked() -> None:
    """And its life is not doubted."""

    async def test() -> None:
        box = Watched("no file /no/such/file period=0.1 role=liveness failure=1")
        box.prober.app_started(3)
        await box.answered(1)
        assert not box.reports[-1].checks[0].ok
        box.prober.app_stopping()
        assert box.reports[-1].checks[0].ok
        count = len(box.answers)
        await sleep(0.3)
        assert len(box.answers) == count
        await box.prober.close()

    run(test)


def test_a_successor_tells_pid_1_nothing_that_it_knows() -> None:
    """A monitor that goes on from the last report sends one only when there is news."""

    async def test() -> None:
        first = Watched(f"root file / {RARELY}")
        first.prober.app_started(3)
        await first.answered(1)
        await first.prober.close()
        box = Watched(f"root file / {RARELY}", resumed=first.reports[-1])
        box.prober.app_started(3)
        await box.answered(1)
        assert box.reports == []
        await box.prober.close()

    run(test)


def test_a_mistake_in_a_probe_is_a_failed_answer() -> None:
    """A check must not stay in flight for ever because of it."""

    async def test() -> None:
        box = Watched(f"root file / {RARELY}")
        box.prober._probes["root"] = None  # type: ignore[assignment]
        box.prober.app_started(3)
        await box.answered(1)
        assert not box.answers[0][1].ok
        assert "please report it" in box.answers[0][1].why
        await box.prober.close()

    run(test)


def test_what_a_check_prints_can_not_steer_a_terminal() -> None:
    """One printable line, cut; whatever the app's command has said."""

    async def test() -> str:
        script = r"printf '\''\033[31mred\007 %300d\n'\'' 1; exit 1"
        box = Watched(f"c exec {RARELY} -- sh -c '{script}'".replace(r"'\''", '"'))
        box.prober.app_started(3)
        await box.answered(1)
        await box.prober.close()
        return box.answers[0][1].why

    why = run(test)
    assert why.startswith("exit 1: ?[31mred? ")
    assert why.isprintable()
    assert len(why) == 160
