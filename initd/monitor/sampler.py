"""Takes samples of all metrics: pid 1's view, the checks' results, what the app's tree uses."""

from __future__ import annotations

import time

from initd import __version__
from initd.core.health.verdict import QUESTIONS
from initd.core.metrics.histogram import Histogram
from initd.core.metrics.usage import CpuMeter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.check import Check, ProbeResult
    from initd.core.metrics.samples import Sample
    from initd.core.metrics.usage import MainUsage, TreeUsage
    from initd.monitor.state import MonitorState
    from initd.monitor.tree import MainProcess


class Sampler:
    """Counts every result from now on; reads the tree only when samples are taken."""

    def __init__(self, state: MonitorState) -> None:
        self._state = state
        self._histograms: dict[str, Histogram] = {}
        self._cpu = CpuMeter()
        self._main: MainProcess | None = None
        #: The start of the app by the monotonic clock and by the wall clock. Kept, so that
        #: one app has one number even if the wall clock is set meanwhile.
        self._start: tuple[float, float] | None = None
        state.on_result.append(self._count)

    def samples(self) -> list[Sample]:
        """Of the present view; nothing is asked of pid 1."""
        from initd.core.metrics.samples import MetricInputs, samples  # not before it is asked for

        state = self._state
        checks = state.report.checks
        for check in checks:
            self._histograms.setdefault(check.name, Histogram())  # says 0 before the first result
        return samples(
            MetricInputs(
                view=state.view,
                verdicts={question: state.judge(question).ok for question in QUESTIONS},
                checks=checks,
                histograms=self._histograms,
                tree=self._read_tree(),
                main=self._read_main(),
                cpu=self._cpu,
                started_at=self._started_at(),
                version=__version__,
            )
        )

    def _count(self, check: Check, result: ProbeResult) -> None:
        self._histograms.setdefault(check.name, Histogram()).add(result)

    def _read_tree(self) -> TreeUsage | None:
        from initd.monitor.tree import read_tree

        pid = self._state.view["app"]["pid"]
        tree = read_tree(pid) if pid is not None else None
        self._cpu.add(tree.processes if tree is not None else ())
        return tree

    def _read_main(self) -> MainUsage | None:
        from initd.monitor.tree import MainProcess

        if self._main is None:
            self._main = MainProcess()
        pid = self._state.view["app"]["pid"]
        return self._main.read(pid) if pid is not None else None

    def _started_at(self) -> float | None:
        since = self._state.view["app"]["since"]
        if since is None:
            return None
        if self._start is None or self._start[0] != since:
            self._start = (since, time.time() - (time.monotonic() - since))
        return self._start[1]
