"""sd_notify, the receiving half: what a datagram says, who may say it, what follows.

The format is that of sd_notify(3): lines of NAME=VALUE. Unknown names are skipped: a
program says much that is meant for systemd alone.
"""

from __future__ import annotations

from initd.core.health.check import WHY_AT_MOST
from initd.core.health.notified_state import EXTEND_AT_MOST, RELOADING, STOPPING, NotifyState
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: A longer datagram is ignored: a status is for people, and all the rest are numbers.
#: systemd's limit is a page too (NOTIFY_BUFFER_MAX).
BYTES_AT_MOST = 4096
PING, TRIGGER = "ping", "trigger"

_PHASES = (b"READY", b"RELOADING", b"STOPPING")
_UNDERSTOOD = (
    *(*_PHASES, b"STATUS", b"WATCHDOG", b"WATCHDOG_USEC"),
    *(b"MAINPID", b"EXTEND_TIMEOUT_USEC", b"BARRIER"),
)
#: USEC_INFINITY of systemd: no limit.
_FOREVER = 2**64 - 1
#: PID_MAX_LIMIT of a 64-bit kernel (proc(5), /proc/sys/kernel/pid_max).
_PIDS = 1 << 22


class Notification(Value):
    """What one datagram says; None means that it does not say it. `main_pid` is unverified."""

    ready: bool = False
    reloading: bool = False
    stopping: bool = False
    #: For people: printable, at most WHY_AT_MOST characters; "" withdraws the last one.
    status: str | None = None
    #: PING or TRIGGER.
    watchdog: str | None = None
    watchdog_usec: int | None = None
    main_pid: int | None = None
    #: At most EXTEND_AT_MOST, whatever was asked for.
    extend_seconds: float | None = None
    barrier: bool = False


class Sender(Value):
    """Who sent it, as the kernel says (SCM_CREDENTIALS, unix(7)), in the reader's namespaces.

    A sender with CAP_SYS_ADMIN may name another process: systemd-notify, run by root,
    names its caller. That is safe: whoever has that capability can do worse.
    """

    pid: int
    uid: int


# ---- who may send it --------------------------------------------------------------------


class Access(Value, kw_only=True):
    """Who is heard. `allowed` is main, tree or all, as systemd's NotifyAccess; `own_namespace`
    whether init is pid 1, so that all that have a pid belong to this container; `can_tell` whether
    /proc tells of processes."""

    allowed: str
    own_namespace: bool
    init: int
    monitor: int
    can_tell: bool = True


def why_refused(
    sender: Sender, access: Access, main: int | None, ancestors_of: Callable[[int], tuple[int, ...]]
) -> str:
    """Why this sender is refused; "" if it is not.

    The kernel translates the sender's pid for the reader, and gives 0 for a process that
    has none there: one outside the container. The app's tree is what descends from init and not
    from the monitor, which runs checks; a `docker exec` descends from neither. A sender that has
    ended belongs to nobody any more, unless it was the main process: systemd can't tell then,
    either. `main` is unknown, None, in the app's first moment.
    """
    if sender.pid <= 0:
        return "the sender is outside the container: it has no pid here"
    if access.allowed == "main" and main is not None:
        return "" if sender.pid == main else "only the main process is heard (--notify-access main)"
    if access.own_namespace and (access.allowed == "all" or not access.can_tell):
        return ""
    if sender.pid == main:
        return ""
    ancestors = ancestors_of(sender.pid)
    if access.init not in ancestors:
        return "the sender is not a descendant of init, or has ended"
    if access.monitor in ancestors and access.allowed != "all":
        return (
            "the sender is a health check's command, not the app's (--notify-access all hears it)"
        )
    return ""


def may_name_main_pid(sender: Sender, app_uid: int) -> bool:
    """Only root and the app's user: init sends its signals where MAINPID points."""
    return sender.uid in (0, app_uid)


def without_main_pid(notification: Notification) -> Notification:
    """The same without MAINPID, from a sender who may not name it."""
    fields = {name: getattr(notification, name) for name in Notification.__match_args__}
    return Notification(**{**fields, "main_pid": None})


# ---- what it says -----------------------------------------------------------------------


def parse(datagram: bytes) -> Notification:
    """What is understood of a datagram; never raises.

    Of READY, RELOADING and STOPPING in one datagram the last one counts, as with systemd;
    so does the last of a name that comes twice.
    """
    if len(datagram) > BYTES_AT_MOST:
        return Notification()
    values = _assignments(datagram)
    phase = next(
        (name for name in reversed(values) if name in _PHASES and values[name] == b"1"), b""
    )
    extend = _number(values, b"EXTEND_TIMEOUT_USEC", _FOREVER)
    main_pid = _number(values, b"MAINPID", _PIDS)
    return Notification(
        ready=phase == b"READY",
        reloading=phase == b"RELOADING",
        stopping=phase == b"STOPPING",
        status=_for_people(values[b"STATUS"]) if b"STATUS" in values else None,
        watchdog={b"1": PING, b"trigger": TRIGGER}.get(values.get(b"WATCHDOG", b"")),
        watchdog_usec=_number(values, b"WATCHDOG_USEC", _FOREVER),
        main_pid=main_pid if main_pid is not None and main_pid > 1 else None,
        extend_seconds=min(extend / 1e6, EXTEND_AT_MOST) if extend is not None else None,
        barrier=values.get(b"BARRIER") == b"1",
    )


