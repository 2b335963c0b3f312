"""What may stand between the app and the next moment of its life: see moments.py.

Only this is imported where nothing is configured to stand there.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life import actions as do

    Actions = list[do.Action]


class Gate:
    """Each method is given the time (monotonic seconds), and returns what is to be done before
    the moment comes, or None where it comes now."""

    def before_start(self, now: float) -> Actions | None:
        """The app is to be started."""
        return None

    def before_stop(self, reason: str, now: float) -> Actions | None:
        """The app is to be stopped; the stop's clock runs."""
        return None

    def before_end(self, until: float | None, now: float) -> Actions | None:
        """The app has ended, and nothing of it is left. `until` is how long the engine waits
        (monotonic seconds), where that is known."""
        return None

    def hurry(self) -> Actions:
        """The stop is asked for once more: it waits for nothing."""
        return []

    @property
    def holds_end(self) -> bool:
        """Whether what `before_end` has begun is under way."""
        return False
