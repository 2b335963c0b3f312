"""Takes samples of all metrics: what pid 1 says, what checks said, what the app's tree uses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from initd import __version__
from initd.core.health.verdict import QUESTIONS
from initd.core.metrics.histogram import Histogram
from initd.core.metrics.samples import MetricInputs, Sample, samples
from initd.core.metrics.usage import CpuMeter, TreeUsage

if TYPE_CHECKING:
    from initd.core.health.check import Check, ProbeResult
    from initd.monitor.state import MonitorState


class Sampler:
    """Counts every answer from now on; reads the tree only when asked for samples."""

    def __init__(self, knowledge: MonitorState) -> None:
        self._knowledge = knowledge
        self._tallies: dict[str, Histogram] = {}
        self._cpu = CpuMeter()
        #: The monotonic start of the app and what the wall clock said of it. Kept, so
        #: that it is one number for one app although the wall clock is set meanwhile.
        self._start: tuple[float, float] | None = None
        knowledge.on_answer.append(self._count)

    def samples(self) -> list[Sample]:
        """Of the view as it stands."""
        knowledge = self._knowledge
        checks = knowledge.report.checks
        for check in checks:
            self._tallies.setdefault(check.name, Histogram())  # 0 is an answer, nothing isn't
        tree = self._read_tree()
        return samples(
            MetricInputs(
                knowledge.view,
                {question: knowledge.judge(question).ok for question in QUESTIONS},
                checks,
                self._tallies,
                tree,
                self._cpu,
                self._started_at(),
                __version__,
            )
        )

    def _count(self, check: Check, answer: ProbeResult) -> None:
        self._tallies.setdefault(check.name, Histogram()).add(answer)

    def _read_tree(self) -> TreeUsage | None:
        from initd.monitor.tree import read_tree  # brings in psutil

        pid = self._knowledge.view["app"]["pid"]
        tree = read_tree(pid) if pid is not None else None
        self._cpu.add(tree.processes if tree is not None else ())
        return tree

    def _started_at(self) -> float | None:
        since = self._knowledge.view["app"]["since"]
        if since is None:
            return None
        if self._start is None or self._start[0] != since:
            self._start = (since, time.time() - (time.monotonic() - since))
        return self._start[1]
