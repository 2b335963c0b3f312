"""From the app's first start to a running loop: what happens once, in the order that matters."""

from __future__ import annotations

import posix

from initd.core.supervisor import Supervisor
from initd.files import exists, text_of
from initd.init import loop
from initd.init.control import Control
from initd.init.kernel import Kernel
from initd.init.policy import policy_of
from initd.linux import process_tree
from initd.linux.kernel_hostname import kernel_hostname
from initd.linux.own_process import CAP_KILL, effective_capabilities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.life.actions import LeaveNote
    from initd.core.life.upward_policy import UpwardPolicy
    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import SpawnSpec
    from initd.init.bootstrap.bootstrap import Bootstrap
    from initd.init.bootstrap.shim import StartedShim
    from initd.init.hooks import HookRunner
    from initd.init.hosts_line import HostsLine
    from initd.init.log.log import Log
    from initd.init.monitor_link import Load, MonitorLink
    from initd.init.sleep.bed import Bed
    from initd.linux.watch import Watch

    #: Level, name and facts of an event.
    Line = tuple[str, str, dict[str, Any]]

REVISION = "/app/REVISION"
_REVISION_AT_MOST = 4096


def start(settings: Settings, shim_path: str, load_monitor: Load, begun: Bootstrap) -> int:
    """Supervises the app, which has been started, until its end; returns the exit code."""
    log, claim = begun.log.get(), begun.claim
    log.begin_beside_app()
    _warn(settings, begun, log)
    kernel = Kernel(
        shim_path,
        begun.spec,
        log,
        Control(claim.socket, claim.path) if claim.socket >= 0 else None,
        lambda: about(settings),
        _link_to_monitor(settings, load_monitor, begun, log),
        begun.shim,
        leave_note=lambda note: leave_note(note, settings, log),
        successors=follows_successors(settings),
        pid_file=settings.pid_file,
        secrets=begun.secrets,
        hooks=hook_runner(settings, shim_path, begun.spec, log),
        hosts=hosts_line(begun.hosts, log),
    )
    leads_job = begun.on_terminal and posix.getpid() != 1 and not settings.emulation.suspends
    keeps = begun.on_terminal and settings.keeps_terminal
    policy = policy_of(settings, begun.spec, _upward(settings, begun), leads_job, keeps)
    seed = int.from_bytes(posix.urandom(8), "little")
    try:
        return loop.run(Supervisor(policy, seed), kernel, bed_for(settings))
    finally:
        kernel.close()


def _warn(settings: Settings, begun: Bootstrap, log: Log) -> None:
    pid = posix.getpid()
    if pid != 1 and settings.emulation.subreaper:
        log("info", "init.subreaper", {"pid": pid, "why": "not pid 1 here"})
    if pid != 1 and settings.target == "all" and not process_tree.tells():
        why = "without /proc only pid 1 can reach all processes: signals go to the app's group"
        log("warning", "init.no-proc", {"pid": pid, "why": why})
    user = settings.user
    if user is not None and user.uid != posix.geteuid() and not effective_capabilities() & CAP_KILL:
        # kill(-1) would report success all the same, so this can't be noticed later.
        facts = {"uid": user.uid, "mend": "--cap-add KILL"}
        log("warning", "init.cannot-signal-app", facts)
    for level, event, facts in foreseeable_warnings(settings):
        log(level, event, facts)
    claim = begun.claim
    if claim.failure:
        log("warning", "control.unavailable", {"why": claim.failure})
    elif claim.taken and not settings.socket:
        from initd.init.bootstrap.runtime_directory import why_elsewhere

        level = "warning" if claim.has_neighbours else "info"
        log(level, "control.elsewhere", {"path": claim.path, "why": why_elsewhere(claim.taken)})
    if begun.plan_unused:
        log("info", "plan.unused", {"why": begun.plan_unused})
    if begun.by_plan and begun.shim is not None:
        _compare(begun.shim, begun.spec, log)


def foreseeable_warnings(settings: Settings) -> list[Line]:
    """Those that depend on nothing but the settings."""
    found: list[Line] = [
        ("warning", "config.warning", {"where": where, "what": what})
        for where, what in settings.warnings
    ]
    if settings.profile is not None:
        for text in settings.profile.warnings:
            facts = {"profile": settings.profile.name, "text": text}
            found.append(("warning", "profile.warning", facts))
    if settings.grace is not None:
        found += _shortened_plan(settings, settings.grace)
    return found


