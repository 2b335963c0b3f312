"""The two ends of the loop: what the kernel reports becomes events, actions become system calls."""

from __future__ import annotations

import posix
import sys
from select import POLLIN
from time import monotonic

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.signals.numbers import CHLD, CONT
from initd.core.signals.route import NO_ROUTES
from initd.core.start.outcome import status_facts
from initd.core.states import STOPPING, SWEEPING
from initd.init.children import Children
from initd.linux import process_tree, terminal, unix_socket
from initd.linux.signals import SI_KERNEL, open_signals, read_signals, signals_in
from initd.linux.watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from initd.core.start.spawn_spec import SpawnSpec
    from initd.init.bootstrap.secrets_link import SecretsLink
    from initd.init.bootstrap.shim import StartedShim
    from initd.init.control import Control
    from initd.init.hooks import HookRunner
    from initd.init.hosts_line import HostsLine
    from initd.init.log.log import Log
    from initd.init.monitor_link import MonitorLink

#: While something is due, init looks at the clock so often, in seconds: only so can it tell how
#: long a container has been paused.
LOOK_INTERVAL = 1.0
#: poll(2) takes milliseconds as an int: 24 days, after which it is asked again. Seconds.
LONGEST_WAIT = 2.0e6
#: A busy machine is not later than this: the container has not run. Seconds.
LATE = 1.0