def _assignments(datagram: bytes) -> dict[bytes, bytes]:
    """By name, in the order in which each came last."""
    values: dict[bytes, bytes] = {}
    # A C program may send its string's closing NUL too.
    for line in datagram.removesuffix(b"\0").split(b"\n"):
        name, equals, value = line.partition(b"=")
        if equals and name in _UNDERSTOOD:
            values.pop(name, None)
            values[name] = value
    return values


def _number(values: dict[bytes, bytes], name: bytes, most: int) -> int | None:
    digits = values.get(name, b"")
    if not digits.isdigit() or len(digits) > len(str(_FOREVER)):
        return None
    number = int(digits)
    return number if number <= most else None


def _for_people(value: bytes) -> str:
    """One line that can't steer a terminal; at most WHY_AT_MOST characters."""
    text = value.decode(errors="replace")
    return "".join(char if char.isprintable() else " " for char in text).strip()[:WHY_AT_MOST]


# ---- what follows -----------------------------------------------------------------------


class Notified:
    """The app as it describes itself. Times are monotonic seconds.

    `ready` is whether it ever sent READY=1; `announced` is RELOADING until the next
    READY=1, or STOPPING, which lasts until a new app starts; `status` its last STATUS.
    `watchdog_seconds` is how often WATCHDOG=1 is due, 0.0 means never; `last_watchdog`
    when it last came; `watchdog_failed` whether WATCHDOG=trigger came since READY=1.
    """

    def __init__(self, watchdog_seconds: float = 0.0) -> None:
        """`watchdog_seconds` as configured; the app may set its own."""
        self._configured = watchdog_seconds
        self.begin(0.0)

    def begin(self, now: float, state: NotifyState | None = None) -> None:
        """A new app: it has said what is in `state`, or nothing yet."""
        state = state or NotifyState()
        own = state.watchdog_seconds
        self._own_watchdog = own
        self.ready = state.ready
        self.announced = state.announced
        self.status = state.status
        self.watchdog_seconds = self._configured if own is None else own
        self.watchdog_failed = state.watchdog_failed
        self.last_watchdog: float | None = None
        #: Since when the next WATCHDOG=1 has been awaited; None until the app is ready.
        self.watchdog_since = now if state.ready else None

    def state(self) -> NotifyState:
        """What another monitor has to know to carry on."""
        return NotifyState(
            ready=self.ready,
            announced=self.announced,
            status=self.status,
            watchdog_seconds=self._own_watchdog,
            watchdog_failed=self.watchdog_failed,
        )

    def watchdog_overdue(self, now: float) -> bool:
        """Whether WATCHDOG=1 should have come by now."""
        since = self.watchdog_since
        return (
            bool(self.watchdog_seconds)
            and since is not None
            and (now - since > self.watchdog_seconds)
        )

    def put_off(self, seconds: float, now: float) -> None:
        """The container has not run for so long: the app has that much more time."""
        if self.watchdog_since is not None:
            self.watchdog_since = min(self.watchdog_since + seconds, now)

    def hear(self, notification: Notification, now: float) -> tuple[str, ...]:
        """Takes it in; what it changed, as the events of docs/events.md are named."""
        before = self.state()
        if notification.ready or notification.reloading or notification.stopping:
            self._take_phase(notification, now)
        if notification.status is not None:
            self.status = notification.status
        if notification.watchdog_usec is not None:
            usec = notification.watchdog_usec
            self._own_watchdog = self.watchdog_seconds = 0.0 if usec == _FOREVER else usec / 1e6
            self._restart_watchdog(now)
        if notification.watchdog == PING:
            self.last_watchdog = now
            self._restart_watchdog(now)
        elif notification.watchdog == TRIGGER:
            self.watchdog_failed = True
        return _changes(before, self.state())

    def _take_phase(self, notification: Notification, now: float) -> None:
        if notification.stopping:
            self.announced = STOPPING
        elif self.announced != STOPPING:  # a stop is not taken back
            self.announced = RELOADING if notification.reloading else ""
        if notification.ready:
            self.ready, self.watchdog_failed = True, False
            self.watchdog_since = now

    def _restart_watchdog(self, now: float) -> None:
        if self.ready:
            self.watchdog_since = now


def _changes(before: NotifyState, after: NotifyState) -> tuple[str, ...]:
    came_back = before.announced == RELOADING and after.announced == ""
    found = {
        "ready": after.ready and (not before.ready or came_back),
        RELOADING: before.announced != after.announced == RELOADING,
        STOPPING: before.announced != after.announced == STOPPING,
        "status": before.status != after.status,
        "watchdog-trigger": after.watchdog_failed and not before.watchdog_failed,
    }
    return tuple(change for change, happened in found.items() if happened)
