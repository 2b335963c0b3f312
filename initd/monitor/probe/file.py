"""file: it exists, and was written a short while ago."""

from __future__ import annotations

import os
import time

from initd.core.health.check import Check, ProbeResult


class FileProbe:
    """A heartbeat that the app touches. Files carry wall-clock times, so the wall clock
    it is; one that is ahead of it, after the clock was set back, is fresh."""

    def __init__(self, check: Check) -> None:
        self.path = check.target
        self.fresher = check.fresher

    async def ask(self, app: int) -> ProbeResult:
        """Symbolic links are followed."""
        try:
            written = os.stat(self.path).st_mtime
        except OSError as error:
            return ProbeResult(False, f"{self.path}: {error.strerror}")
        if not self.fresher:
            return ProbeResult(True, f"{self.path} exists")
        age = time.time() - written
        if age > self.fresher:
            why = f"{self.path} was written {age:.0f} s ago, and {self.fresher:g} s are allowed"
            return ProbeResult(False, why)
        return ProbeResult(True, f"{self.path} is fresher than {self.fresher:g} s")
