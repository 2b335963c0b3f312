"""What an init and its supporting processes hold while a twin of it runs.

A page of a program or library that only one process maps counts as private to it, although the
next container would share it. With the twin such pages count as shared, as they are where many
containers run. All contenders are up at the same time: where two of them run the same program,
they share no more of it than each does with its twin already.
"""

from contextlib import ExitStack

from container import Container, settle
from contenders import Contender
from rounds import Progress
from supporters import Memory, memory
from workshop import Workshop


def measure_memory(
    workshop: Workshop, contenders: list[Contender], rounds: int, progress: Progress
) -> dict[str, list[Memory]]:
    """One reading for each round."""
    held: dict[str, list[Memory]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        progress(f"memory {number + 1}/{rounds}")
        with ExitStack() as stack:
            ones = [stack.enter_context(Container(workshop, each)) for each in contenders * 2]
            settle(ones)
            for one in ones[: len(contenders)]:
                held[one.contender.name].append(memory(one.supporters()))
    return held
