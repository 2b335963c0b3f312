"""Falling asleep: what pid 1 knows goes into a memory file, and the launcher's code takes over
in the same process (shim/asleep.h). Imported when it is time to."""

from __future__ import annotations

import fcntl
import posix

from initd import __version__
from initd.core import sleep_orders
from initd.core.frozen import freeze
from initd.core.plain import to_plain
from initd.init.sleep.orders import PASS_ON, STOP, Order, Orders, encoded
from initd.init.sleep.sleeper import FORMAT, execute_sleeper
from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings
    from initd.core.supervisor import Supervisor
    from initd.init.kernel import Kernel

#: Seconds from a signal that was passed on to the line about it.
_LINGER = 1.0


def fall_asleep(
    settings: Settings, leads_job: bool, supervisor: Supervisor, kernel: Kernel
) -> None:
    """Returns only if it fails, with everything as it was. Raises OSError, TypeError, ValueError."""
    kept = {
        "format": FORMAT,
        "version": __version__,
        "settings": to_plain(settings),
        "spec": to_plain(kernel.children.spec),
        "leads_job": leads_job,
        "supervisor": freeze(supervisor),
        "children": to_plain(kernel.children.kept()),
        "control": None if kernel.control is None else [kernel.control.server, kernel.control.path],
        "log_dropped": kernel.log.dropped,
    }
    orders = encoded(_orders(supervisor, kernel))
    file = posix.memfd_create("initd", posix.MFD_ALLOW_SEALING)
    inherited = [file, *kernel.children.descriptors()]
    if kernel.control is not None:
        inherited.append(kernel.control.server)
    try:
        _write(file, orders + encode(kept).encode())
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        for fd in inherited:
            posix.set_inheritable(fd, True)
        execute_sleeper(file)
    finally:
        for fd in inherited[1:]:
            posix.set_inheritable(fd, False)
        posix.close(file)


def _orders(supervisor: Supervisor, kernel: Kernel) -> Orders:
    life, children = supervisor.life, kernel.children
    signals = {
        number: Order(PASS_ON, out)
        for number, out in sleep_orders.passed_on(life, dict(supervisor.direct_routes)).items()
    }
    step = sleep_orders.first_step(life)
    if step is not None and step[1] != "all":
        for number in sleep_orders.stop_signals(life):
            signals[number] = Order(STOP, step[0], step[1] == "group")
    kept = children.kept()
    return Orders(
        app=children.app or 0,
        app_since=life.app_since,
        app_pidfd=children.app_pidfd,
        shim=children.shim or 0,
        reports=children.reports,
        control=-1 if kernel.control is None else kernel.control.server,
        followed=children.app_pidfd if kept["_follows"] else -1,
        linger=_LINGER,
        signals=signals,
        answers=sleep_orders.answers(life),
    )


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[posix.write(file, data) :]
