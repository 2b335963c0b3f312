"""The monitor's event loop: one poll(2), timers, and calls that are due at once.

It has what the monitor's work needs. asyncio would be 6 MB in every container, for subprocesses,
TLS, threads and queues that the monitor does without. Names and meanings are asyncio's where there
is a choice. `initd.monitor.tasks` runs coroutines on it.
"""

from __future__ import annotations

from select import POLLIN, POLLNVAL, POLLOUT, poll
from time import monotonic

try:
    from _heapq import heapify, heappop, heappush
except ImportError:  # a Python without that accelerator
    from heapq import heapify, heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[[], object]

#: Cancelled timers stay in the heap until they are due, or are more than this and than the others.
_CANCELLED_AT_MOST = 64
#: Milliseconds: poll(2) takes an int.
_LONGEST = 2**31 - 1


class Timer:
    """A call at a moment of the monotonic clock, as pid 1's moments are."""

    __slots__ = ("_at", "_call", "_cancelled")

    def __init__(self, at: float, call: Call, cancelled: Call) -> None:
        self._at = at
        self._call: Call | None = call
        self._cancelled = cancelled

    def when(self) -> float:
        """The moment."""
        return self._at

    def waits(self) -> bool:
        """Whether it is still to be called."""
        return self._call is not None

    def cancel(self) -> None:
        """It is not called, and wakes nobody. After the call this does nothing."""
        if self._call is not None:
            self._call = None
            self._cancelled()

    def ring(self) -> None:
        """For the loop: makes the call, unless it has been cancelled at the last moment."""
        call, self._call = self._call, None
        if call is not None:
            call()

    def __lt__(self, other: Timer) -> bool:
        return self._at < other._at


class Loop:
    """Invariant: a descriptor is registered with poll exactly while there is a call for it, and
    for no more than that. Calls begin one after the other, each when the last one has returned."""

    time = staticmethod(monotonic)

    def __init__(self) -> None:
        self._poll = poll()
        self._readers: dict[int, Call] = {}
        self._writers: dict[int, Call] = {}
        self._soon: list[Call] = []
        self._timers: list[Timer] = []
        self._cancelled = 0
        #: Called with an exception that no caller is left to take, and what was going on.
        self.on_bug: Callable[[str, Exception], object] = _raise

    def call_soon(self, call: Call) -> None:
        """In the next turn, after those that were asked for before."""
        self._soon.append(call)

    def call_at(self, when: float, call: Call) -> Timer:
        """Never earlier."""
        timer = Timer(when, call, self._timer_cancelled)
        heappush(self._timers, timer)
        return timer

    def add_reader(self, fd: int, call: Call) -> None:
        """Called in each turn in which the descriptor can be read, or is at its end."""
        self._readers[fd] = call
        self._register(fd)

    def remove_reader(self, fd: int) -> None:
        """To be called before the descriptor is closed. It may have no reader."""
        if self._readers.pop(fd, None) is not None:
            self._register(fd)

    def add_writer(self, fd: int, call: Call) -> None:
        """Called in each turn in which the descriptor can be written."""
        self._writers[fd] = call
        self._register(fd)

    def remove_writer(self, fd: int) -> None:
        """As remove_reader."""
        if self._writers.pop(fd, None) is not None:
            self._register(fd)

    def run_until(self, done: Callable[[], bool]) -> None:
        """Runs until that is so."""
        while not done():
            self._turn()

    def timers(self) -> list[Timer]:
        """Those that wait for their moment."""
        return [timer for timer in self._timers if timer.waits()]

    def _timer_cancelled(self) -> None:
        self._cancelled += 1
        if self._cancelled > _CANCELLED_AT_MOST and 2 * self._cancelled > len(self._timers):
            self._timers = self.timers()
            heapify(self._timers)
            self._cancelled = 0

    # ---- one turn -----------------------------------------------------------------------------

    def _turn(self) -> None:
        for fd, happened in self._poll.poll(self._patience()):
            self._dispatch(fd, happened)
        now = monotonic()
        while self._timers and self._timers[0].when() <= now:
            self._soon.append(heappop(self._timers).ring)
        soon, self._soon = self._soon, []
        for call in soon:
            self._run(call)

    def _patience(self) -> float | None:
        """Milliseconds, which poll rounds up; None is for ever."""
        if self._soon:
            return 0
        while self._timers and not self._timers[0].waits():
            heappop(self._timers)
            self._cancelled -= 1
        if not self._timers:
            return None
        return min(max(0.0, (self._timers[0].when() - monotonic()) * 1000), _LONGEST)

    def _dispatch(self, fd: int, happened: int) -> None:
        """An error or the end of a connection is found by whoever reads or writes next."""
        if happened & POLLNVAL:
            self._run(lambda: self._closed(fd))
            return
        if happened & ~POLLOUT and fd in self._readers:
            self._run(self._readers[fd])
        if happened & ~POLLIN and fd in self._writers:
            self._run(self._writers[fd])

    def _run(self, call: Call) -> None:
        try:
            call()
        except Exception as bug:
            self.on_bug("a call of the loop", bug)

    def _closed(self, fd: int) -> None:
        """Would be told in every turn for ever."""
        self.remove_reader(fd)
        self.remove_writer(fd)
        raise ValueError(f"descriptor {fd} was closed while it was watched")

    def _register(self, fd: int) -> None:
        mask = (POLLIN if fd in self._readers else 0) | (POLLOUT if fd in self._writers else 0)
        if mask:
            self._poll.register(fd, mask)
            return
        try:
            self._poll.unregister(fd)
        except KeyError:
            pass


def _raise(during: str, bug: Exception) -> None:
    raise bug


_running: Loop | None = None


def running() -> Loop:
    """The loop of this process."""
    assert _running is not None, "no loop runs"
    return _running


def enter(loop: Loop | None) -> Loop | None:
    """Makes this the running one; returns the one before."""
    global _running
    before, _running = _running, loop
    return before
