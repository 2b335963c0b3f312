"""Waking up: pid 1 takes back what it knew, and hears what happened meanwhile."""

from __future__ import annotations

import posix

from initd.core.frozen import take_on, thaw
from initd.core.life import events as ev
from initd.core.plain import from_plain
from initd.core.supervisor import Supervisor
from initd.init import loop
from initd.init.control import Control
from initd.init.kernel import Kernel
from initd.init.log.early_log import EarlyLog
from initd.init.sleep.orders import ORDERS_SIZE, told
from initd.init.sleep.sleeper import FORMAT, execute_sleeper, write_line
from initd.init.start import about, bed_for, follows_successors, leave_note
from initd.installed import SHIM
from initd.json_codec import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.settings import Settings
    from initd.init.sleep.orders import Told


def wake_up(file: int) -> int:
    """Goes on until the app's end; returns the exit code. Where that is impossible, the sleeper
    does what it can without Python."""
    tries = 0
    try:
        orders, kept = _read(file)
        tries = orders.wakings
        settings = from_plain(kept["settings"])
        kernel = _kernel(settings, kept)
        supervisor = Supervisor(from_plain(kept["policy"]))
        thaw(supervisor, from_plain(kept["supervisor"]))
        kernel.resume(from_plain(kept["children"]), orders.client)
    except Exception as bug:  # pid 1 must not die
        if tries <= 1:  # there will be more
            write_line(f"initd: cannot go on after a sleep: {type(bug).__name__}: {bug}")
        execute_sleeper(file)  # which finds that its orders have been tried
    posix.close(file)
    try:
        return loop.run(supervisor, kernel, bed_for(settings), _happened(orders))
    finally:
        kernel.close()


def _kernel(settings: Settings, kept: dict[str, Any]) -> Kernel:
    log = EarlyLog(settings).get()
    log.dropped = kept["lines_dropped"]
    if log.messages is not None:
        take_on(log.messages, from_plain(kept["messages"]))
    return Kernel(
        SHIM,
        from_plain(kept["spec"]),
        log,
        Control(*kept["control"]) if kept["control"] is not None else None,
        lambda: about(settings),
        leave_note=lambda note: leave_note(note, settings, log),
        successors=follows_successors(settings),
        pid_file=settings.pid_file,
    )


def _read(file: int) -> tuple[Told, dict[str, Any]]:
    orders = told(posix.pread(file, ORDERS_SIZE, 0))
    size = posix.fstat(file).st_size
    kept = decode(posix.pread(file, size, ORDERS_SIZE).decode())
    if kept["format"] != FORMAT:
        raise ValueError(
            f"initd {kept['version']} fell asleep, which this version can't go on from"
        )
    return orders, kept


def _happened(orders: Told) -> list[tuple[float, ev.Event]]:
    """Each event with the time of it."""
    slept = orders.woken_at - orders.asleep_since
    found: list[tuple[float, ev.Event]] = []
    for each in orders.events:
        if each.orphan is not None:
            found.append((each.when, ev.OthersReaped([each.orphan])))
            continue
        found.append((each.when, ev.Signal(each.number, each.sender, each.user, each.sent)))
        if each.error:
            why = posix.strerror(each.error)
            found.append((each.when, ev.Undelivered(each.sent, why)))
    untold = orders.orphans - sum(each.orphan is not None for each in orders.events)
    return [
        *found,
        (orders.woken_at, ev.Slept(slept, orders.woken_by, untold, orders.answered)),
    ]
