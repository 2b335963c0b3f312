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
from initd.init.start import about, bed_for, policy_of
from initd.installed import SHIM
from initd.json_codec import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.init.sleep.orders import Told


def wake_up(file: int) -> int:
    """Goes on until the app's end; returns the exit code. Raises ValueError where another version
    of initd fell asleep."""
    orders, kept = _read(file)
    posix.close(file)
    settings, spec = from_plain(kept["settings"]), from_plain(kept["spec"])
    log = EarlyLog(settings).get()
    log.dropped = kept["log_dropped"]
    control = None
    if kept["control"] is not None:
        server, path = kept["control"]
        posix.set_inheritable(server, False)
        control = Control(server, path)
    kernel = Kernel(SHIM, spec, log, control, lambda: about(settings))
    supervisor = Supervisor(policy_of(settings, kept["leads_job"]))
    thaw(supervisor, kept["supervisor"])
    kernel.resume(from_plain(kept["children"]), orders.client)
    try:
        return loop.run(
            supervisor, kernel, bed_for(settings, kept["leads_job"]), _happened(orders)
        )
    finally:
        kernel.close()


def _read(file: int) -> tuple[Told, dict[str, Any]]:
    posix.lseek(file, 0, 0)
    orders = told(posix.read(file, ORDERS_SIZE))
    data = b""
    while part := posix.read(file, 1 << 20):
        data += part
    kept = decode(data.decode())
    if kept["format"] != 1:
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