def _shortened_plan(settings: Settings, grace: float) -> list[Line]:
    from initd.core.signals.fit import is_too_long
    from initd.core.signals.stop_plan import text_of as plan_text

    plan = settings.unfitted_plan
    if not is_too_long(plan, grace, settings.lead):
        return []
    shortened = plan_text(settings.stop_plan)
    facts = {"plan": plan_text(plan), "grace_seconds": grace, "shortened": shortened}
    return [("warning", "stop.plan-shortened", facts)]


def _compare(started: StartedShim, spec: SpawnSpec, log: Log) -> None:
    """The app runs on as it was started; its next start will be as configured."""
    from initd.init.bootstrap.adopt import difference_from_plan

    found = difference_from_plan(started, spec)
    if found:
        log("warning", "plan.differs", found)


def _link_to_monitor(
    settings: Settings, load: Load, begun: Bootstrap, log: Log
) -> Callable[[Watch], MonitorLink] | None:
    """What makes the link to a monitor, if one is wanted."""
    sockets = begun.monitor_sockets
    if sockets is None:
        return None
    from initd.init.held_sockets import HeldSockets
    from initd.init.monitor_link import MonitorLink

    log.remember = True
    held = HeldSockets(sockets, settings, log)
    return lambda watched: MonitorLink(load, settings, held, watched, log)


def hook_runner(
    settings: Settings, shim_path: str, spec: SpawnSpec, log: Log
) -> Callable[[Watch], HookRunner] | None:
    """What makes the runner of hooks, if there are any."""
    if not settings.hooks:
        return None
    from initd.init.hooks import HookRunner

    known = {"role": settings.role, "revision": about(settings)["revision"]}
    facts = {name: value for name, value in known.items() if value}
    return lambda watched: HookRunner(shim_path, spec, settings.hooks, facts, watched, log)


def hosts_line(kept: tuple[str, int] | None, log: Log) -> HostsLine | None:
    """What looks after the line in the hosts file, if init has added one."""
    if kept is None:
        return None
    from initd.init.hosts_line import HostsLine

    return HostsLine(*kept, log)


def leave_note(note: LeaveNote, settings: Settings, log: Log) -> None:
    """Why the container ends. At the default place, without being asked, init writes only
    if the file exists, and if it knows more than the exit code says."""
    path, asked = settings.termination_log, settings.origins["termination_log"] != "default"
    if path is None or not (asked or exists(path)):
        return
    from initd.core.life.termination import message, says_more
    from initd.linux.termination_log import write

    if asked or says_more(note.last_exit, note.reasons):
        why = write(path, message(settings.command, note.last_exit, note.reasons))
        if why:
            log("warning", "init.note-unwritten", {"path": path, "why": why})


def _upward(settings: Settings, begun: Bootstrap) -> UpwardPolicy | None:
    """Where the app has no socket of init's own, it speaks for itself."""
    sockets = begun.monitor_sockets
    if not settings.speaks_upwards or sockets is None or sockets.notify < 0:
        return None
    from initd.core.life.upward_policy import UpwardPolicy

    me = posix.getpid()
    return UpwardPolicy(
        needs_ready=settings.origins["notify"] != "default",
        watchdog=settings.watchdog_of_init(me),
        main_pid=me if me != 1 else 0,
    )


def bed_for(settings: Settings) -> Bed | None:
    """None where pid 1 stays awake all its life."""
    if settings.sleep is None or settings.why_awake:
        return None
    from initd.init.sleep.bed import Bed

    return Bed(settings, settings.sleep)


def follows_successors(settings: Settings) -> bool:
    """Whether a process that the app leaves may take its place."""
    return settings.pid_file is not None or not settings.emulation.is_peer


def about(settings: Settings) -> dict[str, Any]:
    """What status shows in addition to the supervisor's view."""
    return {
        "role": settings.role,
        "revision": text_of(REVISION, _REVISION_AT_MOST).strip() or None,
        "hostname": settings.hostname or kernel_hostname(),
        "redact": list(settings.redact),
    }
