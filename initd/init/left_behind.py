"""What the app has left behind when it has ended: facts, from /proc and the pid file."""

from __future__ import annotations

import posix

from initd.core.life.successor import Left
from initd.linux import process_tree
from initd.linux.pid_file import pid_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container


def left_behind(spared: Container[int | None], uid: int, pid_file: str | None) -> tuple[Left, ...]:
    """The processes below init without those in `spared` and theirs, in the order of their pids.
    Processes of other users than `uid`, the app's, are left out, because init must not signal for
    the app what the app could not; root may signal all.

    The pid file is the app's to write: no more is believed of it than that one of these processes
    is meant."""
    me = posix.getpid()
    parents = process_tree.parents_of_all()
    named = pid_in(pid_file) if pid_file is not None else None
    living = [
        pid
        for pid in sorted(parents)
        if pid != me
        and pid not in spared
        and parents[pid] not in spared
        and process_tree.is_at_or_below(pid, me, parents)
        and (uid == 0 or process_tree.owner_of(pid) == uid)
        and process_tree.is_alive(pid)
    ]
    have_children = {parents[pid] for pid in living}
    return tuple(
        Left(
            pid=pid,
            words=process_tree.command_line(pid),
            is_orphan=parents[pid] == me,
            is_parent=pid in have_children,
            is_named=pid == named,
        )
        for pid in living
    )
