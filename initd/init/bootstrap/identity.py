"""What makes this process init, before the app starts: its name, its orphans, its signals."""

from __future__ import annotations

import posix

from initd.linux import own_process, terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings
    from initd.init.log.log import LogEvent


def establish_identity(settings: Settings, log: LogEvent) -> None:
    """The process's name, whether it adopts orphans, and which signals it gets. Under initd's own
    name nothing is logged."""
    emulation, pid = settings.emulation, posix.getpid()
    own_process.set_process_name(emulation.name)  # `pkill python` in a shell must not hit init
    if emulation.is_peer:
        _log_emulation(settings, log)
    if pid != 1 and emulation.subreaper:
        own_process.become_subreaper()
    if pid != 1 and not emulation.subreaper and not own_process.is_subreaper():
        log("warning", "init.no-reaper", {"pid": pid})
    if emulation.forwards_faults:
        from initd.core.signals.numbers import FAULTS
        from initd.linux.signals import block

        block(FAULTS)  # the signalfd delivers those that another process sends
    if settings.parent_death:
        own_process.set_parent_death_signal(settings.parent_death)


def leave_terminal(log: LogEvent) -> None:
    """Only then can the terminal become that of the app's session."""
    error, leader = terminal.leave()
    if error:
        log("debug", "terminal.left", {"error": error, "why": posix.strerror(error)})
    else:
        log("debug", "terminal.left", {"leader": leader})


def _log_emulation(settings: Settings, log: LogEvent) -> None:
    """Which init this stands in for, and the profile that initd itself would have used."""
    name, profile = settings.emulation.name, settings.suggested_profile
    log("debug", "init.as", {"name": name, "terminal": terminal.is_there()})
    if profile is not None:
        hint = "INITD_PROFILE=auto turns that on, INITD_PROFILE=none ends this line"
        facts = {"profile": profile.name, "stop": profile.stop, "as": name, "hint": hint}
        log("warning", "profile.unused", facts)
