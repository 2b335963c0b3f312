"""A look at what a stop waits for. Imported when a stop takes long: most do not."""

from __future__ import annotations

from initd.core.life.stop_waits import Look, Process, sockets_in, waits
from initd.linux import proc_sockets, process_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PROCESSES_AT_MOST = 500


def look(app: int | None, spared: int | None) -> dict[str, Any]:
    """At the app's processes, or without an app at all others but `spared` and its own."""
    if app is None:
        pids = process_tree.other_processes(spared)[:_PROCESSES_AT_MOST]
    else:
        pids = process_tree.at_and_below(app)[:_PROCESSES_AT_MOST]
    found = [(pid, process_tree.name_and_state(pid)) for pid in pids]
    inodes = proc_sockets.socket_inodes(pids)
    tables = proc_sockets.socket_tables(app) if inodes is None or inodes else []
    seen = Look(
        app=app,
        processes=tuple(Process(pid, *each) for pid, each in found if each is not None),
        sockets=tuple(each for table in tables for each in sockets_in(table)),
        inodes=inodes,
        ephemeral=proc_sockets.ephemeral_from(),
        cut=any(len(table) >= proc_sockets.TABLE_AT_MOST for table in tables),
    )
    return waits(seen)
