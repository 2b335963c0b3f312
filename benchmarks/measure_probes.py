"""What one check costs while nothing else happens: wake-ups of pid 1 and of the monitor."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from container import Container, settle
from contenders import Contender, prefixed
from measure_idle import difference
from rounds import Progress
from servers import Server
from supporters import Activity, activities
from workshop import Workshop

# The default of --check and of Kubernetes.
PERIOD_SECONDS = 10
INIT, MONITOR = "initd", "initd-monitor"
NO_CHECK = "none, HTTP alone"


@dataclass(frozen=True)
class Watched:
    """What init and its monitor did in the time that was measured."""

    init: Activity
    monitor: Activity


def measure_probes(
    workshop: Workshop, initd: Path | None, web: Server, seconds: float, progress: Progress
) -> dict[str, Watched]:
    """By the kind of check; all containers rest at the same time."""
    if initd is None or not initd.exists():
        return {}
    progress(f"checks, {seconds:g} seconds")
    program = str(initd.resolve())
    with ExitStack() as stack:
        settle([stack.enter_context(Container(workshop, web.contender))])
        running = {
            kind: stack.enter_context(Container(workshop, checked(program, check)))
            for kind, check in each_kind(workshop, web).items()
        }
        settle(running.values())
        before = {kind: by_name(container) for kind, container in running.items()}
        time.sleep(seconds)
        return {
            kind: watched(before[kind], by_name(container)) for kind, container in running.items()
        }


def each_kind(workshop: Workshop, web: Server) -> dict[str, str]:
    """A check of each kind, as --check takes it, and the lack of one."""
    return {
        NO_CHECK: "",
        "file": f"file {workshop.app}",
        "tcp": f"tcp {workshop.endpoint}",
        "http": f"http http://127.0.0.1:{web.port}{web.path}",
        "process": "process",
        "exec": "exec -- true",
    }


def checked(program: str, check: str) -> Contender:
    """initd with this check and the default period, HTTP on."""
    options = ["--check", f"it {check}"] if check else []
    return Contender(
        "initd, one check", "", prefixed(program, *options, "--http", "/run/http.sock", "--")
    )


def by_name(container: Container) -> dict[str, Activity]:
    """The counters of each of its processes."""
    return activities(container.supporters())


def watched(before: dict[str, Activity], after: dict[str, Activity]) -> Watched:
    """What was added in between."""
    return Watched(
        difference(before[INIT], after[INIT]), difference(before[MONITOR], after[MONITOR])
    )
