"""Init's children: starting the shim, following the app, signalling, reaping."""

from __future__ import annotations

import posix
from select import POLLIN

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.start.stage import Stage
from initd.init.bootstrap.shim import start_shim
from initd.init.signalling import Signalling
from initd.linux import cgroup, child_processes, process_tree, report, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life.successor import Left
    from initd.core.start.spawn_spec import SpawnSpec
    from initd.init.bootstrap.secrets_link import SecretsLink
    from initd.init.bootstrap.shim import StartedShim
    from initd.init.hooks import HookRunner
    from initd.init.monitor_link import MonitorLink
    from initd.linux.watch import Watch

#: Children reaped in one round, so that a fork storm does not keep a signal waiting.
_CORPSES_AT_ONCE = 500
_ESRCH = 3
#: Attributes of Children that outlive the interpreter.
_KEPT = ("shim", "app", "app_pidfd", "reports", "_left", "_is_first", "_inherited", "follows")


class Children(Signalling):
    """Invariant: `app_pidfd` is open exactly while `app` is set and the kernel has pidfds,
    and `reports` is watched exactly while it is open."""

    def __init__(
        self,
        shim_path: str,
        spec: SpawnSpec,
        watched: Watch,
        monitor: MonitorLink | None,
        started: StartedShim | None = None,
        successors: bool = False,
        pid_file: str | None = None,
        secrets: SecretsLink | None = None,
    ) -> None:
        self.shim_path = shim_path
        self.spec = spec
        self.pid = posix.getpid()
        self.shim: int | None = None
        self.app: int | None = None
        self.app_pidfd = -1
        self.reports = -1
        #: Whether the last round of reaping stopped before it had reaped every dead child.
        self.more = False
        self._untold: list[tuple[int, int]] = []
        self._watched = watched
        self._monitor = monitor
        #: The directory that init was in and has left; the app still starts in it.
        self._left: str | None = None
        #: Descriptors that belong to the app and are still open here. Where the app may be started
        #: again by itself, they stay: its next start needs them, as systemd keeps a unit's sockets.
        self._inherited = () if spec.keeps_inherited else spec.inherited
        #: The first start, made before the supervisor asked for it.
        self.started = started
        self._is_first = True
        self.aimed = None
        #: Whether a process that the app leaves may take its place, and where that is written.
        self._successors = successors
        self._pid_file = pid_file
        self.follows = False
        self._secrets = secrets
        #: Whose children are init's, too, and not the app's orphans.
        self.hooks: HookRunner | None = None

    # ---- asleep ---------------------------------------------------------------

    def descriptors(self) -> list[int]:
        """Those that must outlive this interpreter when pid 1 falls asleep."""
        return [fd for fd in (self.app_pidfd, self.reports, *self._inherited) if fd >= 0]

    def kept(self) -> dict[str, Any]:
        """What has to be known again after that: plain data."""
        return {name: getattr(self, name) for name in _KEPT}

    def resume(self, kept: dict[str, Any]) -> None:
        """Takes that back, with the descriptors open."""
        for name in _KEPT:
            setattr(self, name, kept[name])
        self.more = True  # the sleeper has taken the SIGCHLD of whatever has ended
        for fd in self.descriptors():
            posix.set_inheritable(fd, fd in self._inherited)
        if self.reports >= 0:
            self._watched.register(self.reports, POLLIN)
        if self.follows:
            self._watched.register(self.app_pidfd, POLLIN)

    # ---- starting -------------------------------------------------------------

    def spawn(self, action: do.Spawn) -> list[ev.Event]:
        """Starts the shim, which reports what becomes of the app."""
        started = self.started
        if started is None:
            try:
                started = self.started = self._start()
            except (OSError, ValueError) as error:
                number = getattr(error, "errno", None) or 0
                why = getattr(error, "strerror", None) or str(error)
                return [ev.SpawnRefused(number, f"{self.shim_path}: {why}")]
        self._is_first, self._left, self.follows = False, started.left, False
        if self.reports != started.reports:
            self._close_reports()
        self.shim, self.reports = started.pid, started.reports
        self._watched.register(started.reports, POLLIN)
        events: list[ev.Event] = [ev.Spawned(started.pid)]
        self.started = None  # last: where memory ran out before, the loop comes again
        return events

    def _start(self) -> StartedShim:
        if self._secrets is None:
            return start_shim(self.shim_path, self.spec, self._is_first, self._left)
        return self._secrets.start(
            lambda source: start_shim(self.shim_path, self.spec, self._is_first, self._left, source)
        )

    # ---- following the app ----------------------------------------------------

    def read_reports(self) -> list[ev.Event]:
        """All that the shim has reported by now."""
        events: list[ev.Event] = []
        while self.reports >= 0:
            reports = report.read_reports(self.reports)
            if reports is None:
                self._close_reports()
            elif not reports:
                break
            else:
                found = [self._reported(*each) for each in reports]
                events += [event for event in found if event is not None]
        return events

    def _reported(self, kind: int, a: int, b: int) -> ev.Event | None:
        if self.follows:
            return None  # about the app's first process
        if kind == report.STARTED:
            self.app = a
            # No race: the shim leaves the dead app to init, so the pid stays the app's until
            # init reaps it.
            self.app_pidfd = signals.open_pidfd(a)
            self._let_go()
            return ev.Started(a)
        if kind == report.FAILED:
            which, stage = divmod(a, report.STAGE_DETAIL)
            reason = posix.strerror(b)
            if self._secrets is not None and stage == Stage.SECRETS:
                reason = self._secrets.reason(reason)
            return ev.StartFailed(stage, b, reason, which)
        if kind == report.STOPPED:
            return ev.AppStopped(a)
        if kind == report.CONTINUED:
            return ev.AppContinued()
        if kind == report.INTERRUPTED:
            return ev.Interrupted(a)
        left = self._left_behind()
        self._forget_app()
        return ev.AppExited(a, cgroup.oom_kills_of(a), left)

    def _let_go(self) -> None:
        """What the app has inherited belongs to it alone: a pipe that init held, too, would not
        close when the app closes it."""
        inherited = self._inherited
        self._inherited = ()
        for descriptor in inherited:
            posix.close(descriptor)

    def follow(self, action: do.Follow) -> list[ev.Event]:
        """The app has named its main process: MAINPID= of sd_notify."""
        others = process_tree.other_processes(self._spared())
        if action.pid == self.shim or action.pid not in others or not self._is_like_app(action.pid):
            return []
        pidfd = signals.open_pidfd(action.pid)
        if pidfd < 0 and process_tree.parent_of(action.pid) != self.pid:
            return []  # nobody would tell of its end
        self._take(action.pid, pidfd)
        return [ev.Followed(action.pid)]

    def _take(self, pid: int, pidfd: int) -> None:
        """Another process is the app from now on. Without a pidfd, its end is seen by reaping."""
        self._forget_app()
        self.app, self.app_pidfd, self.follows = pid, pidfd, True
        if pidfd >= 0:
            self._watched.register(pidfd, POLLIN)

    def _is_like_app(self, pid: int) -> bool:
        """Whether it has the app's user: init must not signal for the app what the app could
        not signal itself."""
        return self.app is not None and process_tree.owner_of(pid) == process_tree.owner_of(
            self.app
        )

    def look_at_followed(self) -> list[ev.Event]:
        """The pidfd of a followed process is ready: it has ended. If it was not init's child,
        nobody says how; then it counts as a success."""
        pid = self.app
        events = self.reap()
        if pid is None or self.app != pid:
            return events
        left = self._left_behind()
        self._forget_app()
        return [*events, ev.AppExited(0, left=left, known=False)]

    def take_over(self, action: do.TakeOver) -> list[ev.Event]:
        """One of those that the app has left is the app from now on."""
        pidfd = signals.open_pidfd(action.pid)
        if pidfd == -_ESRCH:
            return [ev.AppExited(0, known=False)]
        self._take(action.pid, pidfd)
        return []

    def look_for_successor(self, action: do.LookForSuccessor) -> list[ev.Event]:
        """What the app has left by now."""
        return [ev.SuccessorSought(self._left_behind())]

    def _left_behind(self) -> tuple[Left, ...]:
        """What the app, which has ended, has left behind. Mostly that is nothing, and costs one
        look at init's own children."""
        try:
            own = (self.app, *self._known())
            if not self._successors or all(pid in own for pid in process_tree.own_children()):
                return ()
            from initd.init.left_behind import left_behind  # rare, and at the app's end

            user = self.spec.user
            uid = user.uid if user is not None else posix.geteuid()
            return left_behind(own, uid, self._pid_file)
        except Exception:  # of memory, or of the file: the app's end must not be lost
            return ()

    def _watch_app(self) -> None:
        """The shim is gone and the app is not. Where init adopts no orphans, another process
        reaps the app, and only its pidfd tells init of its end."""
        if self.app is not None and self.app_pidfd >= 0 and not self.follows:
            self.follows = True
            self._watched.register(self.app_pidfd, POLLIN)

    def _spared(self) -> int | None:
        return self._monitor.pid if self._monitor is not None else None

    def _forget_app(self) -> None:
        if self.aimed is not None:
            self.aimed.clear()
        if self.app_pidfd >= 0:
            if self.follows:
                self._watched.unregister(self.app_pidfd)
            posix.close(self.app_pidfd)
        self.app, self.app_pidfd = None, -1

    def _close_reports(self) -> None:
        if self.reports >= 0:
            self._watched.unregister(self.reports)
            posix.close(self.reports)
            self.reports = -1

    # ---- reaping --------------------------------------------------------------

    def reap(self) -> list[ev.Event]:
        """Reaps first and reads reports second, although they are older: the shim writes before
        it dies, and only then does the dead app come to init."""
        corpses, why = child_processes.changed_children(_CORPSES_AT_ONCE)
        self._untold += corpses  # until there are events of them, for which memory may be short
        self.more = True
        events = self._told(self._untold, why)
        self._untold = []
        self.more = why == child_processes.MORE
        return events

    def _told(self, corpses: list[tuple[int, int]], why: str) -> list[ev.Event]:
        left = why == child_processes.ALIVE and self._others_left()
        known = self._known()
        events: list[ev.Event] = []
        # Nothing is reported about other processes, and in a storm of orphans every call counts.
        if self.app is None or any(pid in known for pid, _ in corpses):
            events = self.read_reports()
            known += self._known()
        others: list[tuple[int, int]] = []
        for corpse in corpses:
            pid, status = corpse
            if pid in known:
                event = self._changed(pid, status)
                if event is not None:
                    events.append(event)
            elif not (posix.WIFSTOPPED(status) or posix.WIFCONTINUED(status)):
                others.append(corpse)
        if others and self.hooks is not None:
            others, ended = self.hooks.reaped(others)
            events += ended
        if others:
            events.append(ev.OthersReaped(others))
        if why != child_processes.MORE:
            events.append(ev.ReapedAll(left))
        return events

    def known(self) -> list[int]:
        """The processes whose end matters."""
        hooks = self.hooks.pids if self.hooks is not None else ()
        return [*(pid for pid in self._known() if pid is not None), *hooks]

    def _known(self) -> tuple[int | None, ...]:
        if self._secrets is None:
            return self.shim, self.app, self._spared()
        return self.shim, self.app, self._spared(), *self._secrets.pids

    def _others_left(self) -> bool:
        """Whether there is a child other than the monitor, and those that read secrets."""
        spared = self._spared()
        readers = self._secrets.pids if self._secrets is not None else ()
        if spared is None and not readers:
            return True
        return any(pid != spared and pid not in readers for pid in process_tree.own_children())

    def _changed(self, pid: int, status: int) -> ev.Event | None:
        if posix.WIFSTOPPED(status):
            if pid == self.shim:
                return ev.ShimStopped()
            return ev.AppStopped(posix.WSTOPSIG(status)) if pid == self.app else None
        if posix.WIFCONTINUED(status):
            return ev.AppContinued() if pid == self.app else None
        if self._monitor is not None and pid == self._monitor.pid:
            self._monitor.reaped()
            return ev.MonitorEnded(status)
        if self._secrets is not None and pid in self._secrets.pids:
            self._secrets.reaped(pid)
            return None
        if pid == self.shim:
            self.shim = None
            self._watch_app()
        if pid == self.app:
            left = self._left_behind()
            self._forget_app()
            return ev.Reaped(pid, status, cgroup.oom_kills_of(status), left)
        return ev.Reaped(pid, status)

    def look_at_waits(self) -> dict[str, Any]:
        """What a stop waits for. Imported here: most stops do not last that long."""
        try:
            from initd.init.waits import look

            return look(self.app, self._spared())
        except Exception:  # for want of a descriptor, or of memory
            return {}
