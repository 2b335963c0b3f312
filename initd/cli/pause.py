"""A container without an app, to hold namespaces that other containers share."""

from __future__ import annotations

import posix
import sys

from initd.core.start.exit_codes import EXIT_OWN


def pause(called: str, shim: str) -> int:
    """The shim becomes init, and no Python remains; the exit code where it can't be executed."""
    try:
        posix.execv(shim, ["ppidshim", "-P"])
    except OSError as error:
        print(f"initd: cannot run {shim}: {error.strerror}", file=sys.stderr)
        return EXIT_OWN
