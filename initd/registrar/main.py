"""The registrar, from its fork to the moment that the monitor closes the channel."""

from __future__ import annotations

import gc
import posix

from initd.core.hostname.own_address import own_address
from initd.core.monitor.messages import entry_message, peers_message
from initd.core.registry.peers import entry
from initd.linux.kernel_hostname import kernel_hostname
from initd.log_style import style_of
from initd.monitor.channel import Channel
from initd.monitor.log import MonitorLog
from initd.monitor.tasks import Future, Task
from initd.monitor.tasks import run as run_task
from initd.registrar.holder import Holder
from initd.registrar.registry import registry_of
from initd.registrar.watcher import Watcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.monitor.messages import RegistrarSpec
    from initd.core.registry.place import Register

_FACTS_OF_NETWORK = ("/proc/net/fib_trie", "/proc/net/route", "/proc/net/if_inet6")


def run(spec: RegistrarSpec) -> None:
    """Runs until the monitor closes the channel. Whatever goes wrong ends this process: the
    monitor starts another one."""
    gc.enable()
    run_task(_live(spec))


async def _live(spec: RegistrarSpec) -> None:
    settings = spec.settings
    log = MonitorLog(settings.log_depth, style_of(settings), spec.write)
    holders: list[Holder] = []

    def hear(message: dict[str, Any]) -> None:
        for holder in holders:
            holder.tell(message["ready"], message["gone"], message["known"])

    channel = Channel(spec.channel, hear)
    tasks: list[Task[None]] = []
    if settings.register is not None:
        register = settings.register
        name = register.name or settings.hostname or kernel_hostname()
        entry_of = _entry_of(register, name, settings.role or "", spec.revision)
        holder = Holder(
            register,
            registry_of(register.place),
            f"{register.place.prefix}/{name}",
            entry_of,
            lambda is_in: channel.send(entry_message(is_in)),
            log,
        )
        holders.append(holder)
        tasks.append(Task(holder.hold()))
    for watch in settings.watches:
        watcher = Watcher(
            watch,
            registry_of(watch.place),
            lambda name: channel.send(peers_message(name)),
            log,
        )
        tasks.append(Task(watcher.watch()))
    channel.listen()
    await _first([channel.closed, *tasks])
    for each in tasks:
        if each.done():
            each.result()  # raises: none of them ends by itself
    posix._exit(0)


async def _first(futures: list[Future[None]]) -> None:
    """Until one of them is done."""
    over: Future[None] = Future()

    def tell(_: object) -> None:
        if not over.done():
            over.set_result(None)

    for each in futures:
        each.add_done_callback(tell)
    await over


def _entry_of(
    register: Register, name: str, role: str, revision: str
) -> Callable[[bool], dict[str, Any]]:
    def made(ready: bool) -> dict[str, Any]:
        # The address may change: a network is connected to a container that runs.
        return entry(
            name=name,
            address=register.address or _own_address() or name,
            port=register.port,
            role=role,
            revision=revision,
            ready=ready,
        )

    return made


def _own_address() -> str:
    try:
        texts = [open(path, "rb").read() for path in _FACTS_OF_NETWORK]
    except OSError:
        return ""
    address = own_address(*texts)
    return address.decode() if address is not None else ""
