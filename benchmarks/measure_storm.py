"""What 20,000 orphans cost an init, and how long it leaves their corpses."""

import time
from dataclasses import dataclass

from container import Container, Storm
from contenders import Contender
from rounds import Progress, interleaved, takes_part
from supporters import activity
from workshop import Workshop

SETTLE_SECONDS = 0.5
PATIENCE_MS = 3000


@dataclass(frozen=True)
class Weathered:
    """A storm, and what init took for it."""

    orphans: int
    storm: Storm
    cpu_ns: int


def measure_storms(
    workshop: Workshop, contenders: list[Contender], orphans: int, rounds: int, progress: Progress
) -> dict[str, list[Weathered]]:
    """One storm for each round, in a container of its own."""
    storms: dict[str, list[Weathered]] = {contender.name: [] for contender in contenders}
    for number, contender in interleaved(contenders, rounds):
        if not takes_part(contender, number):
            continue
        progress(f"storm {number + 1}/{rounds}")
        with Container(workshop, contender, workshop.storm, str(orphans)) as container:
            time.sleep(SETTLE_SECONDS)
            before = activity(container.supporters())
            storm = container.storm(PATIENCE_MS)
            after = activity(container.supporters())
        storms[contender.name].append(Weathered(orphans, storm, after.cpu_ns - before.cpu_ns))
    return storms
