"""What pid 1 waits for: descriptors, and what is to happen to each."""

from __future__ import annotations

from select import POLLIN, poll
from time import sleep

from initd.linux import _kernel

_EINVAL = 22
#: Between looks at each descriptor by itself, in seconds.
_REST = 0.05


class Watch:
    """A poll(2) object that can be asked what it watches."""

    def __init__(self, signals: int) -> None:
        """`signals` is a signalfd, which is watched from the beginning."""
        self._signals = signals
        self._poll = poll()
        self._events: dict[int, int] = {}
        self.register(signals, POLLIN)

    def register(self, fd: int, events: int) -> None:
        """Watches this descriptor, too. Raises ValueError for one that is out of range."""
        self._poll.register(fd, events)
        self._events[fd] = events

    def modify(self, fd: int, events: int) -> None:
        """Waits for something else of it. Raises OSError for one that is not watched."""
        self._poll.modify(fd, events)
        self._events[fd] = events

    def unregister(self, fd: int) -> None:
        """Watches it no more. Raises KeyError for one that is not watched."""
        self._poll.unregister(fd)
        del self._events[fd]

    def wait(self, milliseconds: int | None) -> list[tuple[int, int]]:
        """Each descriptor to which something has happened, and what; empty after that time.
        Raises OSError."""
        try:
            return self._poll.poll(milliseconds)
        except OSError as error:
            if error.errno != _EINVAL:
                raise
        return self._look_at_each(milliseconds)

    def _look_at_each(self, milliseconds: int | None) -> list[tuple[int, int]]:
        """More descriptors are watched than RLIMIT_NOFILE allows by now, so poll(2) takes none of
        them together. Those that are open stay open: each is asked by itself, again and again."""
        rest = _REST if milliseconds is None else min(_REST, milliseconds / 1000)
        found: list[tuple[int, int]] = []
        for fd, events in self._events.items():
            one = poll()
            one.register(fd, events)
            found += one.poll(0)
        if not found:
            sleep(rest)
        return found

    def wait_beyond_orphans(self, milliseconds: int | None, known: list[int]) -> tuple[int, bytes]:
        """Waits until more has happened than the end of a child that is not in `known`, or that
        time is over. Returns how many such children have been reaped, and what has been read from
        the signalfd (b"" where something else has happened, or nothing)."""
        patience = -1 if milliseconds is None else milliseconds
        flat = [number for pair in self._events.items() for number in pair]
        try:
            return _kernel.wait_beyond_orphans(flat, self._signals, known, patience)
        except OSError as error:
            if error.errno != _EINVAL:
                raise
        self._look_at_each(milliseconds)  # rests where nothing has happened
        return 0, b""  # `wait` has the news
