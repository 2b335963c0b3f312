"""Runs the probes when Health says so: one timer, one task a probe, no polling.

The loop's clock is the monotonic one, as pid 1's is: moments can be passed on as they are.
"""

from __future__ import annotations

from time import CLOCK_BOOTTIME, clock_gettime

from initd.core.health.check import WHY_AT_MOST, ProbeResult
from initd.core.health.pauses import Pauses
from initd.monitor.loop import running
from initd.monitor.probe import Context, probe_of
from initd.monitor.tasks import Task, timeout, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from initd.core.health.check import Check
    from initd.core.health.notify import Notified
    from initd.core.health.schedule import Change, Health
    from initd.core.health.verdict import Report
    from initd.monitor.loop import Timer


class Prober:
    """`on_result` is called with every result, `on_change` with each role that turned,
    `on_report` with the whole report whenever it differs from the last one handed on, and
    `on_pause` with how many seconds the container has not run, and `on_wait` with when there is
    something to do next (monotonic seconds; None: nothing)."""

    def __init__(
        self,
        health: Health,
        environ: Mapping[bytes, bytes],
        notified: Notified,
        on_result: Callable[[Check, ProbeResult], None],
        on_change: Callable[[Change], None],
        on_report: Callable[[Report], None],
        on_pause: Callable[[float], None] = lambda seconds: None,
        on_wait: Callable[[float | None], None] = lambda until: None,
    ) -> None:
        self.health = health
        self.on_result = on_result
        self.on_change = on_change
        self.on_report = on_report
        self.on_pause = on_pause
        self.on_wait = on_wait
        self._notified = notified
        self._pauses = Pauses(check.fresher for check in health.checks)
        context = Context(environ, notified, self._pauses)
        self._probes = {check.name: probe_of(check, context) for check in health.checks}
        self._tasks: dict[str, Task[None]] = {}
        self._timer: Timer | None = None
        self._reported = health.report()

    def app_started(self, app: int, since: float | None = None) -> None:
        """The app runs with this pid. Delays count from `since`, a monotonic moment; None is
        now."""
        self._forget_tasks()
        self.health.begin(app, self._now() if since is None else since)
        self._go_on()

    def start_held(self, number: int) -> None:
        """The checks that hold the app's next start decide: `number` says which one it is."""
        self.health.begin(-number, self._now())
        self._go_on()

    def app_followed(self, app: int) -> None:
        """The same app has another main process: nothing is forgotten."""
        self._forget_tasks()
        self.health.follow(app, self._now())
        self._go_on()

    def app_stopping(self) -> None:
        """A stop has begun: nothing is probed any more, and liveness passes."""
        self._forget_tasks()
        self.health.drain()
        self._go_on()

    def app_ended(self) -> None:
        """The app is gone: probes that run are pointless."""
        self._forget_tasks()
        self.health.end()
        self._go_on()

    def hurry(self, name: str) -> None:
        """There is news about this check; see Health.hurry."""
        self.health.hurry(name, self._now())
        self._go_on()

    def publish(self) -> None:
        """Hands the report on if it has changed; for callers that set Health.notify_state."""
        report = self.health.report()
        if report != self._reported:
            self._reported = report
            self.on_report(report)

    async def close(self) -> None:
        """Ends all probes, and waits until they have cleaned up."""
        self.app_ended()
        for task in self._tasks.values():
            await wait(task)

    # ---- the timer --------------------------------------------------------------------

    @staticmethod
    def _now() -> float:
        return running().time()

    def _go_on(self) -> None:
        """After any event: sets the timer to the next deadline, or look at the clock."""
        watchdog = self._notified.watchdog_seconds
        deadline = self._pauses.expect(
            self._now(), self.health.deadline, self.health.in_flight, watchdog
        )
        if self._timer is not None and self._timer.when() != deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self.on_wait(deadline)
        if deadline is not None and self._timer is None:
            self._timer = running().call_at(deadline, lambda: self._elapsed(deadline))
        self.publish()

    def _elapsed(self, deadline: float) -> None:
        self._timer = None
        self._look()
        for check in self.health.due(self._now()):
            previous = self._tasks.get(check.name)
            self._tasks[check.name] = Task(self._run(check, self.health.app, previous))
        self._go_on()

    def _look(self) -> None:
        """Whether the container has run since the last look."""
        now = self._now()
        lost = self._pauses.look(now, clock_gettime(CLOCK_BOOTTIME))
        if lost:
            self.health.put_off(lost)
            self._notified.put_off(lost, now)
            self.on_pause(lost)

    # ---- one probe --------------------------------------------------------------------

    def _forget_tasks(self) -> None:
        """Cancels each once: a second time would interrupt its cleaning up."""
        for task in self._tasks.values():
            if not task.cancelling:
                task.cancel()

    async def _run(self, check: Check, app: int, previous: Task[None] | None) -> None:
        """A probe of an earlier app may still be cleaning up: never two at once."""
        if previous is not None and not previous.done():
            await wait(previous)
        began = self._now()
        found = await self._ask(check, app)
        result = ProbeResult(found.ok, _line(found.why), self._now() - began)
        self.on_result(check, result)
        self._look()
        now = self._now()
        paused = self._pauses.within(now - began, now) > 0
        for change in self.health.answered(app, check.name, result, now, paused):
            self.on_change(change)
        self._go_on()

    async def _ask(self, check: Check, app: int) -> ProbeResult:
        try:
            with timeout(check.timeout):
                return await self._probes[check.name].ask(app)
        except TimeoutError:
            return ProbeResult(False, f"timed out after {check.timeout:g} s")
        except Exception as error:  # a bug in a probe: its check must not hang
            from initd.libraries import library_at_fault

            library = library_at_fault(error).get("library")
            of_whom = library or "bug in initd, please report it"
            return ProbeResult(False, f"{of_whom}: {error!r}")


def _line(text: str) -> str:
    """One line that is safe for a terminal and a log, whatever the app has printed."""
    shown = text[:WHY_AT_MOST]
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "?" for c in shown)
