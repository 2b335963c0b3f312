"""The loop of pid 1: it decides nothing, and no exception ends it."""

from __future__ import annotations

from time import monotonic, sleep

from initd.linux.own_process import trim_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from initd.core.life.actions import Action
    from initd.core.life.events import Event
    from initd.core.supervisor import Supervisor
    from initd.init.hosts_line import HostsLine
    from initd.init.kernel import Kernel
    from initd.init.sleep.bed import Bed

    Result = TypeVar("Result")

#: Put by for when memory runs out. Python takes small objects from pools of 16 KiB, and all
#: others from malloc(3): some of both. An event takes a few kilobytes while it is handled, and its
#: line in the log.
_SMALL, _SMALLS = 512 - 33, 160
_LARGE, _LARGES = 4096, 16
#: Seconds to wait after a bug in waiting itself, so that it can't become a busy loop.
_BREATH = 0.1


class _Reserve:
    """Memory that is given up when it runs out, and taken again when there is enough: pid 1 must go
    on, and hear of a stop."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self.refill()

    def refill(self) -> None:
        """As far as there is memory."""
        if self._held:
            return
        try:
            held = [bytes(_SMALL) for _ in range(_SMALLS)]
            self._held = [*held, *(bytes(_LARGE) for _ in range(_LARGES))]
        except MemoryError:
            pass

    def spend(self, act: Callable[..., Result], *arguments: Any) -> Result:
        """Does it, and does it again with what was put by, if memory ran out."""
        try:
            return act(*arguments)
        except MemoryError:
            self._held.clear()
        import gc

        gc.collect()  # what has failed leaves rings of frames and half a module
        return act(*arguments)


_RESERVE = _Reserve()


def run(
    supervisor: Supervisor,
    kernel: Kernel,
    bed: Bed | None = None,
    slept: list[tuple[float, Event]] | None = None,
) -> int:
    """Until the supervisor knows the exit code, which is returned. `bed` is None where pid 1 is
    not to fall asleep. `slept` has what happened while it was, each with its time (monotonic
    seconds); None at the first start."""
    if slept is None:
        _take(supervisor, kernel, _perform(kernel, supervisor.begin(monotonic())))
    else:
        _catch_up(supervisor, kernel, slept)
    settled = False
    while supervisor.exit_code is None:
        try:
            _take_turn(supervisor, kernel, bed)
        except Exception as bug:  # pid 1 must not die: everything in the container would
            _tell(kernel, bug, "wait")
            sleep(_BREATH)
            _take_least(supervisor, kernel)
        if not settled and supervisor.life.app is not None:
            settled = True
            _settle()
    return supervisor.exit_code


def _take_turn(supervisor: Supervisor, kernel: Kernel, bed: Bed | None) -> None:
    """Waits, and does what follows."""
    due = supervisor.deadline
    bedtime = bed.time(supervisor, kernel) if bed is not None else None
    until = bedtime if due is None or (bedtime is not None and bedtime < due) else due
    quiet = supervisor.life.only_counts_orphans
    routes, is_due = supervisor.direct_routes, due is not None
    events = _RESERVE.spend(kernel.wait, until, routes, quiet, is_due)
    _take(supervisor, kernel, events)
    _RESERVE.refill()
    if kernel.hosts is not None:
        _look_at_hosts(kernel, kernel.hosts)
    if bed is not None:
        bed.after(events, supervisor, kernel)  # which returns if pid 1 stays awake


def _take_least(supervisor: Supervisor, kernel: Kernel) -> None:
    """Signals and children, whatever is wrong with all else that is waited for."""
    try:
        _take(supervisor, kernel, kernel.signals_alone())
    except Exception as bug:
        _tell(kernel, bug, "signals")


def _catch_up(supervisor: Supervisor, kernel: Kernel, slept: list[tuple[float, Event]]) -> None:
    """Takes what has happened as of its time, which the log shows too."""
    for when, event in slept:
        kernel.log.late = monotonic() - when
        _take(supervisor, kernel, [event], when)
    kernel.log.late = 0.0


def _take(
    supervisor: Supervisor, kernel: Kernel, events: list[Event], when: float | None = None
) -> None:
    """In the order in which they happened: what an action brings about comes after all that was
    seen before. The next start may get the pid of a process whose end is still in the queue.
    `when` is the time of the events, if that is not now."""
    queue = list(events)
    for event in queue:  # which grows meanwhile
        try:
            now = monotonic() if when is None else when
            actions = _RESERVE.spend(supervisor.handle, event, now)
            queue += _perform(kernel, actions)
        except Exception as bug:
            _tell(kernel, bug, type(event).__name__)


def _perform(kernel: Kernel, actions: list[Action]) -> list[Event]:
    """Each action by itself: one that fails because of a bug does not keep the rest from being
    carried out. Returns the events that they bring about."""
    events: list[Event] = []
    for action in actions:
        try:
            events += _RESERVE.spend(kernel.perform, action)
        except Exception as bug:
            _tell(kernel, bug, type(action).__name__)
    return events


def _look_at_hosts(kernel: Kernel, hosts: HostsLine) -> None:
    """Last: nobody waits for it."""
    try:
        hosts.look()
    except Exception as bug:
        _tell(kernel, bug, "hosts")


def _tell(kernel: Kernel, bug: Exception, during: str) -> None:
    """In the log, if there is memory for that: without any, even this fails."""
    try:
        _log(kernel, bug, during)
    except Exception:
        pass


def _log(kernel: Kernel, bug: Exception, during: str) -> None:
    where = bug.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else "?"
    facts = {"during": during, "error": f"{type(bug).__name__}: {bug}", "at": place}
    kernel.log("error", "init.bug", facts)


def _settle() -> None:
    """The app runs: gives back the memory that start-up needed, and takes what is left out of
    the garbage collector's rounds."""
    import gc

    gc.collect()
    trim_heap()
    gc.freeze()
    gc.enable()
