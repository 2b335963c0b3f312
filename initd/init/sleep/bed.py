"""When pid 1 falls asleep: nothing to decide, and nothing has happened for some seconds."""

from __future__ import annotations

from time import monotonic

from initd.core.life import events as ev
from initd.core.states import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.life.events import Event
    from initd.core.supervisor import Supervisor
    from initd.init.kernel import Kernel

    #: Replaces this program with the sleeper; returns if that fails.
    FallAsleep = Callable[[Supervisor, Kernel], None]

#: Events come in groups: how long pid 1 stays awake after one, in seconds.
AWAKE = 3.0
#: And after it could not fall asleep.
_INSOMNIA = 60.0


class Bed:
    """Keeps the time since something last happened."""

    def __init__(self, fall_asleep: FallAsleep) -> None:
        self._fall_asleep = fall_asleep
        self._since = monotonic()
        self._awake = AWAKE

    def time(self, supervisor: Supervisor, kernel: Kernel) -> float | None:
        """When pid 1 is to fall asleep if nothing happens (monotonic seconds); None while there
        is something to do."""
        if supervisor.life.state != RUNNING or supervisor.deadline is not None:
            return None
        return self._since + self._awake if kernel.is_idle else None

    def after(self, events: list[Event], supervisor: Supervisor, kernel: Kernel) -> None:
        """Falls asleep if it is time to."""
        now = monotonic()
        if any(type(event) is not ev.Elapsed for event in events):
            self._since, self._awake = now, AWAKE
            return
        bedtime = self.time(supervisor, kernel)
        if bedtime is not None and now >= bedtime:
            self._fall_asleep(supervisor, kernel)
            self._since, self._awake = now, _INSOMNIA
