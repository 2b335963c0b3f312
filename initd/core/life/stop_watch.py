"""When init looks what a stop waits for: each time that a step's patience is used up, and in
between before an engine's would be, then ever more rarely."""

from __future__ import annotations

#: Half of what Docker waits, where nobody has told how long the engine does.
LOOK_AFTER = 5.0
#: A stop of so few seconds does not take long, however short the patience of its first steps.
SHORT = 1.0


class StopWatch:
    """`since` is when the stop began (monotonic seconds), None while the app has had no signal of
    one. `due` is when init looks next, and `seen` what it saw last."""

    STATE = ("since", "due", "seen")

    def __init__(self, grace: float | None) -> None:
        self._first = LOOK_AFTER if grace is None else grace / 2
        self.reset()

    def reset(self) -> None:
        """No stop is under way."""
        self.since: float | None = None
        self.due: float | None = None
        self.seen: str | None = None

    def begin(self, began: float, now: float) -> None:
        """The app gets the first signal of a stop that has begun at `began`."""
        due = began + self._first
        self.since, self.due, self.seen = began, due if due > now else now + SHORT, None

    def looks(self, now: float, step_is_over: bool) -> bool:
        """Whether to look now."""
        if self.since is None or self.due is None:
            return False
        if now < self.due:
            return step_is_over and now - self.since >= SHORT
        self.due = now + max(now - self.since, self._first)
        return True
