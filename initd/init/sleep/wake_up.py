"""Waking up: pid 1 takes back what it knew, and hears what happened meanwhile."""

from __future__ import annotations

import posix

from initd.core.frozen import thaw
from initd.core.life import events as ev
from initd.core.plain import from_plain
from initd.core.supervisor import Supervisor
from initd.init import loop
from initd.init.control import Control
from initd.init.kernel import Kernel
from initd.init.log.early_log import EarlyLog
from initd.init.sleep.orders import ORDERS_SIZE, told
from initd.init.sleep.sleeper import FORMAT, execute_sleeper, write_line
from initd.init.start import about, bed_for, policy_of
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
    try:
        orders, kept = _read(file)
        settings = from_plain(kept["settings"])
        kernel = _kernel(settings, kept)
        supervisor = Supervisor(policy_of(settings, kept["leads_job"]))
        thaw(supervisor, kept["supervisor"])
        kernel.resume(from_plain(kept["children"]), orders.client)
    except Exception as bug:  # pid 1 must not die
        write_line(f"initd: cannot go on after a sleep: {type(bug).__name__}: {bug}")
        execute_sleeper(file)  # which finds that its orders have been tried
    posix.close(file)
    try:
        return loop.run(
            supervisor, kernel, bed_for(settings, kept["leads_job"]), _happened(orders)
        )
    finally:
        kernel.close()


def _kernel(settings: Settings, kept: dict[str, Any]) -> Kernel:
    log = EarlyLog(settings).get()
    log.dropped = kept["log_dropped"]
    control = Control(*kept["control"]) if kept["control"] is not None else None
    return Kernel(SHIM, from_plain(kept["spec"]), log, control, lambda: about(settings))


def _read(file: int) -> tuple[Told, dict[str, Any]]:
    orders = told(posix.pread(file, ORDERS_SIZE, 0))
    posix.lseek(file, ORDERS_SIZE, 0)
    data = b""
    while part := posix.read(file, 1 << 20):
        data += part
    kept = decode(data.decode())
    if kept["format"] != FORMAT:
        raise ValueError(f"initd {kept['version']} fell asleep, which this version can't go on from")
    return orders, kept


def _happened(orders: Told) -> list[ev.Event]:
    events: list[ev.Event] = [
        ev.Slept(
            orders.woken_at - orders.asleep_since, orders.woken_by, orders.orphans, orders.answered
        )
    ]
    for each in orders.events:
        events.append(ev.Signal(each.number, each.sender, each.user, each.sent))
        if each.error:
            events.append(ev.Undelivered(each.sent, posix.strerror(each.error)))
    return events
