"""What pid 1 waits for: descriptors, and what is to happen to each."""

from __future__ import annotations

from select import POLLIN, poll

from initd.linux import _kernel


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
        return self._poll.poll(milliseconds)

    def wait_beyond_orphans(self, milliseconds: int | None, known: list[int]) -> tuple[int, bytes]:
        """Waits until more has happened than the end of a child that is not in `known`, or that
        time is over. Returns how many such children have been reaped, and what has been read from
        the signalfd (b"" where something else has happened, or nothing)."""
        patience = -1 if milliseconds is None else milliseconds
        flat = [number for pair in self._events.items() for number in pair]
        return _kernel.wait_beyond_orphans(flat, self._signals, known, patience)
