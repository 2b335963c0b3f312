"""When pid 1 falls asleep: nothing to decide, and nothing has happened for some seconds."""

from __future__ import annotations

from time import monotonic

from initd.core.life import events as ev
from initd.core.states import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life.events import Event
    from initd.core.settings import Settings
    from initd.core.supervisor import Supervisor
    from initd.init.kernel import Kernel

#: After it could not fall asleep, in seconds.
_INSOMNIA = 60.0

#: What keeps nobody awake.
_UNEVENTFUL = (ev.Elapsed, ev.OrphansCounted, ev.ReapedAll)


class Bed:
    """Keeps the time since something last happened."""

    def __init__(self, settings: Settings, awake: float) -> None:
        self._settings = settings
        self._awake = self._patience = awake
        self._since = monotonic()

    def time(self, supervisor: Supervisor, kernel: Kernel) -> float | None:
        """When pid 1 is to fall asleep if nothing happens (monotonic seconds); None while there
        is something to do."""
        life = supervisor.life
        if life.state != RUNNING or supervisor.deadline is not None or not kernel.is_idle:
            return None
        bedtime, awaited = self._since + self._patience, life.end_request.until
        return bedtime if awaited is None else max(bedtime, awaited)

    def after(self, events: list[Event], supervisor: Supervisor, kernel: Kernel) -> None:
        """Falls asleep if it is time to; returns if it is not."""
        now = monotonic()
        if any(type(event) not in _UNEVENTFUL for event in events):
            self._since, self._patience = now, self._awake
            return
        bedtime = self.time(supervisor, kernel)
        if bedtime is None or now < bedtime:
            return
        from initd.core.sleep import may_sleep
        from initd.init.sleep.fall_asleep import fall_asleep

        self._since, self._patience = now, _INSOMNIA
        if may_sleep(supervisor):
            fall_asleep(self._settings, supervisor, kernel)
