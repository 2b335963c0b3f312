"""From settings to a running loop: what happens once, in the order that it must."""

from __future__ import annotations

import posix
import sys

from initd.core.policy import Policy
from initd.core.supervisor import Supervisor
from initd.init import loop
from initd.init.control import open_control
from initd.init.kernel import Kernel
from initd.init.log import Log
from initd.linux import name_file, process, terminal
from initd.linux.cgroup import read_text
from initd.linux.kernel_name import kernel_name
from initd.spent import forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from select import poll
    from typing import Any

    from initd.core.settings import Settings
    from initd.core.spawn_spec import SpawnSpec
    from initd.init.handed_over import Started
    from initd.init.monitor_link import Load, MonitorLink

REVISION = "/app/REVISION"
#: What makes the name resolve, and is not needed again.
_OF_THE_NAME = (
    "initd.init.own_name",
    "initd.core.hosts_file",
    "initd.core.own_address",
    "initd.linux.shared_file",
)


def start(settings: Settings, shim_path: str, load_monitor: Load) -> int:
    """Supervises until the app has ended; returns the exit code. Raises OSError where
    an address that was asked for can't be had, before anything has started."""
    pid = posix.getpid()
    log = Log(settings.verbosity, settings.log_format == "console")
    started = _started_by_plan(log)
    _take_place(settings, pid, log)
    if pid == 1:  # another init of these mounts, further down, has another name
        _publish_name(settings.hostname, log)
    _settle_name(settings, log)
    additions, link_monitor = _prepare_monitor(settings, load_monitor, log)
    control, why_not = open_control(settings.socket)
    if control is None:
        log("warning", "control.unavailable", {"why": why_not})
    # The launcher was asked before the app had the terminal.
    on_terminal = started.terminal if started is not None else terminal.is_foreground()
    spec = settings.spawn_spec(on_terminal and not settings.session, additions)
    if started is not None:
        _compare(started, spec, log)
    kernel = Kernel(shim_path, spec, log, control, lambda: _about(settings), link_monitor, started)
    policy = _policy(settings, on_terminal and pid != 1)
    seed = int.from_bytes(posix.urandom(8), "little")
    try:
        return loop.run(_supervisor(policy, seed), kernel)
    finally:
        kernel.close()


def _started_by_plan(log: Log) -> Started | None:
    """The first start, where the launcher has made it already."""
    if "initd" not in sys._xoptions:
        return None
    from initd.init.handed_over import handed_over

    started, unused = handed_over()
    if unused:
        log("info", "plan.unused", {"why": unused})
    return started


def _compare(started: Started, spec: SpawnSpec, log: Log) -> None:
    """The app runs, and goes on as it is; its next start is as wanted."""
    from initd.init.handed_over import difference

    found = difference(started, spec)
    if found:
        log("warning", "plan.differs", found)


def _take_place(settings: Settings, pid: int, log: Log) -> None:
    """Makes this process what the others expect of it, and says what is amiss."""
    process.call_oneself("initd")  # `pkill python` in a shell is not for init
    if pid != 1:
        process.become_subreaper()
        log("info", "init.subreaper", {"pid": pid, "why": "not pid 1 here"})
    if settings.parent_death:
        process.set_parent_death_signal(settings.parent_death)
    user = settings.user
    if (
        user is not None
        and user.uid != posix.geteuid()
        and not process.effective_capabilities() & process.CAP_KILL
    ):
        # kill(-1) will claim success all the same: later it can't be noticed.
        facts = {"uid": user.uid, "mend": "--cap-add KILL"}
        log("warning", "init.cannot-signal-app", facts)


def _publish_name(name: str | None, log: Log) -> None:
    """For programs of the container that are not the app's; without it the app starts too."""
    try:
        if name is None:
            name_file.remove()
        else:
            name_file.write(name)
    except OSError as error:
        facts = {"path": name_file.NAME_FILE, "name": name, "why": error.strerror or str(error)}
        log("info", "hostname.unwritten", facts)


def _settle_name(settings: Settings, log: Log) -> None:
    """A full name that does not resolve breaks more than it mends. Where none was chosen and
    the kernel's is short, this costs nothing."""
    name = settings.hostname
    if name is None:
        kernel = kernel_name()
        name = kernel if "." in kernel else None
    if name is not None:
        _make_resolvable(name, log)
        forget(*_OF_THE_NAME)


def _make_resolvable(name: str, log: Log) -> None:
    from initd.init.own_name import make_resolvable  # here: of a name that lives, all of it does

    make_resolvable(name, log)


def _prepare_monitor(
    settings: Settings, load: Load, log: Log
) -> tuple[dict[bytes, bytes], Callable[[poll], MonitorLink] | None]:
    """What the app's environment gains, and how a monitor is linked, if one is wanted.

    The sockets are there before the app is: it may use them at once."""
    if not settings.monitored:
        return {}, None
    from initd.init.monitor_link import MonitorLink
    from initd.init.sockets import http_listeners, notify_listener

    listeners = http_listeners(settings, log)
    notify, additions = notify_listener(settings, log)
    log.remember = True

    def link(watched: poll) -> MonitorLink:
        return MonitorLink(load, settings, listeners, notify, watched, log)

    return additions, link


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
    )


def _about(settings: Settings) -> dict[str, Any]:
    """What status shows beside the supervisor's view."""
    return {
        "role": settings.role,
        "revision": read_text(REVISION).strip() or None,
        "hostname": settings.hostname or kernel_name(),
    }
