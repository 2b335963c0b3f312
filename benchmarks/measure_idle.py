"""What an init does while nothing happens: wake-ups and processor time."""

import time
from contextlib import ExitStack

from container import Container, settle
from contenders import Contender
from rounds import Progress
from supporters import Activity, activity, supporters
from workshop import Workshop


def measure_idle(
    workshop: Workshop, contenders: list[Contender], seconds: float, progress: Progress
) -> dict[str, Activity]:
    """What each init did in so many seconds of rest; all of them rest at the same time."""
    progress(f"idle, {seconds:g} seconds")
    with ExitStack() as stack:
        running = {
            contender.name: stack.enter_context(Container(workshop, contender))
            for contender in contenders
        }
        settle(running.values())
        before = {name: counters(container) for name, container in running.items()}
        time.sleep(seconds)
        return {
            name: difference(before[name], counters(container))
            for name, container in running.items()
        }


def counters(container: Container) -> Activity:
    """The sums over init and its supporting processes."""
    return activity(supporters(container.init_pid, container.workshop.app))


def difference(before: Activity, after: Activity) -> Activity:
    """What was added in between."""
    return Activity(
        voluntary=after.voluntary - before.voluntary,
        involuntary=after.involuntary - before.involuntary,
        cpu_ns=after.cpu_ns - before.cpu_ns,
        cpu_ticks=after.cpu_ticks - before.cpu_ticks,
    )
