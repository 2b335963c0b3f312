"""A signal that ends most programs has been passed on: was the end that follows asked for?

QUIT and INT are how engines stop some images, and how people end what they have in front of
them. But a program may ignore such a signal, or use it for something else, and crash a week
later. So the end counts as asked for within the time that an engine would have waited before
its KILL: had it been an engine's stop, nothing would be alive after that. A death by just this
signal, or the exit code that shells give it, counts however late it comes: some programs finish
long work first, and then end by the signal that they were given.
"""

from __future__ import annotations


class EndRequest:
    """`signal` is the last one of that kind that the app has got, None if it has got none.
    `until` is when its end no longer counts as asked for (monotonic seconds), None if that is
    over."""

    STATE = ("signal", "until")

    def __init__(self, ending: frozenset[int], patience: float) -> None:
        """`ending` are the signals that end most programs; `patience` in seconds is the
        engine's, or what stands for it."""
        self._ending = ending
        self._patience = patience
        self.reset()

    def reset(self) -> None:
        """Another app runs."""
        self.signal: int | None = None
        self.until: float | None = None

    def note(self, signal: int, now: float) -> None:
        """The app gets this signal, of whatever kind it is."""
        if signal in self._ending:
            self.signal, self.until = signal, now + self._patience

    def pending(self, now: float) -> int | None:
        """The signal, as long as any end that follows is put down to it."""
        return self.signal if self.until is not None and now < self.until else None

    def lapse(self, now: float) -> None:
        """If the time is over: the app lives on, so it was no stop."""
        if self.until is not None and now >= self.until:
            self.until = None

    def explains(self, status: int, now: float) -> bool:
        """Whether an end with this wait status, at this moment, was asked for."""
        if self.signal is None or self.pending(now) is not None:
            return self.signal is not None
        return self.signal in (status & 0x7F, (status >> 8) - 128)
