"""What the monitor imports only when it is asked for, imported up front: for a container
whose app has another user, who can't read the libraries (a Python below /root).

Where everybody can read them, nobody pays for what is never asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from initd.core.health.check import Check
from initd.core.health.notify import Notified
from initd.installed import CODE
from initd.monitor.lean_imports import import_prometheus_client
from initd.monitor.probe import Context, probe_of

_ALL_MAY_SEARCH = 0o001


def import_eagerly(checks: Iterable[Check]) -> None:
    """Before privileges are dropped: afterwards it may be too late."""
    if not CODE or all(map(_is_open_to_all, (os.__file__, CODE))):
        return
    for check in checks:
        probe_of(check, Context({}, Notified()))
    import_prometheus_client()
    import initd.monitor.exposition
    import initd.monitor.http.processes
    import initd.monitor.tree  # noqa: F401


def _is_open_to_all(path: str) -> bool:
    folder = os.path.dirname(os.path.realpath(path))
    while folder != "/":
        if not os.stat(folder).st_mode & _ALL_MAY_SEARCH:
            return False
        folder = os.path.dirname(folder)
    return True
