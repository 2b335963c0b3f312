"""The first start: what there must be before the app, then the app, and nothing else.

Whatever is imported here the app waits for. The rest of pid 1 (decisions, loop, log) is
imported while the app starts, and takes over what is begun.
"""

from __future__ import annotations

import posix
import sys
from time import sleep

from initd.core.emulation import NO_EMULATION
from initd.core.value import Value
from initd.init.bootstrap.hostname import publish_hostname
from initd.init.bootstrap.identity import leave_terminal, take_place
from initd.init.bootstrap.shim import Started, start_shim
from initd.init.log.early_log import EarlyLog
from initd.linux import control_socket, process, report, terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import SpawnSpec
    from initd.init.bootstrap.monitor_sockets import MonitorSockets
    from initd.init.log.log import Log

#: How long the app has the processor to itself, in milliseconds, until it has been executed
#: (as long as an interpreter takes to start); and in seconds, until it has come to its main.
#: Who is woken by the report would take the processor away in between.
_HEAD_START = 20
_MOMENT = 0.001


class Bootstrap(Value):
    """`server` is the control socket at `place`, or negative, and `why_not` says why.
    `started` is None where the first start was refused: it is tried again in the loop, which
    knows what follows. `by_plan` says that the launcher has made it, `unused` why it has not
    where there is a plan; `log` is there where something had to be said already."""

    spec: SpawnSpec
    on_terminal: bool
    server: int
    place: str
    why_not: str
    sockets: MonitorSockets | None
    started: Started | None
    by_plan: bool
    unused: str
    log: Log | None


def begin(settings: Settings, shim_path: str) -> Bootstrap:
    """Starts the app. Raises OSError where an address that was asked for can't be had,
    before anything has started."""
    emulation = settings.emulation
    # Before init has opened anything.
    inherited = process.inherited_descriptors() if emulation.passes_descriptors else ()
    started, unused = _handed_over()
    log = EarlyLog(settings)
    take_place(settings, log)
    publish_hostname(settings.hostname, emulation is NO_EMULATION, log)
    sockets = _monitor_sockets(settings, log)
    server, place, why_not = bind_control(settings.socket)
    # The launcher was asked before the app had the terminal.
    on_terminal = started.terminal if started is not None else terminal.is_foreground()
    to_app = on_terminal and not settings.session and not emulation.same_group
    additions = sockets.additions if sockets is not None else {}
    spec = settings.spawn_spec(
        to_app or emulation.takes_terminal, additions, inherited, posix.getpid()
    )
    if emulation.takes_terminal:
        leave_terminal(log)
    by_plan = started is not None
    if started is None:
        started = _start(shim_path, spec)
    return Bootstrap(
        spec, on_terminal, server, place, why_not, sockets, started, by_plan, unused, log.log
    )


def bind_control(path: str | None) -> tuple[int, str, str]:
    """The control socket at `path`, or at the first default place that works: its descriptor
    (negative: none), its place, and why not.

    No socket is a reason not to start: without one, the verbs do not work.
    """
    failure = ""
    for place in (path,) if path else control_socket.default_paths(posix.geteuid()):
        try:
            return control_socket.listen(place), place, ""
        except OSError as error:
            failure += f"{'; ' if failure else ''}{place}: {error.strerror or error}"
    return -1, "", failure


def _handed_over() -> tuple[Started | None, str]:
    """What the launcher has started, and why it has not."""
    if "initd" not in sys._xoptions:
        return None, ""
    from initd.init.bootstrap.adopt import handed_over

    return handed_over()


def _monitor_sockets(settings: Settings, log: EarlyLog) -> MonitorSockets | None:
    """They are there before the app is: it may use them at once."""
    if not settings.monitored:
        return None
    from initd.init.bootstrap.monitor_sockets import monitor_sockets

    return monitor_sockets(settings, log.get())


def _start(shim_path: str, spec: SpawnSpec) -> Started | None:
    try:
        started = start_shim(shim_path, spec, first=True)
    except (OSError, ValueError):
        return None
    report.await_report(started.reports, _HEAD_START)
    sleep(_MOMENT)
    return started
