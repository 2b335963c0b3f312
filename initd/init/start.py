"""From settings to a running loop: what happens once, in the order that it must."""

from __future__ import annotations

import posix

from initd.core.policy import OWN_MANNER, Policy
from initd.core.supervisor import Supervisor
from initd.init import loop
from initd.init.control import open_control
from initd.init.kernel import Kernel
from initd.init.log import Log
from initd.linux import name_file, process, signals, terminal
from initd.linux.cgroup import read_text
from initd.linux.kernel_name import kernel_name
from initd.spent import forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from select import poll
    from typing import Any

    from initd.core.settings import Settings
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
    log = _log(settings)
    inherited = process.inherited_descriptors() if settings.manner.passes_descriptors else ()
    _take_place(settings, pid, log)
    if pid == 1:  # another init of these mounts, further down, has another name
        _publish_name(settings.hostname, log)
    _settle_name(settings, log)
    additions, link_monitor = _prepare_monitor(settings, load_monitor, log)
    control, why_not = open_control(settings.socket)
    if control is None:
        log("warning", "control.unavailable", {"why": why_not})
    manner = settings.manner
    on_terminal = terminal.is_foreground()
    to_app = on_terminal and not settings.session and not manner.same_group
    kernel = Kernel(
        shim_path,
        settings.spawn_spec(to_app or manner.takes_terminal, additions, inherited, pid),
        log,
        control,
        lambda: _about(settings),
        link_monitor,
    )
    if manner.takes_terminal:
        _leave_terminal(log)
    policy = _policy(settings, on_terminal and pid != 1 and not manner.suspends)
    seed = int.from_bytes(posix.urandom(8), "little")
    try:
        return loop.run(_supervisor(policy, seed), kernel)
    finally:
        kernel.close()


def _log(settings: Settings) -> Log:
    console = settings.log_format == "console"
    words = settings.manner.words
    if words is None:
        return Log(settings.verbosity, console)
    from initd.init.drop_in import SpokenLog

    asked = bool(settings.verbosity) or settings.origins["log_format"] != "default"
    return SpokenLog(words, settings.verbosity, console, asked)


def _take_place(settings: Settings, pid: int, log: Log) -> None:
    """Makes this process what the others expect of it, and says what is amiss."""
    manner = settings.manner
    process.call_oneself(manner.name)  # `pkill python` in a shell is not for init
    if manner.words is not None:
        _say_who_is_here(settings, log)
    if pid != 1 and manner.subreaper:
        process.become_subreaper()
        log("info", "init.subreaper", {"pid": pid, "why": "not pid 1 here"})
    if pid != 1 and not manner.subreaper:
        log("warning", "init.no-reaper", {"pid": pid})
    if manner.faults:
        signals.block_faults()
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


def _say_who_is_here(settings: Settings, log: Log) -> None:
    """initd under another name: what it does as that does, and what it could do better."""
    facts = {"name": settings.manner.name, "terminal": terminal.is_there()}
    log("debug", "init.as", facts)
    if settings.unused is not None:
        profile, name = settings.unused, settings.manner.name
        hint = "INITD_PROFILE=auto turns that on, INITD_PROFILE=none ends this line"
        facts = {"profile": profile.name, "stop": profile.stop, "as": name, "hint": hint}
        log("warning", "profile.unused", facts)


def _leave_terminal(log: Log) -> None:
    """It can be the app's session's only if it is no longer this one's."""
    error, leader = terminal.leave()
    if error:
        log("debug", "terminal.left", {"error": error, "why": posix.strerror(error)})
    else:
        log("debug", "terminal.left", {"leader": leader})


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
    if name is None and settings.manner is OWN_MANNER:
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
