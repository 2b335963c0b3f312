"""Signals for just some processes: who is there, who gets one, and when the last has ended."""

from __future__ import annotations

import posix
from select import POLLIN

from initd.core.life import events as ev
from initd.core.signals.aim import Process
from initd.linux import process_look, signals
from initd.linux.process_tree import other_processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from initd.core.life import actions as do
    from initd.linux.watch import Watch

ESRCH = 3
#: How often those that outlive the app are listed: what forks without end gets KILL later on.
_ROUNDS = 5


def look(action: do.Look, app: int | None, monitor: int | None, shim: int | None) -> list[ev.Event]:
    """The processes that the signal may be for: neither the shim, nor the monitor and what that
    runs."""
    found: list[process_look.Look] = []
    everybody = action.target != "process"
    if app is not None:
        try:
            found = process_look.look(app, everybody, action.environs)
        except (OSError, ValueError):
            pass  # no /proc: then it is for the app itself
    own: tuple[str, ...] = ()
    if action.environs:  # of another user's process, the kernel may not show it
        own = tuple(
            (name + b"=" + value).decode(errors="surrogateescape")
            for name, value in posix.environ.items()
        )
    if everybody:
        others = set(other_processes(monitor)) - {shim}
        found = [each for each in found if each[0] in others]
    processes = tuple(Process(*each[:10], each[10] or own) for each in found)
    return [ev.Looked(action.number, action.target, action.step, processes)]


def send(number: int, pid: int, start: int) -> tuple[int, int]:
    """To this very process, and to none that has its pid by now: 0 or errno (ESRCH where it has
    ended), and its pidfd, negative where there is none."""
    pidfd = signals.open_pidfd(pid)
    if process_look.started(pid) != start:
        if pidfd >= 0:
            posix.close(pidfd)
        return ESRCH, -1
    if pidfd >= 0:
        return signals.send_to_pidfd(pidfd, pid, number), pidfd
    return signals.send_to_pid(pid, number), -1


def deliver(
    action: do.DeliverTo, watch: AimedWatch, send_to_app: Callable[[], int], app: int | None
) -> tuple[list[int], bool]:
    """To each of them; the errors, and whether all have ended by now. `send_to_app` sends to
    the app's own process."""
    errors: list[int] = []
    if action.watched:
        watch.clear()
    for pid, start in action.processes:
        error, pidfd = (send_to_app(), -1) if pid == app else send(action.number, pid, start)
        errors.append(error)
        if pidfd >= 0 and action.watched:
            watch.add(pidfd)
        elif pidfd >= 0:
            posix.close(pidfd)
    return errors, action.watched and all(error == ESRCH for error in errors)


def sweep(action: do.Sweep, monitor: int | None, shim: int | None) -> int:
    """To every process that is left, without those that are spared, and without what a monitor
    runs; 0 or the last errno. A process may be forked while they are listed, so they are listed
    until no new one is found."""
    spared = {pid for pid, start in action.spared if process_look.started(pid) == start}
    roots = spared if action.below else ()
    error, had = 0, set(spared)
    for _ in range(_ROUNDS):
        new = [pid for pid in other_processes(monitor, roots) if pid not in had and pid != shim]
        if not new:
            break
        had.update(new)
        for pid in new:
            error = signals.send_to_pid(pid, action.number) or error
    return error


class AimedWatch:
    """Invariant: each descriptor in `pidfds` is open, and registered in `watched`."""

    def __init__(self, watched: Watch) -> None:
        self._watched = watched
        self.pidfds: set[int] = set()

    def add(self, pidfd: int) -> None:
        """Of a process that has got the signal."""
        self._watched.register(pidfd, POLLIN)
        self.pidfds.add(pidfd)

    def ready(self, pidfds: Iterable[int]) -> list[ev.Event]:
        """The processes of these have ended."""
        for pidfd in self.pidfds.intersection(pidfds):
            self._drop(pidfd)
        return [] if self.pidfds else [ev.AimedEnded()]

    def clear(self) -> None:
        """What becomes of them does not matter any more."""
        for pidfd in tuple(self.pidfds):
            self._drop(pidfd)

    def _drop(self, pidfd: int) -> None:
        self.pidfds.discard(pidfd)
        self._watched.unregister(pidfd)
        posix.close(pidfd)