class Kernel:
    """What pid 1 waits for, and what it does. `about` adds to a status what only start-up
    knows; `leave_note` writes why the container ends."""

    def __init__(
        self,
        shim_path: str,
        spec: SpawnSpec,
        log: Log,
        control: Control | None,
        about: Callable[[], dict[str, Any]],
        link_monitor: Callable[[Watch], MonitorLink] | None = None,
        started: StartedShim | None = None,
        leave_note: Callable[[do.LeaveNote], None] = lambda note: None,
        successors: bool = False,
        pid_file: str | None = None,
        secrets: SecretsLink | None = None,
        hooks: Callable[[Watch], HookRunner] | None = None,
        hosts: HostsLine | None = None,
    ) -> None:
        self.hosts = hosts
        self.log = log
        self.pid = posix.getpid()
        self._hands_terminal = spec.terminal
        self._control = control
        self._about = about
        #: Whether the log says nothing of an orphan's end.
        self._counts_orphans = not log.tells_of_orphans
        self._signals = open_signals()
        self._watched = Watch(self._signals)
        self._signals_alone = [(self._signals, POLLIN)]
        if control is not None:
            self._watched.register(control.server, POLLIN)
        self._monitor = monitor = link_monitor(self._watched) if link_monitor else None
        self._children = children = Children(
            shim_path, spec, self._watched, monitor, started, successors, pid_file, secrets
        )
        self._secrets = secrets
        self._performers: dict[type[do.Action], Callable[[Any], list[ev.Event] | None]] = {
            do.Spawn: self._spawn,
            do.Deliver: children.deliver,
            do.Look: children.look,
            do.DeliverTo: children.deliver_to,
            do.Sweep: children.sweep,
            do.TerminateGroup: children.terminate_group,
            do.Reap: lambda action: children.reap(),
            do.ContinueShim: children.continue_shim,
            do.Suspend: lambda action: terminal.suspend(),
            do.HandTerminal: self._hand_terminal,
            do.LendTerminal: self._lend_terminal,
            do.Reply: self._reply,
            do.ReplyStatus: self._reply_status,
            do.Log: lambda action: log(action.level, action.event, action.facts),
            do.LogOrphans: self._log_orphans,
            do.Complain: lambda action: log.say(action.sentence, action.exec_error),
            do.Follow: children.follow,
            do.LeaveNote: leave_note,
            do.LookAtWaits: lambda action: [ev.WaitsSeen(children.look_at_waits())],
            do.TakeOver: children.take_over,
            do.LookForSuccessor: children.look_for_successor,
        }
        self._hooks = runner = hooks(self._watched) if hooks is not None else None
        if runner is not None:
            children.hooks = runner
            self._performers |= {
                do.RunHook: runner.run,
                do.KillHook: runner.kill,
            }
        if monitor is not None:
            self._performers |= {
                do.StartMonitor: lambda action: monitor.start(
                    self._full(action.view), action.report
                ),
                do.TellMonitor: lambda action: monitor.tell(self._full(action.view)),
                do.EndMonitor: lambda action: monitor.end(),
                do.CloseMonitorSockets: lambda action: monitor.sockets.close(),
                do.NotifyUp: lambda action: monitor.notify_up(action.text),
            }
        if secrets is not None:
            from initd.init.secrets_performers import performers

            secrets.watch(self._watched)
            self._performers |= performers(secrets, control)

    # ---- asleep ---------------------------------------------------------------

    @property
    def children(self) -> Children:
        """Init's children."""
        return self._children

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer, and nothing is half done."""
        if self._children.more or (self._control is not None and self._control.deadline()):
            return False
        parts = (self._secrets, self._hooks)
        return all(part is None or part.is_idle for part in parts)

    @property
    def control(self) -> Control | None:
        """The control socket's server."""
        return self._control

    @property
    def secrets(self) -> SecretsLink | None:
        """Who reads the app's secrets."""
        return self._secrets

    def lasting_descriptors(self) -> list[int]:
        """Those that must outlive this interpreter when pid 1 falls asleep."""
        control = [self._control.server] if self._control is not None else []
        return [*self._children.descriptors(), *control]

    def resume(self, children: dict[str, Any], client: int) -> None:
        """Goes on after a sleep, with a client that waits for an answer (negative: none)."""
        self._children.resume(children)
        if self._control is None:
            return
        posix.set_inheritable(self._control.server, False)
        if client >= 0:
            posix.set_inheritable(client, False)
            self._control.adopt(client, monotonic())
            self._watched.register(client, POLLIN)

    # ---- waiting --------------------------------------------------------------

    def wait(
        self, until: float | None, direct_routes: Mapping[int, int], quiet: bool, is_due: bool
    ) -> list[ev.Event]:
        """Blocks until something has happened or `until` has passed (monotonic seconds).

        With nothing due and nothing happening, it does not wake up. Where something `is_due` then,
        a pause of the container meanwhile comes first, and puts it off. Where signals are all that
        has happened, the app gets those in `direct_routes` before this returns: somebody may be
        waiting for what it does then. With `quiet`, the end of an orphan is nothing that happens.
        """
        began = monotonic()
        patience = left = self._patience(until, began, LOOK_INTERVAL if is_due else LONGEST_WAIT)
        orphans, arrived = 0, b""
        if quiet and patience != 0 and self._counts_orphans:
            known = self._children.known()
            orphans, arrived = self._watched.wait_beyond_orphans(patience, known)
            left = 0
        found = [] if arrived else self._watched.wait(left)
        late = monotonic() - began - patience / 1000 if is_due and patience is not None else 0.0
        if arrived:
            events = self._act_on_signals(signals_in(arrived), direct_routes)
        else:
            events = self._news(found, direct_routes)
        if orphans:
            events.insert(0, ev.OrphansCounted(orphans))
        if late > LATE:
            events.insert(0, ev.Paused(late))
        elif until is not None and monotonic() >= until:
            events.append(ev.Elapsed())
        return events

    def signals_alone(self) -> list[ev.Event]:
        """What has come of them and of children, without waiting."""
        self._children.more = True
        return self._act_on_signals(read_signals(self._signals), NO_ROUTES)

    def _news(
        self, found: list[tuple[int, int]], direct_routes: Mapping[int, int]
    ) -> list[ev.Event]:
        if found == self._signals_alone and not self._children.more:
            return self._act_on_signals(read_signals(self._signals), direct_routes)
        happened = dict(found)
        ready = set(happened)
        events: list[ev.Event] = []
        if self._children.reports in ready:
            events += self._children.read_reports()
        if self._signals in ready or self._children.more:
            events += self._act_on_signals(read_signals(self._signals), NO_ROUTES)
        aimed = self._children.aimed
        if aimed is not None and not aimed.pidfds.isdisjoint(ready):
            events += aimed.ready(ready)
        if self._hooks is not None:
            self._hooks.hear(ready)
        if self._children.app_pidfd in ready:
            events += self._children.look_at_followed()
        if self._control is not None:
            events += self._serve(self._control, ready)
        if self._monitor is not None and self._monitor.channel in ready:
            events += self._monitor.hear(happened[self._monitor.channel])
        if self._secrets is not None and self._secrets.channel in ready:
            events += self._secrets.hear()
        return events

    def _patience(self, until: float | None, now: float, at_most: float) -> int | None:
        """Milliseconds for poll(2), rounded up so that the deadline has passed after it, and how
        long it takes `at_most` in seconds."""
        if self._children.more:
            return 0
        clients_until = self._control.deadline() if self._control is not None else None
        if clients_until is not None and (until is None or clients_until < until):
            until = clients_until
        if until is None:
            return None
        return int(min(max(0.0, until - now), at_most) * 1000) + 1

    def _act_on_signals(
        self, arrived: list[tuple[int, int, int, int]], direct_routes: Mapping[int, int]
    ) -> list[ev.Event]:
        events: list[ev.Event] = []
        children_changed = self._children.more
        for number, pid, uid, code in arrived:
            if number == CHLD:
                children_changed = True  # several may have come as one: reap until none is left
            elif pid != self.pid:
                # Init signals itself when it writes to a pipe without a reader: SIGPIPE is
                # ignored, but a blocked signal stays pending all the same.
                sent = direct_routes.get(number, 0)
                failures = self._children.pass_on(sent) if sent else []
                events += [ev.Signal(number, pid, uid, sent, code == SI_KERNEL), *failures]
                if not sent:
                    direct_routes = NO_ROUTES  # later ones must not overtake this one
        return events + self._children.reap() if children_changed else events

    # ---- the control socket ---------------------------------------------------

    def _serve(self, control: Control, ready: set[int]) -> list[ev.Event]:
        now = monotonic()
        for fd in control.overdue(now):
            self._unwatch(fd)
            control.dismiss(fd)
        requests: list[ev.Event] = []
        for fd in ready.intersection(control.clients):
            request = control.read(fd)
            if request is not None:
                requests.append(self._with_silence(request, now))
            if request is not None or fd not in control.clients:
                self._unwatch(fd)
        if control.server in ready:  # last: clients that have left have made room
            welcomed = control.welcome(now)
            if welcomed is not None:
                self._watched.register(welcomed, POLLIN)
            elif control.rests_until is not None:
                self._unwatch(control.server)
        elif control.rests_until is not None and now >= control.rests_until:
            control.rests_until = None
            self._watched.register(control.server, POLLIN)
        return requests

    def _with_silence(self, request: ev.Request, now: float) -> ev.Request:
        since = self._monitor.silent_since(now) if self._monitor is not None else None
        return ev.Request(request.client, request.verb, request.argument, since)

    def _unwatch(self, fd: int) -> None:
        try:
            self._watched.unregister(fd)
        except KeyError:
            pass  # its request was read, but a bug has prevented the answer

    def _reply(self, action: do.Reply) -> None:
        if self._control is not None:
            self._control.reply(action.client, action.answer)

    def _reply_status(self, action: do.ReplyStatus) -> None:
        if self._control is not None:
            view = self._full(action.view)
            if view["state"] in (STOPPING, SWEEPING):
                view["stop"] = {**view["stop"], **self._children.look_at_waits()}
            if self._monitor is not None:
                now = monotonic()
                since = self._monitor.silent_since(now)
                silent = round(now - since, 3) if since is not None else None
                view["monitor"] = {**view["monitor"], "silent_seconds": silent}
            from initd.core.redact import redacted

            view["init"]["words"] = list(redacted(sys.argv[1:], view["redact"]))
            self._control.reply(action.client, view)

    def _full(self, view: dict[str, Any]) -> dict[str, Any]:
        """The status, with what only Linux and start-up know."""
        app = self._children.app
        view["app"]["ppid"] = process_tree.parent_of(app) if app is not None else None
        return {**view, **self._about(), "init": {"pid": self.pid}}

    # ---- doing ----------------------------------------------------------------

    def perform(self, action: do.Action) -> list[ev.Event]:
        """Carries out one action. A failure comes back as an event."""
        return self._performers[type(action)](action) or []

    def _spawn(self, action: do.Spawn) -> list[ev.Event]:
        # What is started by now may have spoken already, while the rest of init was imported.
        if self._monitor is not None and self._children.started is None:
            self._monitor.forget_said()
        overtaken = self._secrets.overtaken() if self._secrets is not None else []
        return [*overtaken, *self._children.spawn(action)]

    def _log_orphans(self, action: do.LogOrphans) -> None:
        if self.log.shows(action.level):
            for pid, status in action.corpses:
                self.log(action.level, "orphan.reaped", {"pid": pid, **status_facts(status)})

    def _hand_terminal(self, action: do.HandTerminal) -> None:
        if self._children.app is not None and terminal.is_foreground():
            terminal.give_to(self._children.app)

    def _lend_terminal(self, action: do.LendTerminal) -> list[ev.Event]:
        if not terminal.is_foreground():
            return []  # the whole job is in the background, and no process of it may read
        self._hand_terminal(do.HandTerminal())
        return self._children.deliver(do.Deliver(CONT, "group"))

    def close(self) -> None:
        """Ends the monitor, gives the terminal back, and removes the control socket. What fails of
        it, for want of memory or of descriptors, changes no exit code."""
        for leave in (self._leave_helpers, self._leave_terminal, self._leave_places):
            try:
                leave()
            except Exception:  # the container ends
                pass

    def _leave_helpers(self) -> None:
        if self._monitor is not None:
            self._monitor.leave()
        if self._secrets is not None:
            self._secrets.leave()

    def _leave_terminal(self) -> None:
        if self._hands_terminal and self.pid != 1:
            terminal.give_to(posix.getpgrp())

    def _leave_places(self) -> None:
        path = self._control.path if self._control is not None else ""
        if path:
            unix_socket.remove(path)
        if self.pid == 1 and not unix_socket.is_usual(path):
            from initd.linux import hostname_file

            hostname_file.forget_own()
