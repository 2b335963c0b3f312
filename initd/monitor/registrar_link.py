"""The monitor's side of the registrar: forks it, tells it of the app, hears it, starts it again.

The registrar is a child of the monitor: it has no rights that the monitor has not given up, and
pid 1 has one process less to mind.
"""

from __future__ import annotations

import posix

from initd.core.life.backoff import delay
from initd.core.monitor.messages import RegistrarSpec
from initd.core.signals.numbers import KILL
from initd.json_codec import decode, encode
from initd.linux import channel, own_process, privileges
from initd.monitor.loop import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from initd.core.settings import Settings
    from initd.monitor.log import MonitorLog

#: A registrar that has lived for so many seconds is started again without a history.
_STABLE = 10.0
_EXIT_BUG = 70
#: So that one who never stops talking keeps nobody waiting.
_MESSAGES_AT_ONCE = 16


class RegistrarLink:
    """Invariant: `_channel` is open and watched exactly while it is not negative. `hear` gets each
    message of the registrar, and says whether it is one; a registrar that sends anything else is
    killed."""

    def __init__(
        self,
        settings: Settings,
        revision: str,
        kept: Sequence[int],
        write: Callable[[bytes], bool],
        log: MonitorLog,
        hear: Callable[[Any], bool],
        load: Callable[[], Callable[[RegistrarSpec], None]],
    ) -> None:
        self._settings = settings
        self._revision = revision
        self._kept = tuple(kept)
        self._write = write
        self._log = log
        self._hear = hear
        self._load = load
        self._channel = -1
        self._pidfd = -1
        self._pid = 0
        self._since = 0.0
        self._attempt = 0
        self._last: dict[str, bool] = {"ready": False, "gone": False, "known": False}

    def start(self) -> None:
        """Forks it, in the running loop."""
        loop = running()
        self._since = loop.time()
        try:
            ours, theirs = channel.open_channel()
            pid = posix.fork()
        except OSError as error:
            self._again(error.strerror or str(error))
            return
        if pid == 0:
            self._become(theirs)
        posix.close(theirs)
        self._channel, self._pid, self._pidfd = ours, pid, posix.pidfd_open(pid)
        loop.add_reader(ours, self._read)
        loop.add_reader(self._pidfd, self._ended)
        self._log.debug("registry.started", pid=pid)
        self._send()

    def _become(self, theirs: int) -> None:
        """In the child."""
        try:
            own_process.set_parent_death_signal(KILL)
            privileges.keep_descriptors((*self._kept, theirs, 0, 1))
            own_process.set_process_name("initd-registrar", "initd: registrar")
            spec = RegistrarSpec(
                settings=self._settings,
                revision=self._revision,
                channel=theirs,
                write=self._write,
            )
            self._load()(spec)
            posix._exit(0)
        except BaseException as bug:
            self._log.error("registry.bug", error=repr(bug))
        finally:
            posix._exit(_EXIT_BUG)  # also short of memory

    def tell(self, ready: bool, gone: bool, known: bool) -> None:
        """What has become of the app, and whether pid 1 knows of the entry, if that is news."""
        news = {"ready": ready, "gone": gone, "known": known}
        if news != self._last:
            self._last = news
            self._send()

    def _send(self) -> None:
        if self._channel >= 0:
            channel.send(self._channel, encode(self._last).encode())

    def _read(self) -> None:
        for _ in range(_MESSAGES_AT_ONCE):
            if self._channel < 0 or (data := channel.receive(self._channel)) is None:
                return
            if not data:
                self._close_channel()
            elif not self._heard(data):
                self._log.warning("registry.nonsense", bytes=len(data))
                self._close_channel()
                posix.kill(self._pid, KILL)

    def _heard(self, data: bytes) -> bool:
        try:
            return self._hear(decode(data.decode()))
        except ValueError:
            return False

    def _ended(self) -> None:
        loop = running()
        self._read()
        self._close_channel()
        loop.remove_reader(self._pidfd)
        posix.close(self._pidfd)
        _, status = posix.waitpid(self._pid, 0)
        self._again(f"wait status {status}")

    def _again(self, why: str) -> None:
        loop = running()
        if loop.time() - self._since >= _STABLE:
            self._attempt = 0
        pause = delay(self._attempt)
        self._attempt += 1
        self._log.warning("registry.exited", why=why, again_in_seconds=pause)
        loop.call_at(loop.time() + pause, self.start)

    def _close_channel(self) -> None:
        if self._channel >= 0:
            running().remove_reader(self._channel)
            posix.close(self._channel)
            self._channel = -1
