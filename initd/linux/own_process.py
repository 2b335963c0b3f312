"""What this process can set or ask about itself: name, directory, capabilities, parents."""

from __future__ import annotations

import posix

from initd.linux import _kernel

#: Bits of the capability masks (linux/capability.h).
CAP_KILL = 1 << 5
_MAY_CHOOSE_PIDS = 1 << 21 | 1 << 40  # CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE


def set_process_name(name: str, title: str = "") -> None:
    """The name that top shows, and that pkill looks for, at most 15 characters; and what ps and
    pgrep -f show (default: the same) in place of the words that this process was started with,
    which are the app's, too."""
    _kernel.set_name(name.encode())
    _kernel.set_title((title or name).encode())


def become_subreaper() -> None:
    """From now on this process adopts the orphans among its descendants, instead of pid 1."""
    _kernel.become_subreaper()


def is_subreaper() -> bool:
    """Whether it does so already: whoever executed this program may have seen to that."""
    return bool(_kernel.is_subreaper())


def set_parent_death_signal(number: int) -> None:
    """The signal that the kernel sends to this process when its parent dies."""
    _kernel.set_parent_death_signal(number)


def effective_capabilities() -> int:
    """The mask of this process's capabilities; 0 if the kernel does not tell."""
    return _kernel.effective_capabilities()


def may_choose_pids() -> bool:
    """Whether clone3 with set_tid is worth trying."""
    return bool(effective_capabilities() & _MAY_CHOOSE_PIDS)


def leave_directory() -> str | None:
    """Changes to /; returns the directory that this was in. None, and no change, if that has
    been removed or / may not be entered."""
    try:
        was = posix.getcwd()
        posix.chdir("/")
    except OSError:
        return None
    return was


def trim_heap() -> None:
    """Returns the memory that malloc has free at the end of its heap to the kernel."""
    _kernel.trim()
