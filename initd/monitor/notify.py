"""Reads the notify socket: pid 1 binds it and lets it queue, the monitor listens.

Every process of the container may send, whoever is heard, so everything is bounded: datagrams a
turn of the loop, bytes of each, log lines a minute.
"""

from __future__ import annotations

import posix
from _socket import CMSG_SPACE, MSG_TRUNC, SCM_CREDENTIALS, SOL_SOCKET, socket
from _struct import Struct
from time import monotonic

from initd.core.health.notify import (
    BYTES_AT_MOST,
    Access,
    Notification,
    Notified,
    Sender,
    may_name_main_pid,
    parse,
    why_refused,
    without_main_pid,
)
from initd.linux.process_tree import ancestors_of, parent_of
from initd.monitor.loop import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.monitor.log import Log

#: After so many the loop turns to others: HTTP must not starve in a flood.
DATAGRAMS_A_TURN = 32
#: A refusal is logged once in so many seconds for a sender, and for so many senders in that
#: time.
SECONDS_BETWEEN_REFUSALS = 60.0
SENDERS_AT_MOST = 32

_CREDENTIALS = Struct("iII")  # struct ucred: pid, uid, gid
_LEVELS = {"status": "debug", "watchdog-trigger": "warning"}
_NOTHING = Notification()


class NotifyListener:
    """Hears what the app says, and keeps `notified` up to date.

    `on_news` is called after each datagram that said something. `catch_up` is called before
    each is taken in, and takes in what pid 1 has sent until now: pid 1 tells of an app's end
    before it starts the next one, so what the next one says is never taken for the last
    one's, although it comes another way.
    """

    def __init__(
        self,
        fd: int,
        notified: Notified,
        on_news: Callable[[Notification], None],
        log: Log,
        *,
        access: Access,
        app_uid: int,
        main_pid: Callable[[], int | None] = lambda: None,
        catch_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._socket = socket(fileno=fd)
        self._socket.setblocking(False)
        self._notified = notified
        self._on_news = on_news
        self._log = log
        self._access = access
        self._main_pid = main_pid
        self._app_uid = app_uid
        self._catch_up = catch_up
        self._refusals = Refusals()

    def start(self) -> None:
        """Begins to read, on the running loop; what has queued comes first."""
        running().add_reader(self._socket.fileno(), self._readable)

    def close(self) -> None:
        """Stops reading. What comes now queues for the next monitor."""
        running().remove_reader(self._socket.fileno())
        self._socket.close()

    def _readable(self) -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                datagram, sender = _receive(self._socket)
            except BlockingIOError:
                return
            self._catch_up()
            self._take(datagram, sender)

    def _take(self, datagram: bytes | None, sender: Sender) -> None:
        why = why_refused(sender, self._access, self._main_pid(), ancestors_of)
        if why or datagram is None:
            self._refuse(
                sender,
                why or f"the datagram is too long: at most {BYTES_AT_MOST} bytes are allowed",
            )
            return
        notification = parse(datagram)
        if notification.main_pid is not None and not may_name_main_pid(sender, self._app_uid):
            self._refuse(sender, "only root and the app's user may set MAINPID")
            notification = without_main_pid(notification)
        if notification != _NOTHING:
            self._hear(notification, sender)

    def _hear(self, notification: Notification, sender: Sender) -> None:
        for change in self._notified.hear(notification, monotonic()):
            log = getattr(self._log, _LEVELS.get(change, "info"))
            log(f"notify.{change}", from_pid=sender.pid, said=self._notified.status)
        self._on_news(notification)

    def _refuse(self, sender: Sender, why: str) -> None:
        if self._refusals.is_news(sender.pid, monotonic()):
            self._log.warning("notify.refused", from_pid=sender.pid, from_uid=sender.uid, why=why)


def access_to(allowed: str, init: int) -> Access:
    """As configured, for this process as the monitor of that init."""
    return Access(
        allowed=allowed,
        own_namespace=init == 1,
        init=init,
        monitor=posix.getpid(),
        can_tell=parent_of(init) is not None,
    )


class Refusals:
    """Who was refused within the last minute. When it is full, nobody else is logged."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def is_news(self, pid: int, now: float) -> bool:
        """Whether a refusal of this sender is to be logged."""
        if pid in self._since and now - self._since[pid] < SECONDS_BETWEEN_REFUSALS:
            return False
        if len(self._since) >= SENDERS_AT_MOST:
            self._forget(until=now - SECONDS_BETWEEN_REFUSALS)
        if len(self._since) >= SENDERS_AT_MOST:
            return False
        self._since[pid] = now
        return True

    def _forget(self, until: float) -> None:
        self._since = {pid: since for pid, since in self._since.items() if since > until}


def _receive(reading: socket) -> tuple[bytes | None, Sender]:
    """The next datagram, or None in its place if it was too long. Raises BlockingIOError.

    There is room for the credentials but not for descriptors: those the kernel closes
    itself (unix(7), SCM_RIGHTS), so that none can leak. This also answers BARRIER=1:
    sd_notify_barrier(3) waits until its descriptor is closed, and all that came before has
    been taken in by then.
    """
    room = CMSG_SPACE(_CREDENTIALS.size)
    datagram, ancillary, flags, _ = reading.recvmsg(BYTES_AT_MOST, room)
    sender = Sender(0, 0)  # is refused, should the kernel ever omit the credentials
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_SOCKET, SCM_CREDENTIALS):
            pid, uid, _ = _CREDENTIALS.unpack(data)
            sender = Sender(pid, uid)
    return (None if flags & MSG_TRUNC else datagram), sender
