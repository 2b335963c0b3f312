"""The place that init takes among the processes, before the app starts."""

from __future__ import annotations

import posix

from initd.linux import process, terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.settings import Settings

    Say = Callable[[str, str, dict[str, Any]], None]


def take_place(settings: Settings, say: Say) -> None:
    """Whose orphans come here, whose death is heard of, and who this is. Under initd's own
    name there is nothing to `say`."""
    emulation, pid = settings.emulation, posix.getpid()
    process.call_oneself(emulation.name)  # `pkill python` in a shell is not for init
    if emulation.messages is not None:
        _say_who_is_here(settings, say)
    if pid != 1 and emulation.subreaper:
        process.become_subreaper()
    if pid != 1 and not emulation.subreaper:
        say("warning", "init.no-reaper", {"pid": pid})
    if emulation.forwards_faults:
        from initd.linux.signals import block_faults

        block_faults()
    if settings.parent_death:
        process.set_parent_death_signal(settings.parent_death)


def leave_terminal(say: Say) -> None:
    """It can be the app's session's only if it is no longer this one's."""
    error, leader = terminal.leave()
    if error:
        say("debug", "terminal.left", {"error": error, "why": posix.strerror(error)})
    else:
        say("debug", "terminal.left", {"leader": leader})


def _say_who_is_here(settings: Settings, say: Say) -> None:
    """initd under another name: what it does as that does, and what it could do better."""
    name, profile = settings.emulation.name, settings.unused
    say("debug", "init.as", {"name": name, "terminal": terminal.is_there()})
    if profile is not None:
        hint = "INITD_PROFILE=auto turns that on, INITD_PROFILE=none ends this line"
        facts = {"profile": profile.name, "stop": profile.stop, "as": name, "hint": hint}
        say("warning", "profile.unused", facts)
