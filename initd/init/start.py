"""From settings to a running loop: what happens once, in the order that it must."""

from __future__ import annotations

import posix

from initd.core.supervisor import Policy, Supervisor
from initd.init import loop
from initd.init.control import open_control
from initd.init.kernel import Kernel
from initd.init.log import Log
from initd.linux import process, terminal
from initd.linux.cgroup import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.settings import Settings

REVISION = "/app/REVISION"


def start(settings: Settings, shim_path: str) -> int:
    """Supervises until the app has ended; returns the exit code."""
    pid = posix.getpid()
    log = Log(settings.verbosity, settings.log_format == "console")
    _take_place(settings, pid, log)
    control, why_not = open_control(settings.socket)
    if control is None:
        log("warning", "control.unavailable", {"why": why_not})
    on_terminal = terminal.is_foreground()
    kernel = Kernel(
        shim_path,
        settings.spawn_spec(on_terminal and not settings.session),
        log,
        control,
        lambda: _about(settings),
    )
    try:
        return loop.run(Supervisor(_policy(settings, on_terminal and pid != 1)), kernel)
    finally:
        kernel.close()


def _take_place(settings: Settings, pid: int, log: Log) -> None:
    """Makes this process what the others expect of it, and says what is amiss."""
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
    )


def _about(settings: Settings) -> dict[str, Any]:
    """What status shows beside the supervisor's view."""
    return {
        "role": settings.role,
        "revision": read_text(REVISION).strip() or None,
        "hostname": settings.hostname or posix.uname().nodename,
    }
