"""Time from the signal that asks for a stop to the end of pid 1.

The app ends as soon as it is told to: what init adds is what is over the app's own.
"""

import time

from container import Container, Stop
from contenders import Contender
from rounds import Progress, interleaved, takes_part
from workshop import Workshop

# The first moments of an init are not those in which it is stopped; a monitor takes the longest.
SETTLE_SECONDS = 0.5


def measure_stops(
    workshop: Workshop, contenders: list[Contender], rounds: int, progress: Progress
) -> dict[str, list[Stop]]:
    """One stop for each round."""
    stops: dict[str, list[Stop]] = {contender.name: [] for contender in contenders}
    for number, contender in interleaved(contenders, rounds):
        if takes_part(contender, number):
            progress(f"stop {number + 1}/{rounds}")
            with Container(workshop, contender) as container:
                time.sleep(SETTLE_SECONDS)
                stops[contender.name].append(container.stop())
    return stops
