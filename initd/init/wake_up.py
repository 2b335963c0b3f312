"""Waking up: pid 1 takes back what it knew, and hears what happened meanwhile."""

from __future__ import annotations

import posix

from initd.core.frozen import take_on
from initd.core.life import events as ev
from initd.init import loop
from initd.init.control import Control
from initd.init.kernel import Kernel
from initd.init.log.early_log import EarlyLog
from initd.init.sleep.known import known
from initd.init.sleep.orders import ORDERS_SIZE, REFUSED, begun, told
from initd.init.sleep.sleeper import FORMAT, execute_sleeper, write_line
from initd.init.start import about, bed_for, follows_successors, hook_runner, hosts_line, leave_note
from initd.installed import SHIM
from initd.json_codec import decode
from initd.linux import own_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.settings import Settings
    from initd.init.bootstrap.secrets_link import Reader, SecretsLink
    from initd.init.first_waking import Again
    from initd.init.sleep.known import Known
    from initd.init.sleep.orders import Told


def wake_up(file: int, again: Again, load_reader: Callable[[Settings], Reader]) -> int:
    """Goes on until the app's end; returns the exit code. Where that is impossible, the sleeper
    does what it can without Python. `again` is for a pid 1 that was never awake before;
    `load_reader` loads what reads secrets, in that process alone."""
    tries = 0
    try:
        data = posix.pread(file, ORDERS_SIZE, 0)
        orders = told(data)
        tries = orders.wakings
        found = _known(file, data, again)
        own_process.set_process_name(found.settings.emulation.name)
        kernel = _kernel(found, load_reader)
        kernel.resume(found.children, orders.client)
    except Exception as bug:  # pid 1 must not die
        if tries <= 1:  # there will be more
            write_line(f"initd: cannot go on after a sleep: {type(bug).__name__}: {bug}")
        execute_sleeper(file)  # which finds that its orders have been tried
    posix.close(file)
    if found.differs:
        kernel.log("warning", "plan.differs", found.differs)
    bed = bed_for(found.settings)
    if orders.woken_by == REFUSED:
        bed = None
        kernel.log("warning", "sleep.failed", {"why": "the kernel refuses what a sleep needs"})
    try:
        return loop.run(found.supervisor, kernel, bed, _happened(orders))
    finally:
        kernel.close()


def _kernel(found: Known, load_reader: Callable[[Settings], Reader]) -> Kernel:
    settings = found.settings
    log = EarlyLog(settings).get()
    log.begin_beside_app()
    log.dropped = found.lines_dropped
    if log.messages is not None and found.messages is not None:
        take_on(log.messages, found.messages)
    return Kernel(
        SHIM,
        found.spec,
        log,
        Control(*found.control) if found.control is not None else None,
        lambda: about(settings),
        leave_note=lambda note: leave_note(note, settings, log),
        successors=follows_successors(settings),
        pid_file=settings.pid_file,
        secrets=_secrets(found, load_reader),
        hooks=hook_runner(settings, SHIM, found.spec, log),
        hosts=hosts_line(found.hosts, log),
    )


def _secrets(found: Known, load_reader: Callable[[Settings], Reader]) -> SecretsLink | None:
    settings = found.settings
    if settings.secrets is None:
        return None
    from initd.init.bootstrap.secrets_link import SecretsLink

    link = SecretsLink(lambda: load_reader(settings), settings)
    if found.secrets is not None:
        link.resume(found.secrets)
    return link


def _known(file: int, data: bytes, again: Again) -> Known:
    """`data` are the orders, before what is known."""
    size = posix.fstat(file).st_size
    kept = decode(posix.pread(file, size, ORDERS_SIZE).decode())
    if kept["format"] != FORMAT:
        raise ValueError(
            f"initd {kept['version']} fell asleep, which this version can't go on from"
        )
    if "planned" not in kept:
        return known(kept)
    from initd.init.first_waking import known_by_plan

    return known_by_plan(kept, begun(data), again)


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
