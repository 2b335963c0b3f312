"""From a first start to a running loop: what happens once, in the order that it must."""

from __future__ import annotations

import posix

from initd.core.policy import Policy
from initd.core.supervisor import Supervisor
from initd.init import loop
from initd.init.control import Control
from initd.init.first import log_of
from initd.init.kernel import Kernel
from initd.linux import process, terminal
from initd.linux.cgroup import read_text
from initd.linux.kernel_name import kernel_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from select import poll
    from typing import Any

    from initd.core.settings import Settings
    from initd.core.spawn_spec import SpawnSpec
    from initd.init.first import Begun
    from initd.init.log import Log
    from initd.init.monitor_link import Load, MonitorLink
    from initd.init.shim import Started

REVISION = "/app/REVISION"


def start(settings: Settings, shim_path: str, load_monitor: Load, begun: Begun) -> int:
    """Supervises what has begun until the app has ended; returns the exit code."""
    pid = posix.getpid()
    log = begun.log or log_of(settings)
    _say_what_is_amiss(settings, begun, pid, log)
    kernel = Kernel(
        shim_path,
        begun.spec,
        log,
        Control(begun.server, begun.place) if begun.server >= 0 else None,
        lambda: _about(settings),
        _link_to_monitor(settings, load_monitor, begun, log),
        begun.started,
    )
    manner = settings.manner
    if begun.left is not None:
        _say_what_was_left(*begun.left, log)
    policy = _policy(settings, begun.on_terminal and pid != 1 and not manner.suspends)
    seed = int.from_bytes(posix.urandom(8), "little")
    try:
        return loop.run(_supervisor(policy, seed), kernel)
    finally:
        kernel.close()


def _say_what_is_amiss(settings: Settings, begun: Begun, pid: int, log: Log) -> None:
    """Says who is here, and what is amiss."""
    manner = settings.manner
    if manner.words is not None:
        _say_who_is_here(settings, log)
    if pid != 1 and manner.subreaper:
        log("info", "init.subreaper", {"pid": pid, "why": "not pid 1 here"})
    if pid != 1 and not manner.subreaper:
        log("warning", "init.no-reaper", {"pid": pid})
    user = settings.user
    if (
        user is not None
        and user.uid != posix.geteuid()
        and not process.effective_capabilities() & process.CAP_KILL
    ):
        # kill(-1) will claim success all the same: later it can't be noticed.
        facts = {"uid": user.uid, "mend": "--cap-add KILL"}
        log("warning", "init.cannot-signal-app", facts)
    if begun.server < 0:
        log("warning", "control.unavailable", {"why": begun.why_not})
    if begun.unused:
        log("info", "plan.unused", {"why": begun.unused})
    if begun.by_plan and begun.started is not None:
        _compare(begun.started, begun.spec, log)


def _compare(started: Started, spec: SpawnSpec, log: Log) -> None:
    """The app runs, and goes on as it is; its next start is as wanted."""
    from initd.init.handed_over import difference

    found = difference(started, spec)
    if found:
        log("warning", "plan.differs", found)


def _say_who_is_here(settings: Settings, log: Log) -> None:
    """initd under another name: what it does as that does, and what it could do better."""
    facts = {"name": settings.manner.name, "terminal": terminal.is_there()}
    log("debug", "init.as", facts)
    if settings.unused is not None:
        profile, name = settings.unused, settings.manner.name
        hint = "INITD_PROFILE=auto turns that on, INITD_PROFILE=none ends this line"
        facts = {"profile": profile.name, "stop": profile.stop, "as": name, "hint": hint}
        log("warning", "profile.unused", facts)


def _say_what_was_left(error: int, leader: bool, log: Log) -> None:
    """The terminal can be the app's session's only if it is no longer this one's."""
    if error:
        log("debug", "terminal.left", {"error": error, "why": posix.strerror(error)})
    else:
        log("debug", "terminal.left", {"leader": leader})


def _link_to_monitor(
    settings: Settings, load: Load, begun: Begun, log: Log
) -> Callable[[poll], MonitorLink] | None:
    """How a monitor is linked, if one is wanted."""
    sockets = begun.sockets
    if sockets is None:
        return None
    from initd.init.monitor_link import MonitorLink

    log.remember = True
    listeners, notify = sockets.listeners, sockets.notify
    return lambda watched: MonitorLink(load, settings, listeners, notify, watched, log)


def _supervisor(policy: Policy, seed: int) -> Supervisor:
    if not policy.monitor:
        return Supervisor(policy, seed)
    from initd.core.monitored import MonitoredSupervisor

    return MonitoredSupervisor(policy, seed)


def _policy(settings: Settings, job_control: bool) -> Policy:
    return Policy(
        settings.command,
        settings.signal_map,
        settings.stop_signal,
        settings.stop_plan,
        settings.target,
        settings.clean_codes,
        settings.profile.name if settings.profile is not None else None,
        job_control,
        settings.restart,
        settings.on_unhealthy,
        settings.checks,
        settings.monitored,
        settings.notify,
        settings.asked_of_kernel(),
        settings.warn_reaped,
        settings.manner,
        settings.transparent,
    )


def _about(settings: Settings) -> dict[str, Any]:
    """What status shows beside the supervisor's view."""
    return {
        "role": settings.role,
        "revision": read_text(REVISION).strip() or None,
        "hostname": settings.hostname or kernel_name(),
    }
