"""Watches a directory of a registry: writes who is there, and says that this has changed."""

from __future__ import annotations

import posix

from initd.atomic_replace import replace
from initd.core.registry import peers as entries
from initd.json_codec import decode, encode
from initd.monitor.loop import running
from initd.monitor.tasks import sleep
from initd.registrar.failure import RegistryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.registry.peers import Peer
    from initd.core.registry.place import Watch
    from initd.monitor.log import MonitorLog
    from initd.monitor.loop import Timer
    from initd.registrar.registry import Registry

#: That nobody is left is believed after so many seconds: a registry that has lost its data gets
#: them again from those who still run.
EMPTY_AFTER = 15.0
#: Seconds from one call of `on_change` to the next: haproxy may miss a signal that comes while it
#: reads its files again, and whoever can write to the registry could keep a proxy busy with that.
_BETWEEN = 1.0
_SHORTEST, _LONGEST = 0.5, 10.0
_MODE = 0o644


class Watcher:
    """`on_change` is called with the watch's name when the file has been written: at once, and
    once for all that is written within the next second."""

    def __init__(
        self,
        watch: Watch,
        registry: Registry,
        on_change: Callable[[str], None],
        log: MonitorLog,
    ) -> None:
        self._watch = watch
        self._registry = registry
        self._on_change = on_change
        self._log = log
        self._peers: tuple[Peer, ...] | None = None
        self._emptied: Timer | None = None
        self._telling: Timer | None = None
        self._told = -_BETWEEN
        self._away = False

    async def watch(self) -> None:
        """For ever."""
        prefix = self._watch.place.prefix + "/"
        failures = 0
        while True:
            try:
                async for values in self._registry.snapshots(prefix):
                    failures = 0
                    self._back()
                    self._seen(values)
            except (OSError, TimeoutError, RegistryError) as error:
                self._lost(str(error) or type(error).__name__)
            pause = min(_SHORTEST * 2**failures, _LONGEST)
            failures = min(failures + 1, 10)
            jitter = 0.75 + posix.urandom(1)[0] / 510
            await sleep(pause * jitter)

    def _seen(self, values: list[bytes]) -> None:
        found = {peer for peer in map(_peer, values) if peer is not None}
        peers = tuple(sorted(found, key=lambda peer: (peer.name, peer.address, peer.port)))
        if peers == self._peers:
            self._believe()
            return
        if peers or not self._peers:
            self._believe()
            self._change(peers)
        elif self._emptied is None:
            loop = running()
            self._emptied = loop.call_at(loop.time() + EMPTY_AFTER, lambda: self._change(peers))

    def _believe(self) -> None:
        if self._emptied is not None:
            self._emptied.cancel()
            self._emptied = None

    def _change(self, peers: tuple[Peer, ...]) -> None:
        self._emptied = None
        self._peers = peers
        watch = self._watch
        names = [peer.name for peer in peers[:10]]
        self._log.info("watch.changed", watch=watch.name, peers=len(peers), names=names)
        if watch.file:
            if watch.each:
                head = f"{watch.head}\n" if watch.head else ""
                text = head + entries.lines(peers, watch.each)
            else:
                text = encode(entries.as_json(peers)) + "\n"
            try:
                replace(watch.file, text.encode(), _MODE)
            except OSError as error:
                why = error.strerror or str(error)
                self._log.warning("watch.unwritten", watch=watch.name, file=watch.file, why=why)
                return
        self._tell()

    def _tell(self) -> None:
        if self._telling is None:
            loop = running()
            self._telling = loop.call_at(max(loop.time(), self._told + _BETWEEN), self._tell_now)

    def _tell_now(self) -> None:
        self._telling, self._told = None, running().time()
        self._on_change(self._watch.name)

    def _lost(self, why: str) -> None:
        if not self._away:
            self._log.warning("watch.unreachable", watch=self._watch.name, why=why)
        self._away = True

    def _back(self) -> None:
        if self._away:
            self._log.recovery("watch.reachable", watch=self._watch.name)
        self._away = False


def _peer(value: bytes) -> Peer | None:
    try:
        return entries.peer_of(decode(value.decode()))
    except ValueError:
        return None
