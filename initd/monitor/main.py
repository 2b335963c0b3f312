"""The monitor, from its fork to the moment that pid 1 closes the channel."""

from __future__ import annotations

import errno
import gc
import posix
from time import monotonic

from initd.core.health.notify import Notified
from initd.core.health.schedule import Health
from initd.core.health.verdict import READY
from initd.core.life import events as ev
from initd.core.monitor.messages import (
    entry_message,
    event_of,
    extend_message,
    main_pid_message,
    report_message,
)
from initd.core.states import RUNNING, STOPPING
from initd.linux import moment
from initd.linux.own_process import trim_heap
from initd.log_style import style_of
from initd.monitor.channel import Channel
from initd.monitor.log import REMEMBERED, MonitorLog
from initd.monitor.loop import running
from initd.monitor.prober import Prober
from initd.monitor.state import MonitorState
from initd.monitor.tasks import run as run_task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.health.check import Check, ProbeResult
    from initd.core.health.notify import Notification
    from initd.core.health.schedule import Change
    from initd.core.health.verdict import Report
    from initd.core.monitor.messages import MonitorSpec, RegistrarSpec
    from initd.monitor.http.server import HttpServer
    from initd.monitor.notify import NotifyListener
    from initd.monitor.registrar_link import RegistrarLink
    from initd.monitor.statsd import StatsdReporter

    #: Loads the registrar's code, and returns what runs it to its end.
    LoadRegistrar = Callable[[], Callable[[RegistrarSpec], None]]

#: pid 1 is not told of an extension that gains less than so many seconds.
_NEWS = 0.5
#: Who has less than this left, in bytes, is short of memory.
_SPARE = 1 << 20
_EXIT_NO_MEMORY = 71  # EX_OSERR, sysexits.h


def run(spec: MonitorSpec, load_registrar: LoadRegistrar) -> None:
    """Runs until pid 1 closes the channel. Whatever goes wrong ends this process: pid 1
    starts another, which is better than one that limps."""
    gc.freeze()  # what there is by now stays, and is shared with pid 1 as long as it is not touched
    gc.enable()
    run_task(_live(spec, load_registrar))


async def _live(spec: MonitorSpec, load_registrar: LoadRegistrar) -> None:
    monitor = Monitor(spec, load_registrar)
    monitor.begin()
    trim_heap()
    await monitor.channel.closed
    await monitor.end()


