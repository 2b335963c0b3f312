"""Runs the probes when Health says so: one timer, one task a probe, and no polling.

asyncio's clock is the monotonic one, as pid 1's is: moments can be passed on as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from initd.core.health.check import WHY_AT_MOST, Check, ProbeResult
from initd.core.health.notify import Notified
from initd.core.health.schedule import Change, Health
from initd.core.health.verdict import Report
from initd.monitor.probe import probe_of


class Prober:
    """`on_answer` hears every answer, `on_change` each role that turned, `on_report` the
    whole report whenever it is another than it was, from the last one pid 1 was given."""

    def __init__(
        self,
        health: Health,
        environ: Mapping[bytes, bytes],
        notified: Notified,
        on_answer: Callable[[Check, ProbeResult], None],
        on_change: Callable[[Change], None],
        on_report: Callable[[Report], None],
    ) -> None:
        self.health = health
        self.on_answer = on_answer
        self.on_change = on_change
        self.on_report = on_report
        self._probes = {check.name: probe_of(check, environ, notified) for check in health.checks}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._reported = health.report()

    def app_started(self, app: int, since: float | None = None) -> None:
        """The app runs with this pid, `since` a monotonic moment from which delays count;
        None is now."""
        self._forget_tasks()
        self.health.begin(app, self._now() if since is None else since)
        self._go_on()

    def app_followed(self, app: int) -> None:
        """The app is the same, its main process another one: nothing is forgotten."""
        self._forget_tasks()
        self.health.follow(app, self._now())
        self._go_on()

    def app_stopping(self) -> None:
        """A stop has begun: nothing is asked any more, and nobody doubts its life."""
        self._forget_tasks()
        self.health.drain()
        self._go_on()

    def app_ended(self) -> None:
        """The app is gone, and with it the sense of every probe that runs."""
        self._forget_tasks()
        self.health.end()
        self._go_on()

    def hurry(self, name: str) -> None:
        """There is news about this check; see Health.hurry."""
        self.health.hurry(name, self._now())
        self._go_on()

    def publish(self) -> None:
        """Hands the report on if it has changed; for those who set Health.standing."""
        report = self.health.report()
        if report != self._reported:
            self._reported = report
            self.on_report(report)

    async def close(self) -> None:
        """Ends all probes, and waits until they have cleaned up."""
        self.app_ended()
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    # ---- the timer --------------------------------------------------------------------

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _go_on(self) -> None:
        """After whatever happened: the timer stands at the next deadline."""
        deadline = self.health.deadline
        if self._timer is not None and self._timer.when() != deadline:
            self._timer.cancel()
            self._timer = None
        if deadline is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._elapsed, deadline)
        self.publish()

    def _elapsed(self, deadline: float) -> None:
        self._timer = None
        # The loop may wake by its clock's resolution too early.
        for check in self.health.due(max(self._now(), deadline)):
            previous = self._tasks.get(check.name)
            task = asyncio.create_task(self._run(check, self.health.app, previous))
            self._tasks[check.name] = task
        self._go_on()

    # ---- one probe --------------------------------------------------------------------

    def _forget_tasks(self) -> None:
        """Once each: a second cancel would tear a probe out of its cleaning up."""
        for task in self._tasks.values():
            if not task.cancelling():
                task.cancel()

    async def _run(self, check: Check, app: int, previous: asyncio.Task[None] | None) -> None:
        """A probe of an earlier app may still be cleaning up: never two at once."""
        if previous is not None and not previous.done():
            await asyncio.wait([previous])
        began = self._now()
        found = await self._ask(check, app)
        answer = ProbeResult(found.ok, _line(found.why), self._now() - began)
        self.on_answer(check, answer)
        for change in self.health.answered(app, check.name, answer, self._now()):
            self.on_change(change)
        self._go_on()

    async def _ask(self, check: Check, app: int) -> ProbeResult:
        try:
            async with asyncio.timeout(check.timeout):
                return await self._probes[check.name].ask(app)
        except TimeoutError:
            return ProbeResult(False, f"timed out after {check.timeout:g} s")
        except Exception as error:  # a mistake in a probe: a check must not hang by it
            return ProbeResult(False, f"a mistake in initd, please report it: {error!r}")


def _line(text: str) -> str:
    """One line that a terminal and a log can be given, whatever the app has printed."""
    shown = text[:WHY_AT_MOST]
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "?" for c in shown)
