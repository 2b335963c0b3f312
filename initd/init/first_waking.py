"""The first waking of a pid 1 that has slept since its start by a plan: here it gets to know what
the launcher has done, and whether it would have done the same."""

from __future__ import annotations

import posix

from initd.core.life import events as ev
from initd.core.plain import from_plain
from initd.core.settings import Settings
from initd.core.start_plan import AppName, given_by, name_variables, planned_argv, started_by
from initd.core.supervisor import Supervisor
from initd.init.bootstrap.adopt import difference, stored_plans
from initd.init.planned_sleep import policy_for
from initd.init.sleep.known import Known
from initd.init.sleep.sleeper import VARIABLE
from initd.json_codec import encode
from initd.linux import control_socket
from initd.linux.environment import given_environment
from initd.unload import unload_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.start.spawn_spec import SpawnSpec
    from initd.init.sleep.orders import Begun

    #: The settings that count, from the environment that init was given, the plan's settings, and
    #: the kernel's host name, if the app has one of its own.
    Again = Callable[[dict[bytes, bytes], Settings, str], Settings]

#: Needed this once.
_SPENT = (
    *("initd.init.bootstrap.adopt", "initd.core.start_plan"),
    *("initd.linux.environment", "initd.core.hostname", "initd.init.first_waking"),
)


def known_by_plan(kept: dict[str, Any], begun: Begun, again: Again) -> Known:
    """What follows from the plan, and from how the start went."""
    environ = given_environment()
    environ.pop(VARIABLE, None)
    planned = _planned(kept, environ, begun.kernel_hostname)
    settings = again(environ, planned, begun.kernel_hostname)
    spec = _spec(settings, begun)
    posix.set_blocking(begun.reports, False)
    known = Known(
        settings=settings,
        spec=spec,
        supervisor=_supervisor(settings, begun),
        children=_children(begun),
        control=(begun.control, _places(planned)[begun.socket_place]),
        lines_dropped=begun.lines_dropped,
        hosts=_hosts(planned, begun),
        differs=difference(*_started(kept, environ, begun, planned), spec),
    )
    unload_modules(*_SPENT)
    return known


def _planned(kept: dict[str, Any], environ: dict[bytes, bytes], kernel: str) -> Settings:
    """The plan's settings, in the container that the launcher has found."""
    settings: dict[str, Any] = from_plain(kept["planned"])
    additions: dict[bytes, bytes] = from_plain(kept["additions"])
    name: AppName | None = from_plain(kept["name"])
    environ = {**environ, **additions}
    if name is not None:
        settings["hostname"] = name.of(kernel)
        environ.update(name_variables(name, environ, kernel))
    return Settings(**settings, environ=environ)


def _hosts(planned: Settings, begun: Begun) -> tuple[str, int] | None:
    """The line to look after, as Bootstrap has it."""
    name = planned.hostname
    return (name, begun.hosts_mark) if name is not None and begun.hosts_mark else None


def _started(
    kept: dict[str, Any], environ: dict[bytes, bytes], begun: Begun, planned: Settings
) -> tuple[list[str], dict[bytes, bytes]]:
    """The words and the environment of the shim that the launcher has started: by the plan that
    knows the same. If the file has changed since, what `initd compile` knew."""
    known = encode(kept).encode()
    for plan in stored_plans():
        if plan.asleep is not None and plan.asleep.known == known:
            return (
                started_by(plan, begun.on_terminal),
                given_by(plan, environ, begun.kernel_hostname),
            )
    return planned_argv(_spec(planned, begun)), planned.environ


def _spec(settings: Settings, begun: Begun) -> SpawnSpec:
    return settings.spawn_spec(terminal=begun.on_terminal and not settings.session)


def _supervisor(settings: Settings, begun: Begun) -> Supervisor:
    """As it is once the app runs. What is to be logged of that has been."""
    supervisor = Supervisor(policy_for(settings), int.from_bytes(posix.urandom(8), "little"))
    supervisor.handle(ev.Spawned(begun.shim), begun.app_since)
    supervisor.handle(ev.Started(begun.app), begun.app_since)
    return supervisor


def _children(begun: Begun) -> dict[str, Any]:
    return {
        "shim": begun.shim,
        "app": begun.app,
        "app_pidfd": begun.app_pidfd,
        "reports": begun.reports,
        "_left": None,
        "_is_first": False,
        "_inherited": (),
        "follows": False,
    }


def _places(planned: Settings) -> tuple[str, ...]:
    """Those where the launcher has tried to have the control socket, in its order."""
    if planned.socket:
        return (planned.socket,)
    return control_socket.default_paths(posix.geteuid())
