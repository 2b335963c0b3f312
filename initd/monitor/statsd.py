"""Reports all metrics to a StatsD relay: at intervals, and at once when the app's state
changes, because the container may end with its app."""

from __future__ import annotations

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED
from initd.core.metrics.dogstatsd import DogStatsd, clean_tag, datagram, packed, tag_of
from initd.core.metrics.metric import WORKLOAD
from initd.core.metrics.samples import label_of
from initd.monitor.loop import running
from initd.monitor.sampler import Sampler
from initd.monitor.statsd_relay import StatsdRelay
from initd.monitor.tasks import Task, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from initd.core.address import StatsdAddress
    from initd.core.health.check import Check, ProbeResult
    from initd.core.metrics.dogstatsd import Key, Line
    from initd.core.metrics.plain_statsd import PlainStatsd
    from initd.monitor.log import Log
    from initd.monitor.loop import Timer
    from initd.monitor.state import MonitorState

DROPPED = "initd.statsd.dropped"
SERVICE_CHECKS = {
    "initd.live": LIVE,
    "initd.started": STARTED,
    "initd.ready": READY,
    "initd.healthy": HEALTHY,
}
#: Durations kept for the next report; the oldest go first.
_DURATIONS_AT_MOST = 1000


class StatsdReporter:
    """`interval` in seconds; `tags` are put on every line, beside those of the workload. The
    address says which dialect its relay understands.

    Invariant: `_sent` holds for each counter what was reported by datagrams that the kernel
    took; what is dropped is reported by the next one.
    """

    def __init__(
        self,
        state: MonitorState,
        address: StatsdAddress,
        log: Log,
        interval: float = 10.0,
        tags: Sequence[str] = (),
    ) -> None:
        self._state = state
        self._interval = interval
        self._tags = tuple(map(clean_tag, tags))
        self._address = address
        self._relay = StatsdRelay(address, log)
        self._sampler = Sampler(state)
        self._durations: list[tuple[str, float]] = []
        state.on_result.append(self._keep_duration)
        self._timer: Timer | None = None
        self._report: Task[None] | None = None
        self._app_state = self._app_state_now()
        self._last_exit = state.view["last_exit"]
        self._sent = self._already_sent()

    def start(self) -> None:
        """Makes the first report at once."""
        self._due()

    def changed(self) -> None:
        """pid 1 has sent a new view: reports now if the app's state has changed."""
        if self._app_state_now() != self._app_state:
            self.flush()

    def flush(self) -> None:
        """Sends what is known, without asking pid 1 and without waiting."""
        self._app_state = self._app_state_now()
        datagrams = list(packed(self._lines(), self._relay.limit))
        taken = self._relay.send(map(datagram, datagrams))
        for lines in datagrams[:taken]:
            self._sent.update({line.key: line.total for line in lines if line.key is not None})

    async def close(self) -> None:
        """Sends a last report and closes everything."""
        if self._timer is not None:
            self._timer.cancel()
        if self._report is not None:
            self._report.cancel()
            await wait(self._report)
        self.flush()
        self._relay.close()

    def _due(self) -> None:
        loop = running()
        self._timer = loop.call_at(loop.time() + self._interval, self._due)
        if self._report is None or self._report.done():  # a resolver may take longer
            self._report = Task(self._refresh_and_flush())

    async def _refresh_and_flush(self) -> None:
        await self._relay.look_up()
        await self._state.refresh()
        self.flush()

    def _keep_duration(self, check: Check, result: ProbeResult) -> None:
        self._durations.append((check.name, result.seconds))
        del self._durations[:-_DURATIONS_AT_MOST]

    def _app_state_now(self) -> tuple[Any, ...]:
        view = self._state.view
        return view["state"], view["app"]["pid"], view["app"]["stopped_by_number"]

    def _already_sent(self) -> dict[Key, float]:
        """Nothing, unless there was an earlier monitor: then all that there is by now."""
        if not self._state.view["monitor"]["restarts"]:
            return {}
        lines = self._dialect().lines(self._sampler.samples(), {})
        return {line.key: line.total for line in lines if line.key is not None}

    def _dialect(self) -> DogStatsd | PlainStatsd:
        view = self._state.view
        if self._address.plain:
            from initd.core.metrics.plain_statsd import PlainStatsd, part_of

            return PlainStatsd(self._address.prefix or f"initd.{part_of(view['hostname'] or '')}")
        values = ((name, label_of(view[name])) for name in WORKLOAD.labels)
        return DogStatsd((*(tag_of(name, value) for name, value in values if value), *self._tags))

    def _lines(self) -> list[Line]:
        dialect = self._dialect()
        durations, self._durations = self._durations, []
        return [
            *self._service_checks(dialect),
            *self._event(dialect),
            *dialect.lines(self._sampler.samples(), self._sent),
            *(dialect.timing(check, seconds) for check, seconds in durations),
            *dialect.count(DROPPED, self._relay.dropped, self._sent),
        ]

    def _service_checks(self, dialect: DogStatsd | PlainStatsd) -> list[Line]:
        verdicts = {name: self._state.judge(asked) for name, asked in SERVICE_CHECKS.items()}
        found = (dialect.service_check(name, it.ok, it.why) for name, it in verdicts.items())
        return [line for lines in found for line in lines]

    def _event(self, dialect: DogStatsd | PlainStatsd) -> Sequence[Line]:
        """One for an end that was not asked for."""
        last = self._state.view["last_exit"]
        if last is None or last == self._last_exit:
            return []
        self._last_exit = last
        if last["asked"]:
            return []
        how = f"signal {last['signal']}" if "signal" in last else f"code {last['code']}"
        title = f"The app ended by itself: {how}"
        command = " ".join(self._state.view["app"]["command"])[:200]
        return dialect.event(title, last.get("why") or f"{command}, pid {last['pid']}")
