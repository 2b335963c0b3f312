"""Init's side of the monitor: forks it, tells it of changes, reads its messages, ends it."""

from __future__ import annotations

import posix
from select import POLLIN, POLLOUT

from initd.core.life import events as ev
from initd.core.monitor.messages import MonitorSpec, event_of
from initd.core.signals.numbers import KILL
from initd.json_codec import decode, encode
from initd.linux import channel, child_processes, moment, notify_socket, own_process, privileges
from initd.linux.process_tree import kill_session
from initd.linux.signals import open_pidfd, send_to_pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.health.verdict import Report
    from initd.core.settings import Settings
    from initd.init.held_sockets import HeldSockets
    from initd.init.log.log import Log
    from initd.linux.watch import Watch

    #: Loads the monitor's code, and returns what runs it to its end.
    Load = Callable[[], Callable[[MonitorSpec], None]]

#: Messages read in one round, so that a broken monitor can't keep a signal waiting.
_MESSAGES_AT_ONCE = 16
#: How long a monitor has to finish when init ends, in milliseconds.
_FAREWELL = 100
#: What is later than this is not a busy machine, in seconds.
_LATE = 3.0
_EXIT_BUG = 70
_EAGAIN = 11


class MonitorLink:
    """Invariant: `channel` is open and watched exactly while it is not negative.

    `sockets` are those that init keeps open for the next monitors."""

    def __init__(
        self,
        load: Load,
        settings: Settings,
        sockets: HeldSockets,
        watched: Watch,
        log: Log,
    ) -> None:
        self.pid: int | None = None
        self.channel = -1
        self._load = load
        self._settings = settings
        self.sockets = sockets
        self._watched = watched
        self._log = log
        self._pidfd = -1
        self._next_due = moment.open_moment()

    # ---- its start ------------------------------------------------------------

    def start(self, view: dict[str, Any], report: Report) -> list[ev.Event]:
        """Forks the monitor, which shares pid 1's memory page by page."""
        try:
            ours, theirs = channel.open_channel()
        except OSError as error:
            return [ev.MonitorRefused(error.strerror or str(error))]
        self.sockets.reopen()
        moment.write(self._next_due, None)
        spec = MonitorSpec(
            settings=self._settings,
            channel=theirs,
            listeners=self.sockets.listeners,
            notify=self.sockets.notify,
            next_due=self._next_due,
            view=view,
            report=report,
            events=self._log.recent,
            stderr=self._log.descriptors(),
            write=self._log.write,
        )
        try:
            pid = posix.fork()
        except OSError as error:
            posix.close(ours)
            posix.close(theirs)
            return [ev.MonitorRefused(error.strerror or str(error))]
        if pid == 0:
            self._become_monitor(spec)
        posix.close(theirs)
        self.close()
        self.pid, self.channel = pid, ours
        self._pidfd = open_pidfd(pid)
        self._watched.register(ours, POLLIN)
        return [ev.MonitorStarted(pid)]

    def _become_monitor(self, spec: MonitorSpec) -> None:
        """Runs in the child. The code is loaded with init's privileges, because the app's user
        may be unable to read it, and runs without them."""
        try:
            posix.setsid()  # a terminal's Ctrl-C is not for the monitor
            inherited = [fd for fd in (spec.notify, spec.next_due) if fd >= 0]
            stderr = self._log.descriptors()
            privileges.keep_descriptors((*stderr, spec.channel, *spec.listeners, *inherited))
            privileges.redirect_stdin_and_stdout()
            privileges.maximize_oom_score()
            own_process.set_process_name("initd-monitor", "initd: monitor")
            run = self._load()
            user = self._settings.user
            privileges.drop_privileges(
                (user.uid, user.gid, user.groups) if user is not None else None
            )
            if self._settings.directory is not None:
                posix.chdir(self._settings.directory)  # as the app has it, for its checks
            run(spec)
        except BaseException as bug:
            from initd.libraries import library_at_fault

            facts = {"during": "monitor", "error": f"{type(bug).__name__}: {bug}"}
            self._log("error", "monitor.bug", {**facts, **library_at_fault(bug)})
            posix._exit(_EXIT_BUG)
        posix._exit(0)

    # ---- its life -------------------------------------------------------------

    def tell(self, view: dict[str, Any]) -> None:
        """Sends a view; without room for it, a fresh one follows later."""
        if self.channel < 0:
            return
        message = encode({"view": view, "events": self._log.recent}).encode()
        behind = not channel.send(self.channel, message)
        self._watched.modify(self.channel, POLLIN | POLLOUT if behind else POLLIN)

    def hear(self, happened: int) -> list[ev.Event]:
        """Reads its messages; and asks for a view on its behalf when it has room again."""
        events: list[ev.Event] = []
        for _ in range(_MESSAGES_AT_ONCE):
            data = channel.receive(self.channel)
            if data is None:
                break
            if not data:
                self._close_channel()  # its end is seen when it is reaped
                return events
            event = _event_in(data)
            if event is None:
                self._log("warning", "monitor.nonsense", {"bytes": len(data)})
            else:
                events.append(event)
        if happened & POLLOUT:
            events.append(ev.ViewAsked())
        return events

    def silent_since(self, now: float) -> float | None:
        """When it was to do something and did not; None if it does its work. It leaves word of
        that each time it waits, so nobody is woken to ask."""
        due = moment.read(self._next_due)
        return due if due is not None and now > due + _LATE else None

    def forget_said(self) -> None:
        """Discards what the last app has said over sd_notify: it must not count for the next."""
        if self.sockets.notify >= 0:
            notify_socket.discard(self.sockets.notify)

    # ---- what init says upwards -----------------------------------------------

    def notify_up(self, text: str) -> list[ev.Event]:
        """Says it to whoever started init; never waits."""
        error = notify_socket.send(self._settings.environ[b"NOTIFY_SOCKET"], text.encode())
        if error:
            return [ev.NotifiedNobody(text, error == _EAGAIN, posix.strerror(error))]
        self._log("debug", "notify.passed-on", {"said": text})
        return []

    # ---- its end --------------------------------------------------------------

    def reaped(self) -> None:
        """It has been reaped. A check's command that it had started has no parent left that
        would end it in time."""
        if self.pid is not None:
            kill_session(self.pid)
        self.pid = None
        self.close()

    def end(self) -> None:
        """Tells it to finish, by closing the channel."""
        self._close_channel()

    def close(self) -> None:
        """Closes what belonged to the last one."""
        self._close_channel()
        if self._pidfd >= 0:
            posix.close(self._pidfd)
            self._pidfd = -1

    def leave(self) -> None:
        """Init ends: gives the monitor a moment to finish, then kills it."""
        self._close_channel()
        if self.pid is None:
            return
        child_processes.wait_for_exit(self._pidfd, _FAREWELL)
        send_to_pid(self.pid, KILL)
        child_processes.reap_child(self.pid)
        self.reaped()

    def _close_channel(self) -> None:
        if self.channel >= 0:
            self._watched.unregister(self.channel)
            posix.close(self.channel)
            self.channel = -1


def _event_in(data: bytes) -> ev.Event | None:
    try:
        return event_of(decode(data.decode()))
    except ValueError:
        return None
