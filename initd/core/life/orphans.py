"""Orphans: whose end is logged, or just counted; and what was counted while pid 1 slept."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life.life_state import LifeState
from initd.core.states import END, RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life import events as ev

    Actions = list[do.Action]


class Orphans(LifeState):
    """What init has adopted and reaps: processes that it has not started."""

    def _on_others_reaped(self, event: ev.OthersReaped, now: float) -> Actions:
        corpses = event.corpses
        if self.corpse is not None and any(pid == self.corpse for pid, _ in corpses):
            corpses = [each for each in corpses if each[0] != self.corpse]
            self.corpse = None
        return self._orphans(corpses)

    def _orphans(self, corpses: list[tuple[int, int]]) -> Actions:
        self.counts.orphans += len(corpses)
        code = self.aiming.code_of(corpses)
        if code is not None and self.want == END:
            self.outcome = code  # the program's, which has outlived what was in front of it
        return [do.LogOrphans("warning" if self.policy.warn_reaped else "debug", corpses)]

    @property
    def only_counts_orphans(self) -> bool:
        """Whether nothing follows from the end of a process that is not known by now."""
        return (
            self.state == RUNNING
            and self.corpse is None
            and self.aiming.awaited is None
            and not self.policy.warn_reaped
        )

    def _on_orphans_counted(self, event: ev.OrphansCounted, now: float) -> Actions:
        self.counts.orphans += event.count
        return []

    def _on_slept(self, event: ev.Slept, now: float) -> Actions:
        self.counts.slept(event.seconds, event.why)
        self.counts.orphans += event.orphans
        return []
