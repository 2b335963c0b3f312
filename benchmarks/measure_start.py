"""Time from the exec of each init to the first act of its app's main."""

from container import Container
from contenders import Contender
from rounds import Progress, interleaved, takes_part
from workshop import Workshop


def measure_starts(
    workshop: Workshop, contenders: list[Contender], rounds: int, progress: Progress
) -> dict[str, list[int]]:
    """Nanoseconds, one for each round."""
    took: dict[str, list[int]] = {contender.name: [] for contender in contenders}
    # One round more than asked for: the first fills the page cache and is thrown away.
    for number, contender in interleaved(contenders, rounds + 1):
        if not takes_part(contender, number):
            continue
        progress(f"start {number}/{rounds}")
        with Container(workshop, contender) as container:
            if number > 0:
                took[contender.name].append(container.start_ns)
    return took
