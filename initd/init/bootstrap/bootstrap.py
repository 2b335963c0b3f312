"""The first start: what must exist before the app, then the app itself, and nothing else.

The app waits for everything that is imported here. The rest of pid 1 (decisions, loop, log) is
imported while the app starts, and takes over from here.
"""

from __future__ import annotations

import sys
from time import sleep

from initd.core.value import Value
from initd.init.bootstrap.hostname import publish_hostname
from initd.init.bootstrap.identity import establish_identity, leave_terminal
from initd.init.bootstrap.runtime_directory import NO_CLAIM, USUAL, claim, claim_by
from initd.init.bootstrap.shim import StartedShim, start_shim
from initd.init.log.early_log import EarlyLog
from initd.linux import report, terminal, unix_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import SpawnSpec
    from initd.init.bootstrap.monitor_sockets import MonitorSockets
    from initd.init.bootstrap.runtime_directory import Claim
    from initd.init.bootstrap.secrets_link import Load, SecretsLink

#: How long init leaves the processor to the app: in milliseconds until the app has been executed
#: (an interpreter needs as long to start), then in seconds until it has reached its main. The
#: report wakes init up between the two, and init would take the processor from the app.
_HEAD_START = 20
_MOMENT = 0.001


class Bootstrap(Value, kw_only=True):
    """What the rest of pid 1 takes over.

    `claim` is the directory that is this init's, by its control socket. `shim` is None where the
    first start was refused: the loop tries again, since it knows what to do then. Nor is there one
    where something is to be done first.
    `hosts` is as publish_hostname returns it.
    `by_plan` says that the launcher started the shim, `plan_unused` why it did not, if there is a
    plan."""

    spec: SpawnSpec
    on_terminal: bool
    claim: Claim
    monitor_sockets: MonitorSockets | None
    shim: StartedShim | None
    by_plan: bool
    plan_unused: str
    log: EarlyLog
    secrets: SecretsLink | None = None
    hosts: tuple[str, int] | None = None


def begin(settings: Settings, shim_path: str, load_reader: Load) -> Bootstrap:
    """Starts the app. Raises OSError where a configured address cannot be bound; then nothing
    has been started. `load_reader` loads what reads secrets, in that process alone."""
    emulation = settings.emulation
    shim, plan_unused = _shim_of_launcher()
    log = EarlyLog(settings)
    establish_identity(settings, log)
    if shim is not None and shim.control >= 0:
        claimed = claim_by(shim.control)
    else:
        claimed = NO_CLAIM if emulation.fronts_initd else claim(settings.socket)
    hosts = publish_hostname(
        settings.hostname,
        or_kernel_hostname=not emulation.is_peer,
        environ=settings.environ,
        is_usual=claimed.is_usual,
        is_taken=USUAL in claimed.taken,
        is_added=shim is not None and shim.added,
        log=log,
    )
    sockets = _monitor_sockets(settings, claimed, log)
    # The launcher looked before the app got the terminal; it did not where the app gets none.
    looked = shim is not None and not settings.keeps_terminal
    on_terminal = shim.terminal if shim is not None and looked else terminal.is_foreground()
    to_app = on_terminal and not settings.session and not emulation.same_group
    spec = settings.spawn_spec(
        terminal=to_app or emulation.takes_terminal,
        additions=sockets.additions if sockets is not None else {},
        inherited=_inherited_descriptors(),
    )
    if emulation.takes_terminal:
        leave_terminal(log)
    secrets = _secrets_link(settings, load_reader, claimed)
    starts = shim is None and not settings.holds_start
    return Bootstrap(
        spec=spec,
        on_terminal=on_terminal,
        claim=claimed,
        monitor_sockets=sockets,
        by_plan=shim is not None,
        shim=_start(shim_path, spec, secrets) if starts else shim,
        plan_unused=plan_unused,
        log=log,
        secrets=secrets,
        hosts=hosts,
    )


def _inherited_descriptors() -> tuple[int, ...]:
    """What init was given beyond 0, 1 and 2, as the launcher has listed it: it is the app's."""
    listed = sys._xoptions.get("initd_descriptors", "")
    return tuple(map(int, listed.split(","))) if isinstance(listed, str) and listed else ()


def _shim_of_launcher() -> tuple[StartedShim | None, str]:
    """The shim that the launcher has started by a plan, and why it has not, if there is one."""
    if "initd" not in sys._xoptions:
        return None, ""
    from initd.init.bootstrap.adopt import adopt_planned_shim

    return adopt_planned_shim()


def _monitor_sockets(settings: Settings, claimed: Claim, log: EarlyLog) -> MonitorSockets | None:
    """Bound before the app starts: it may use them at once."""
    if not settings.monitored:
        return None
    from initd.init.bootstrap.monitor_sockets import monitor_sockets

    try:
        return monitor_sockets(settings, claimed.taken, log.get())
    except OSError:
        if claimed.socket >= 0:  # nothing is left behind
            unix_socket.remove(claimed.path)
        raise


def _secrets_link(settings: Settings, load_reader: Load, claimed: Claim) -> SecretsLink | None:
    if settings.secrets is None:
        return None
    from initd.init.bootstrap.secrets_link import SecretsLink

    return SecretsLink(load_reader, settings, USUAL in claimed.taken)


def _start(shim_path: str, spec: SpawnSpec, secrets: SecretsLink | None) -> StartedShim | None:
    try:
        if secrets is None:
            shim = start_shim(shim_path, spec, first=True)
        else:
            shim = secrets.start(lambda source: start_shim(shim_path, spec, True, None, source))
    except (OSError, ValueError):
        return None
    report.await_report(shim.reports, _HEAD_START)
    sleep(_MOMENT)
    return shim