class Monitor:
    """Puts the parts together, and tells each of them what concerns it."""

    def __init__(self, spec: MonitorSpec, load_registrar: LoadRegistrar) -> None:
        settings = spec.settings
        self._spec = spec
        self._load_registrar = load_registrar
        self._log = MonitorLog(settings.log_depth, style_of(settings), spec.write)
        self._notified = Notified(settings.watchdog)
        self._health = Health(settings.checks, spec.report)
        self.channel = Channel(spec.channel, self._on_view)
        self._state = MonitorState(settings, self._health, spec.view, self.channel.pull)
        self._prober = Prober(
            self._health,
            settings.environ,
            self._notified,
            self._on_result,
            self._on_change,
            self._on_report,
            lambda lost: self._log.info("monitor.paused", seconds=round(lost, 3)),
            lambda until: moment.write(spec.next_due, until),
        )
        # What is not asked for is not imported.
        self._http = self._new_server() if spec.listeners else None
        self._statsd = self._new_reporter()
        self._listener = self._new_listener() if spec.notify >= 0 else None
        self._registrar = self._link_registrar() if settings.discovers else None
        if settings.hostname is not None:
            self._look_after_hosts()
        self._notify_checks = tuple(
            check.name for check in settings.checks if check.kind == "notify"
        )
        #: The pid of the app whose checks run, and the last one that it named by MAINPID.
        self._app: int | None = None
        self._named: int | None = None
        #: The checks, each with its role, that a warning has said to fail.
        self._told_of: set[tuple[str, str]] = set()
        #: The number of the start that was held last.
        self._held = 0
        #: Whether the registry may have the app's entry, as the registrar said last.
        self._entered = bool(spec.view["registered"])
        self._extended_until = 0.0

    def _look_after_hosts(self) -> None:
        from initd.core.monitor.messages import PULL_MESSAGE
        from initd.monitor.hosts_look import HostsLook

        hosts = HostsLook(lambda: self.channel.send(PULL_MESSAGE))
        self._state.on_asked.append(hosts.look)
        self._state.on_result.append(lambda check, result: hosts.look())

    def _new_server(self) -> HttpServer:
        from initd.monitor.http.server import HttpServer
        from initd.monitor.metrics import Metrics

        return HttpServer(self._state, Metrics(self._state).expose, self._log.warning)

    def _new_reporter(self) -> StatsdReporter | None:
        address = self._spec.settings.statsd
        if address is None:
            return None
        from initd.monitor.statsd import StatsdReporter

        return StatsdReporter(self._state, address, self._log)

    def _new_listener(self) -> NotifyListener:
        from initd.monitor.notify import NotifyListener, access_to

        user = self._spec.settings.user
        return NotifyListener(
            self._spec.notify,
            self._notified,
            self._on_news,
            self._log,
            access=access_to(self._spec.settings.notify_access, posix.getppid()),
            main_pid=lambda: self._app,
            app_uid=user.uid if user is not None else posix.geteuid(),
            catch_up=self.channel.catch_up,
        )

    def _link_registrar(self) -> RegistrarLink:
        from initd.monitor.peers_news import PeersNews
        from initd.monitor.registrar_link import RegistrarLink

        spec = self._spec
        self._peers_news = PeersNews(spec.settings.watches, self.channel.send, lambda: self._app)
        return RegistrarLink(
            spec.settings,
            str(spec.view["revision"] or ""),
            spec.stderr,
            spec.write,
            self._log,
            self._on_registrar,
            self._load_registrar,
        )

    def begin(self) -> None:
        """First takes in what pid 1 knows, then begins to serve."""
        if self._registrar is not None:
            self._tell_registrar()
            self._registrar.start()  # while there are no threads
        self._follow_app(self._spec.view)
        self.channel.listen()
        running().on_bug = self._on_bug
        if self._listener is not None:
            self._listener.start()
        if self._http is not None:
            self._http.serve(self._spec.listeners)
        if self._statsd is not None:
            self._statsd.start()

    async def end(self) -> None:
        """pid 1 waits only a moment for this."""
        if self._statsd is not None:
            await self._statsd.close()
        posix._exit(0)

    def _on_bug(self, during: str, error: Exception) -> None:
        """A bug is logged and the rest carries on; without memory nothing can."""
        if _is_out_of_memory(error):
            posix._exit(_EXIT_NO_MEMORY)
        from initd.libraries import library_at_fault

        self._log.error("monitor.bug", during=during, error=repr(error), **library_at_fault(error))

    # ---- what pid 1 sends -----------------------------------------------------

    def _on_view(self, message: dict[str, Any]) -> None:
        before = self._state.view
        self._state.view = message["view"]
        self._state.view["app"]["command"] = list(self._state.settings.shown_command)
        self._state.history.see(before, self._state.view)
        self._state.events = self._recent(message["events"])
        self._follow_app(before)
        self._correct_entry(self._state.view)
        if self._statsd is not None:
            self._statsd.changed()

    def _correct_entry(self, view: dict[str, Any]) -> None:
        """Tells pid 1 once more: what is sent while it does not read may be lost. A stop waits for
        the entry so long and no longer, and is not to begin again."""
        if view["state"] == RUNNING and bool(view["registered"]) != self._entered:
            self.channel.send(entry_message(self._entered))

    def _recent(self, of_init: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The last events of pid 1 and the monitor, in order."""
        both = [*of_init, *self._log.recent]
        return sorted(both, key=lambda event: event["timestamp"])[-REMEMBERED:]

    def _follow_app(self, before: dict[str, Any]) -> None:
        """Follows the app from the view `before` to the present one."""
        view = self._state.view
        app, was = view["app"], before["app"]["pid"]
        if app["pid"] is None and view["held"]:
            self._hold(view["held"], was)
        elif app["pid"] is None:
            self._end(was)
        elif was is not None and app["pid"] != was and app["since"] == before["app"]["since"]:
            self._prober.app_followed(app["pid"])
        elif app["pid"] != self._app:
            self._begin(app["pid"], app["since"])
        self._app = app["pid"]
        if view["state"] == STOPPING:
            self._prober.app_stopping()
        self._tell_registrar()

    def _tell_registrar(self) -> None:
        """What the registry is to say of the app."""
        if self._registrar is not None:
            view = self._state.view
            self._registrar.tell(
                ready=self._state.judge(READY).ok,
                gone=view["state"] != RUNNING or view["maintenance"],
                known=bool(view["registered"]),
            )

    def _on_registrar(self, message: Any) -> bool:
        """Passes on to pid 1 what may be passed on; whether it is that."""
        event = event_of(message)
        if isinstance(event, ev.PeersChanged):
            self._peers_news.tell(event.watch)
        elif isinstance(event, ev.EntryTurned):
            self._entered = event.is_in
            self.channel.send(message)
        else:
            return False
        return True

    def _end(self, app: int | None) -> None:
        """What the next app says may arrive before the news that it runs: so what this one
        has said is forgotten here, not there."""
        if app is not None:
            self._notified.begin(monotonic())
            self._health.notify_state = self._notified.state()
        self._prober.app_ended()

    def _hold(self, number: int, was: int | None) -> None:
        """Checks hold the next start, whose number this is: once for each."""
        if number != self._held:
            self._held = number
            self._end(was)
            self._prober.start_held(number)

    def _begin(self, app: int, since: float) -> None:
        """A new app, or the one that an earlier monitor knew."""
        known = self._health.report()
        self._prober.app_started(app, since)
        if known.app == app:
            self._notified.begin(since, known.notify_state)
        elif self._app is not None:  # the end of the one before has been missed
            self._notified.begin(since)
        self._health.notify_state = self._notified.state()
        self._prober.publish()

    # ---- what the app says ----------------------------------------------------

    def _on_news(self, notification: Notification) -> None:
        before = self._health.notify_state
        self._health.notify_state = self._notified.state()
        if notification.main_pid not in (None, self._app, self._named):
            self._named = notification.main_pid
            self.channel.send(main_pid_message(self._named))
        if notification.extend_seconds is not None:
            self._extend(notification.extend_seconds)
        if self._health.notify_state != before or self._is_late():
            for name in self._notify_checks:
                self._prober.hurry(name)
        self._prober.publish()

    def _extend(self, seconds: float) -> None:
        """An app may ask a thousand times a second: pid 1 hears only of what is news."""
        until = monotonic() + seconds
        if until - self._extended_until >= _NEWS:
            self._extended_until = until
            self.channel.send(extend_message(seconds))
            self._health.extend_startup(until)

    def _is_late(self) -> bool:
        """A notify check fails, and what has come may be what it waits for."""
        failing = {row.name for row in self._health.report().checks if not row.ok}
        return not failing.isdisjoint(self._notify_checks)

    # ---- what the checks say --------------------------------------------------

    def _on_result(self, check: Check, result: ProbeResult) -> None:
        self._log.debug(
            "check.answered", check=check.name, ok=result.ok, why=result.why,
            seconds=round(result.seconds, 6),
        )  # fmt: skip
        for hear in self._state.on_result:
            hear(check, result)

    def _on_report(self, report: Report) -> None:
        self.channel.send(report_message(report))
        self._tell_registrar()

    def _on_change(self, change: Change) -> None:
        facts: dict[str, Any] = {"check": change.name, "role": change.role, "why": change.why}
        if change.waited_for:
            facts |= {"waited_seconds": change.waited, "waited_for": change.waited_for}
        if not change.ok:
            self._log.warning("check.fails", **facts)
            self._told_of.add((change.name, change.role))
        elif (change.name, change.role) in self._told_of:
            self._log.recovery("check.passes", **facts)
            self._told_of.remove((change.name, change.role))
        else:
            self._log.info("check.passes", **facts)


def _is_out_of_memory(error: Exception) -> bool:
    """Code that can't be mapped or read for lack of it is an ImportError, with many a text."""
    if isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM:
        return True
    if not isinstance(error, ImportError):
        return False
    try:
        bytearray(_SPARE)
    except MemoryError:
        return True
    return False
