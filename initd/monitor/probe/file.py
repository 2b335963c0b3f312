"""file: it exists, and was written recently."""

from __future__ import annotations

import posix
import time

from initd.core.health.check import ProbeResult
from initd.monitor.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.check import Check
    from initd.monitor.probe import Context


class FileProbe:
    """A heartbeat that the app touches. Files carry wall-clock times, so this reads the wall
    clock; a time ahead of it, after the clock was set back, is fresh.

    Where its mount is dead (NFS without a server), a look at it never comes back."""

    def __init__(self, check: Check, context: Context) -> None:
        self.path = check.target
        self.fresher = check.fresher
        self.pauses = context.pauses
        self._worker = Worker()

    async def ask(self, app: int) -> ProbeResult:
        """Symbolic links are followed."""
        if self._worker.busy:
            return ProbeResult(False, f"{self.path}: an earlier look has not come back")
        try:
            written = (await self._worker.run(lambda: posix.stat(self.path))).st_mtime
        except OSError as error:
            return ProbeResult(False, f"{self.path}: {error.strerror}")
        if not self.fresher:
            return ProbeResult(True, f"{self.path} exists")
        age = time.time() - written
        if self.pauses is not None:  # the app could not write meanwhile
            age -= self.pauses.within(age, time.monotonic())
        if age > self.fresher:
            why = f"{self.path} was written {age:.0f} s ago (allowed: {self.fresher:g} s)"
            return ProbeResult(False, why)
        return ProbeResult(True, f"{self.path} was written in the last {self.fresher:g} s")
