"""The two thin ends of the loop: the kernel's news as events, actions as system calls."""

from __future__ import annotations

import posix
from select import POLLIN, poll
from time import monotonic

from initd.core import actions as do
from initd.core import events as ev
from initd.core.signals import CHLD, CONT, KILL
from initd.core.spawn_spec import shim_argv
from initd.linux import cgroup, process, report, terminal
from initd.linux.signals import open_signals, read_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.spawn_spec import SpawnSpec
    from initd.init.control import Control
    from initd.init.log import Log

#: Corpses taken in one round, so that a fork storm does not keep a signal waiting.
_CORPSES_AT_ONCE = 500
_SHIM_PID, _APP_PID = 2, 3


class Kernel:
    """Invariant: `app_pidfd` is open exactly while `app` is set and the kernel has pidfds."""

    def __init__(
        self,
        shim_path: str,
        spec: SpawnSpec,
        log: Log,
        control: Control | None,
        about: Callable[[], dict[str, Any]],
    ) -> None:
        self.shim_path = shim_path
        self.spec = spec
        self.log = log
        self.control = control
        self.about = about
        self.pid = posix.getpid()
        self.shim: int | None = None
        self.app: int | None = None
        self.app_pidfd = -1
        self._spawned_before = False
        self._more_corpses = False
        self._reports = -1
        self._signals = open_signals()
        self._watched = poll()
        self._watched.register(self._signals, POLLIN)
        if control is not None:
            self._watched.register(control.server, POLLIN)
        self._performers: dict[type[do.Action], Callable[[Any], list[ev.Event] | None]] = {
            do.Spawn: self._spawn,
            do.Deliver: self._deliver,
            do.Sweep: self._sweep,
            do.Reap: lambda action: self._reap(),
            do.ContinueShim: self._continue_shim,
            do.Suspend: lambda action: terminal.suspend(),
            do.HandTerminal: self._hand_terminal,
            do.Reply: self._reply,
            do.ReplyStatus: self._reply_status,
            do.Log: lambda action: log(action.level, action.event, action.facts),
            do.Complain: lambda action: log.say(action.sentence),
        }

    # ---- waiting --------------------------------------------------------------

    def wait(self, until: float | None) -> list[ev.Event]:
        """Blocks until something has happened or `until` has passed (monotonic seconds).

        Nothing due, nothing happening: no wake-up.
        """
        ready = {fd for fd, _ in self._watched.poll(self._patience(until))}
        events: list[ev.Event] = []
        if self._reports in ready:
            events += self._read_reports()
        if self._signals in ready or self._more_corpses:
            events += self._read_signals()
        if self.control is not None:
            events += self._serve(self.control, ready)
        if until is not None and monotonic() >= until:
            events.append(ev.Elapsed())
        return events

    def _patience(self, until: float | None) -> int | None:
        """Milliseconds for poll(2), rounded up so that the deadline has passed after it."""
        if self._more_corpses:
            return 0
        clients_until = self.control.deadline() if self.control is not None else None
        if clients_until is not None and (until is None or clients_until < until):
            until = clients_until
        return None if until is None else max(0, int((until - monotonic()) * 1000) + 1)

    def _read_signals(self) -> list[ev.Event]:
        events: list[ev.Event] = []
        children_changed = self._more_corpses
        for number, pid, uid in read_signals(self._signals):
            if number == CHLD:
                children_changed = True  # five may have come as one: reap until none is left
            elif pid != self.pid:
                # Init signals itself when it writes to a pipe without a reader: SIGPIPE
                # is ignored, but what is blocked stays pending all the same.
                events.append(ev.Signal(number, pid, uid))
        return events + self._reap() if children_changed else events

    def _reap(self) -> list[ev.Event]:
        """Corpses first, then reports, which are older: the shim writes before it dies,
        and the app's corpse comes to init only after that."""
        corpses: list[tuple[int, int]] = []
        left = True
        self._more_corpses = True
        while len(corpses) < _CORPSES_AT_ONCE:
            corpse = process.next_corpse()
            if corpse is None or corpse == (0, 0):
                left = corpse is not None
                self._more_corpses = False
                break
            corpses.append(corpse)
        events = self._read_reports() if self._reports >= 0 else []
        for pid, status in corpses:
            event = self._changed(pid, status)
            if event is not None:
                events.append(event)
        if not self._more_corpses:
            events.append(ev.ReapedAll(left))
        return events

    def _changed(self, pid: int, status: int) -> ev.Event | None:
        if posix.WIFSTOPPED(status):
            if pid == self.shim:
                return ev.ShimStopped()
            return ev.AppStopped(posix.WSTOPSIG(status)) if pid == self.app else None
        if posix.WIFCONTINUED(status):
            return ev.AppContinued() if pid == self.app else None
        if pid == self.shim:
            self.shim = None
        if pid == self.app:
            self._forget_app()
            return ev.Reaped(pid, status, _oom_kills(status))
        return ev.Reaped(pid, status)

    def _read_reports(self) -> list[ev.Event]:
        events: list[ev.Event] = []
        while self._reports >= 0:
            reports = report.read_reports(self._reports)
            if reports is None:
                self._close_reports()
            elif not reports:
                break
            else:
                events += [self._reported(*each) for each in reports]
        return events

    def _reported(self, kind: int, a: int, b: int) -> ev.Event:
        if kind == report.STARTED:
            self.app = a
            # No race: the shim leaves the app's corpse to init, so this pid is
            # the app's or its corpse's until init reaps it.
            self.app_pidfd = process.open_pidfd(a)
            return ev.Started(a)
        if kind == report.FAILED:
            return ev.StartFailed(a, b, posix.strerror(b))
        if kind == report.STOPPED:
            return ev.AppStopped(a)
        if kind == report.CONTINUED:
            return ev.AppContinued()
        self._forget_app()
        return ev.AppExited(a, _oom_kills(a))

    def _forget_app(self) -> None:
        if self.app_pidfd >= 0:
            posix.close(self.app_pidfd)
        self.app, self.app_pidfd = None, -1

    def _close_reports(self) -> None:
        self._watched.unregister(self._reports)
        posix.close(self._reports)
        self._reports = -1

    # ---- the control socket ---------------------------------------------------

    def _serve(self, control: Control, ready: set[int]) -> list[ev.Event]:
        now = monotonic()
        for fd in control.overdue(now):
            self._watched.unregister(fd)
            control.dismiss(fd)
        requests: list[ev.Event] = []
        for fd in ready.intersection(control.clients):
            request = control.read(fd)
            if request is not None:
                requests.append(request)
            if request is not None or fd not in control.clients:
                self._watched.unregister(fd)
        if control.server in ready:  # last: those who have left have made room
            welcomed = control.welcome(now)
            if welcomed is not None:
                self._watched.register(welcomed, POLLIN)
        return requests

    def _reply(self, action: do.Reply) -> None:
        if self.control is not None:
            self.control.reply(action.client, action.answer)

    def _reply_status(self, action: do.ReplyStatus) -> None:
        view = {**action.view, **self.about()}
        view["init"] = {"pid": self.pid}
        view["app"]["ppid"] = process.parent_of(self.app) if self.app else None
        if self.control is not None:
            self.control.reply(action.client, view)

    # ---- processes ------------------------------------------------------------

    def perform(self, action: do.Action) -> list[ev.Event]:
        """Carries out one action. A failure comes back as an event."""
        return self._performers[type(action)](action) or []

    def _spawn(self, action: do.Spawn) -> list[ev.Event]:
        wanted = self.pid == 1 and not self._spawned_before and process.may_choose_pids()
        argv = shim_argv(self.spec, self.pid, _APP_PID if wanted else 0)
        self._spawned_before = True
        reading, writing = report.report_pipe()
        try:
            shim = process.spawn(
                self.shim_path, argv, self.spec.environ, writing, _SHIM_PID if wanted else 0
            )
        except OSError as error:
            posix.close(reading)
            return [ev.SpawnRefused(error.errno or 0, f"{self.shim_path}: {error.strerror}")]
        finally:
            posix.close(writing)
        self.shim = shim
        if self._reports >= 0:
            self._close_reports()
        self._reports = reading
        self._watched.register(reading, POLLIN)
        return [ev.Spawned(shim)]

    def _deliver(self, action: do.Deliver) -> list[ev.Event]:
        error = self._send(action.number, action.target)
        if error in (0, 3):  # ESRCH: it has ended meanwhile, which is news of its own
            return []
        return [ev.Undelivered(action.number, posix.strerror(error))]

    def _send(self, number: int, target: str) -> int:
        if target == "all":
            return self._send_to_all(number)
        if self.app is None:
            return 0
        if target == "group":
            return process.send_to_pid(-self.app, number)
        if self.app_pidfd >= 0:
            return process.send_to_pidfd(self.app_pidfd, number)
        return process.send_to_pid(self.app, number)

    def _send_to_all(self, number: int) -> int:
        if self.pid == 1:
            return process.send_to_all(number)
        error = 0
        for pid in process.descendants():
            if pid != self.shim:
                error = process.send_to_pid(pid, number) or error
        return error

    def _sweep(self, action: do.Sweep) -> list[ev.Event]:
        error = self._send_to_all(action.number)
        if error in (0, 3):
            return []
        return [ev.Undelivered(action.number, posix.strerror(error))]

    def _continue_shim(self, action: do.ContinueShim) -> None:
        if self.shim is not None:
            process.send_to_pid(self.shim, CONT)

    # ---- the terminal ---------------------------------------------------------

    def _hand_terminal(self, action: do.HandTerminal) -> None:
        if self.app is not None and terminal.is_foreground():
            terminal.give_to(self.app)

    def close(self) -> None:
        """Gives back what outlives init: the terminal and the socket's file."""
        if self.spec.terminal and self.pid != 1:
            terminal.give_to(posix.getpgrp())
        if self.control is not None:
            try:
                posix.unlink(self.control.path)
            except OSError:
                pass


def _oom_kills(status: int) -> int:
    return cgroup.oom_kills() if status & 0x7F == KILL else 0
