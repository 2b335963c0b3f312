"""What the monitor imports only when it is asked for, imported up front: for a container
whose app has another user, who can't read the libraries (a Python below /root).

Where everybody can read them, nobody pays for what is never asked for.
"""

from __future__ import annotations

import posix
import sys

from initd.core.health.notify import Notified
from initd.core.registry.place import ZOOKEEPER
from initd.installed import CODE
from initd.monitor.probe import Context, probe_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from initd.core.health.check import Check
    from initd.core.registry.place import Place

_ALL_MAY_SEARCH = 0o001
#: Imported within functions, or by such modules. A test compares this with the files.
LATER = (
    "initd.core.metrics.exposition",
    "initd.core.metrics.plain_statsd",
    "initd.core.metrics.samples",
    "initd.monitor.process_usage",
    "initd.monitor.hosts_look",
    "initd.monitor.http.any_requests",
    "initd.monitor.http.connection",
    "initd.monitor.http.server",
    "initd.monitor.http.site",
    "initd.monitor.http.snapshot",
    "initd.monitor.http.status_page",
    "initd.monitor.metrics",
    "initd.monitor.notify",
    "initd.linux.process_look",
    "initd.monitor.peers_news",
    "initd.monitor.probe.any_response",
    "initd.monitor.registrar_link",
    "initd.monitor.statsd",
    "initd.monitor.tree",
)


def import_eagerly(checks: Iterable[Check], registries: Iterable[Place] = ()) -> None:
    """Before privileges are dropped: afterwards it may be too late."""
    if not CODE or all(map(_is_open_to_all, (CODE, sys.modules["encodings"].__file__ or ""))):
        return
    for check in checks:
        probe_of(check, Context({}, Notified()))
    for place in registries:
        __import__("initd.registrar.main")
        __import__(f"initd.registrar.{place.kind}")
        if place.secure:
            __import__("initd.monitor.probe.tls")
        if place.kind == ZOOKEEPER:
            try:
                __import__("kazoo.client")
                __import__("encodings.idna")  # by its look-up of host names
            except ImportError:
                pass  # the registrar says so
    for name in LATER:
        __import__(name)


def _is_open_to_all(path: str) -> bool:
    folder = _real(path).rpartition("/")[0]
    while folder:
        if not posix.stat(folder).st_mode & _ALL_MAY_SEARCH:
            return False
        folder = folder.rpartition("/")[0]
    return True


def _real(path: str) -> str:
    """Without links, as the kernel has it."""
    fd = posix.open(path, posix.O_PATH | posix.O_CLOEXEC)
    try:
        return posix.readlink(f"/proc/self/fd/{fd}")
    finally:
        posix.close(fd)
