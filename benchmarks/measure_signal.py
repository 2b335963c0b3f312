"""Time from the sender's kill(init) to the app's answer in the sender's hands."""

import time

from container import Container, RoundTrips
from contenders import Contender
from rounds import Progress, interleaved, takes_part
from workshop import Workshop

SIGNALS_PER_CONTAINER = 100
# A monitor is loaded after the app has started; meanwhile it competes for the processors.
SETTLE_SECONDS = 0.5


def measure_signals(
    workshop: Workshop, contenders: list[Contender], signals: int, progress: Progress
) -> dict[str, RoundTrips]:
    """So many signals for each contender, spread over several containers of it."""
    rounds = max(1, signals // SIGNALS_PER_CONTAINER)
    took = {contender.name: RoundTrips([], 0) for contender in contenders}
    for number, contender in interleaved(contenders, rounds):
        if not takes_part(contender, number):
            continue
        progress(f"signals {number + 1}/{rounds}")
        with Container(workshop, contender) as container:
            time.sleep(SETTLE_SECONDS)
            series = container.round_trips(min(signals, SIGNALS_PER_CONTAINER))
        so_far = took[contender.name]
        took[contender.name] = RoundTrips(
            so_far.nanoseconds + series.nanoseconds, so_far.lost + series.lost
        )
    return took
