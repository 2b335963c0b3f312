"""What an init does while nothing happens: wake-ups and processor time.

One whose health is asked for every ten seconds is asked once for each ten seconds of the rest.
"""

import time
from collections.abc import Iterable
from contextlib import ExitStack

from container import Container, settle
from contenders import Contender
from rounds import Progress
from supporters import Activity, activity
from workshop import Workshop

# The period of a HEALTHCHECK that many set.
AT_REST_SECONDS = 10.0


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
        rest(running.values(), seconds)
        return {
            name: difference(before[name], counters(container))
            for name, container in running.items()
        }


def rest(containers: Iterable[Container], seconds: float) -> None:
    """So many seconds, with what happens in them."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        for container in containers:
            container.contender.at_rest(container.init_pid)
        time.sleep(min(left, AT_REST_SECONDS))


def counters(container: Container) -> Activity:
    """The sums over init and its supporting processes."""
    return activity(container.supporters())


def difference(before: Activity, after: Activity) -> Activity:
    """What was added in between."""
    return Activity(
        voluntary=after.voluntary - before.voluntary,
        involuntary=after.involuntary - before.involuntary,
        cpu_ns=after.cpu_ns - before.cpu_ns,
        cpu_ticks=after.cpu_ticks - before.cpu_ticks,
    )
