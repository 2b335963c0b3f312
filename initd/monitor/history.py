"""What has been so far, for people: when each check was asked last, and how the app's lives ended.

Since this monitor began: pid 1 keeps no history, so that it does not grow.
"""

from __future__ import annotations

import time

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.health.check import Check, ProbeResult

#: Ends of the app that are remembered; the oldest go first.
LIVES_AT_MOST = 20


class Asked(Value):
    """The last result of a check: `at` unix seconds, it took `seconds`, and it was the `in_a_row`th
    one that passed, or failed, in a row."""

    at: float
    seconds: float
    ok: bool
    in_a_row: int


class Life(Value):
    """One that has ended: `at` unix seconds; `exit` is as `last_exit` in status."""

    at: float
    exit: Mapping[str, Any]


class History:
    """Invariant: `asked` has at most an entry for each check, `lives` at most LIVES_AT_MOST."""

    def __init__(self) -> None:
        self.asked: dict[str, Asked] = {}
        self.lives: list[Life] = []

    def count(self, check: Check, result: ProbeResult) -> None:
        """A probe has found something."""
        last = self.asked.get(check.name)
        in_a_row = last.in_a_row + 1 if last is not None and last.ok == result.ok else 1
        self.asked[check.name] = Asked(time.time(), result.seconds, result.ok, in_a_row)

    def see(self, before: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        """pid 1 has sent another view."""
        ended = view["last_exit"]
        if ended is not None and ended != before["last_exit"]:
            self.lives.append(Life(time.time(), ended))
            del self.lives[:-LIVES_AT_MOST]
