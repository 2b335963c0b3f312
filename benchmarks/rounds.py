"""The order in which contenders take their turns.

Rounds are interleaved (everybody once, then everybody again) and shuffled within, so that a
machine that gets slower or faster meanwhile, or a neighbour in the order that leaves cold caches
behind, falls on all alike.
"""

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

from contenders import Contender

#: One that takes a second to start takes part in one of so many rounds, and in the first two.
SLOW_EVERY = 5

Progress = Callable[[str], None]
Each = TypeVar("Each")


def interleaved(contenders: list[Each], rounds: int) -> Iterator[tuple[int, Each]]:
    """Each round has every contender once, in an order of its own that is the same every run."""
    for number in range(rounds):
        order = list(contenders)
        random.Random(number).shuffle(order)
        yield from ((number, contender) for contender in order)


def takes_part(contender: Contender, number: int) -> bool:
    """Whether it does in this round: a slow one has fewer turns, so that the run has an end."""
    return not contender.slow or number < 2 or number % SLOW_EVERY == 0
