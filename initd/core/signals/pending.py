"""Signals that arrived before there was an app to pass them on to."""

from __future__ import annotations

from initd.core.signals.numbers import RTMIN

#: Bounded, whoever sends them and however many.
AT_MOST = 256


class PendingSignals:
    """Kept as the kernel keeps pending signals: a real-time signal as often as it is sent,
    any other once."""

    STATE = ("numbers",)

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def add(self, number: int) -> None:
        """A signal has arrived."""
        queued = number >= RTMIN and len(self.numbers) < AT_MOST
        if queued or number not in self.numbers:
            self.numbers.append(number)

    def take(self) -> list[int]:
        """All of them, in the order of their arrival; none is left."""
        taken, self.numbers = self.numbers, []
        return taken
