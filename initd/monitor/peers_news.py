"""News of peers, held back until the app takes the signal that comes with them: one that has just
been started would miss it, or be ended by it."""

from __future__ import annotations

from initd.core.monitor.messages import peers_message
from initd.core.signals.numbers import CHLD, CONT, WINCH
from initd.linux import process_look
from initd.monitor.loop import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from initd.core.registry.place import Watch

#: Seconds between looks at an app, and how long it is waited for: one that never takes the signal
#: itself may have a program behind it that does.
_INTERVAL, _PATIENCE = 0.1, 5.0
#: Nobody is ended by these.
_HARMLESS = frozenset((CHLD, CONT, WINCH))


class PeersNews:
    """`pass_on` gets each message; `app` says which process is the app."""

    def __init__(
        self,
        watches: Iterable[Watch],
        pass_on: Callable[[dict[str, Any]], None],
        app: Callable[[], int | None],
    ) -> None:
        self._signals = {watch.name: watch.signal for watch in watches}
        self._pass_on = pass_on
        self._app = app
        #: Watches with news, each with the moment until which it is held back.
        self._held: dict[str, float] = {}

    def tell(self, watch: str) -> None:
        """Something has changed there."""
        if watch not in self._held:
            self._held[watch] = running().time() + _PATIENCE
            self._look(watch)

    def _look(self, watch: str) -> None:
        loop = running()
        number, app = self._signals.get(watch, 0), self._app()
        if app is None or loop.time() >= self._held[watch] or _takes(app, number):
            del self._held[watch]
            self._pass_on(peers_message(watch))
        else:
            loop.call_at(loop.time() + _INTERVAL, lambda: self._look(watch))


def _takes(pid: int, number: int) -> bool:
    return not number or number in _HARMLESS or process_look.takes(pid, number)
