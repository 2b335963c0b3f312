"""Falling asleep: what pid 1 knows goes into a memory file, and the launcher's code takes over
in the same process (shim/asleep.h). Imported when it is time to."""

from __future__ import annotations

import fcntl
import posix

from initd import __version__
from initd.core import sleep
from initd.core.frozen import freeze, state_of
from initd.core.plain import to_plain
from initd.init.sleep.orders import FORMAT as ORDERS_FORMAT
from initd.init.sleep.orders import Orders, answer_pair, encoded
from initd.init.sleep.sleeper import FORMAT, LINGER, execute_sleeper
from initd.installed import sleeper_understands
from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.settings import Settings
    from initd.core.supervisor import Supervisor
    from initd.init.kernel import Kernel


def fall_asleep(settings: Settings, supervisor: Supervisor, kernel: Kernel) -> None:
    """Returns only if it fails, which is logged, with everything as it was."""
    try:
        kept = encode(_kept(settings, supervisor, kernel)).encode()
        _sleep_on(encoded(_orders(supervisor, kernel)) + kept, kernel.lasting_descriptors())
    except (OSError, TypeError, ValueError) as error:
        kernel.log("warning", "sleep.failed", {"why": str(error)})


def _kept(settings: Settings, supervisor: Supervisor, kernel: Kernel) -> dict[str, Any]:
    control, messages, secrets = kernel.control, kernel.log.messages, kernel.secrets
    hosts = kernel.hosts
    return {
        "format": FORMAT,
        "version": __version__,
        "settings": to_plain(settings),
        "spec": to_plain(kernel.children.spec),
        "policy": to_plain(supervisor.life.policy),
        "supervisor": to_plain(freeze(supervisor)),
        "children": to_plain(kernel.children.kept()),
        "control": None if control is None else [control.server, control.path],
        "secrets": None if secrets is None else to_plain(secrets.kept()),
        "hosts": None if hosts is None else [hosts.name, hosts.mark],
        "lines_dropped": kernel.log.dropped,
        "messages": None if messages is None else to_plain(state_of(messages)),
    }


def _orders(supervisor: Supervisor, kernel: Kernel) -> Orders:
    life, children = supervisor.life, kernel.children
    return Orders(
        app=children.app or 0,
        app_since=life.app_since,
        hosts_mark=0 if kernel.hosts is None else kernel.hosts.mark,
        app_pidfd=children.app_pidfd,
        shim=children.shim or 0,
        reports=children.reports,
        control=-1 if kernel.control is None else kernel.control.server,
        followed=children.app_pidfd if children.follows else -1,
        linger=LINGER,
        tells_of_orphans=life.policy.warn_reaped or kernel.log.tells_of_orphans,
        signals=sleep.orders(life),
        answers=[answer_pair(words, answer) for words, answer in sleep.answers(life)],
    )


def _sleep_on(known: bytes, descriptors: list[int]) -> None:
    if not sleeper_understands(ORDERS_FORMAT):
        raise ValueError("the launcher was replaced by that of another version")
    file = posix.memfd_create("initd", posix.MFD_ALLOW_SEALING)
    private = [each for each in descriptors if not posix.get_inheritable(each)]
    try:
        _write(file, known)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        for descriptor in (file, *private):
            posix.set_inheritable(descriptor, True)
        execute_sleeper(file)
    finally:
        for descriptor in private:
            posix.set_inheritable(descriptor, False)
        posix.close(file)


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[posix.write(file, data) :]
