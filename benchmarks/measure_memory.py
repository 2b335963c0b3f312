"""What an init and its supporting processes hold while a twin of it runs.

A page of a program or library that only one process maps counts as private to it, although the
next container would share it. With the twin such pages count as shared, as they are where many
containers run.
"""

from container import Container, settle
from contenders import Contender
from rounds import Progress, interleaved
from supporters import Memory, memory, supporters
from workshop import Workshop


def measure_memory(
    workshop: Workshop, contenders: list[Contender], rounds: int, progress: Progress
) -> dict[str, list[Memory]]:
    """One reading for each round."""
    held: dict[str, list[Memory]] = {contender.name: [] for contender in contenders}
    for number, contender in interleaved(contenders, rounds):
        progress(f"memory {number + 1}/{rounds}")
        with Container(workshop, contender) as one, Container(workshop, contender):
            settle([one])
            held[contender.name].append(memory(supporters(one.init_pid, workshop.app)))
    return held
